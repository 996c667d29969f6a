// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>

#include "codegen/error.h"

namespace liteflow {
namespace {

struct Family {
  std::string_view name, type, help;
};

constexpr Family kFamilies[] = {
    {"link_up", "gauge", "Whether the host's kernel is attached."},
    {"link_downs_total", "counter", "Times that the link to a host broke."},
    {"batches_total", "counter", "Batches received."},
    {"batch_bytes_total", "counter", "Bytes of records received."},
    {"batches_lost_total", "counter", "Batches that the kernel sent and that did not arrive."},
    {"records_total", "counter", "Records received."},
    {"records_dropped_total", "counter", "Records that the kernel dropped for want of room."},
    {"rounds_total", "counter", "Tuning rounds."},
    {"round_failures_total", "counter", "Tuning rounds that failed."},
    {"tune_seconds_total", "counter", "Time spent tuning."},
    {"tune_cpu_seconds_total", "counter", "CPU time spent tuning."},
    {"quantise_cpu_seconds_total", "counter", "CPU time spent quantising tuned models."},
    {"stage_cpu_seconds_total", "counter", "CPU time spent building and loading snapshots."},
    {"staged_bytes_total", "counter", "Bytes of parameters or modules sent, by path."},
    {"stability", "gauge", "Stability value of the last round."},
    {"fidelity_loss_min", "gauge", "Least fidelity loss over the last round's rows."},
    {"fidelity_loss_threshold", "gauge", "What the least fidelity loss must exceed."},
    {"updates_total", "counter", "Updates, by their result."},
    {"fallbacks_total", "counter", "Flows that fell back to the kernel's own behaviour, by reason."},
    {"reward_mean", "gauge", "Mean reward of the active snapshot over the watch time."},
    {"trials_total", "counter", "Canaries and watches that were judged, by result and basis."},
    {"trial_reward_before", "gauge", "Last trial: mean reward of the snapshot before."},
    {"trial_reward_after", "gauge", "Last trial: mean reward of the new snapshot."},
    {"trial_difference", "gauge", "Last trial: new less before."},
    {"trial_difference_lower", "gauge", "Last trial: one-sided lower bound of the difference."},
    {"trial_difference_upper", "gauge", "Last trial: one-sided upper bound of the difference."},
    {"trial_allowed", "gauge", "Last trial: how much worse the new one could have been."},
    {"trial_confidence", "gauge", "Last trial: confidence of each bound."},
    {"trial_slots", "gauge", "Last trial: time slots that were compared."},
    {"trial_slots_effective", "gauge", "Last trial: independent slots that they are worth."},
};

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string labels_text(const Labels &labels) {
  std::string text;
  for (const auto &[name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escape(value));
  return text.empty() ? text : "{" + text + "}";
}

}  // namespace

void Metrics::add(const std::string &name, const Labels &labels, double value) {
  series_[name][labels] += value;
}

void Metrics::set(const std::string &name, const Labels &labels, double value) {
  series_[name][labels] = value;
}

double Metrics::get(const std::string &name, const Labels &labels) const {
  const auto family = series_.find(name);
  if (family == series_.end()) return 0;
  const auto value = family->second.find(labels);
  return value == family->second.end() ? 0 : value->second;
}

std::string Metrics::text() const {
  std::string text;
  for (const auto &[name, type, help] : kFamilies) {
    const auto family = series_.find(std::string(name));
    if (family == series_.end()) continue;
    text += fmt::format("# HELP liteflow_{} {}\n# TYPE liteflow_{} {}\n", name, help, name, type);
    for (const auto &[labels, value] : family->second)
      text += fmt::format("liteflow_{}{} {}\n", name, labels_text(labels), value);
  }
  return text;
}

void write_whole(const std::string &path, const std::string &text) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int code = errno;
  std::remove(temporary.c_str());
  throw Error(fmt::format("{}: can't be written: {}", path, std::strerror(code)));
}

}  // namespace liteflow
