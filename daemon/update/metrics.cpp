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
    {"batches_lost_total", "counter", "Batches that the kernel sent and that did not arrive."},
    {"records_total", "counter", "Records received."},
    {"records_dropped_total", "counter", "Records that the kernel dropped for want of room."},
    {"rounds_total", "counter", "Tuning rounds."},
    {"round_failures_total", "counter", "Tuning rounds that failed."},
    {"tune_seconds_total", "counter", "Time spent tuning."},
    {"stability", "gauge", "Stability value of the last round."},
    {"fidelity_loss_min", "gauge", "Least fidelity loss over the last round's rows."},
    {"fidelity_loss_threshold", "gauge", "What the least fidelity loss must exceed."},
    {"updates_total", "counter", "Updates, by their result."},
    {"fallbacks_total", "counter", "Flows that fell back to the kernel's own behaviour, by reason."},
    {"reward_mean", "gauge", "Mean reward of the active snapshot over the watch time."},
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
