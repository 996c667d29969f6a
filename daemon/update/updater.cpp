// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/updater.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "codegen/csv.h"
#include "codegen/interpret.h"
#include "codegen/quantise.h"
#include "daemon/update/cpu_time.h"

namespace liteflow {
namespace {

constexpr double kPauseLast_s = 600;

}  // namespace

Updater::Updater(const AppOptions &options, std::unique_ptr<Adapter> adapter,
                 std::unique_ptr<Estimator> estimator, const Services &services)
    : options_(options),
      adapter_(std::move(adapter)),
      services_(services),
      forecast_(options, std::move(estimator), services),
      rows_(codegen::read_csv(options.calibration),
            static_cast<std::size_t>(options.update.calibration_rows)) {
  const auto model = services.import.file(options.model);
  const Matrix rows = rows_.all();
  if (rows.columns != model.n_in())
    throw Error(fmt::format("{}: has {} columns, but {} takes {} inputs", options.calibration,
                            rows.columns, options.model, model.n_in()));
  shipped_ = quantise(model);
  range_.add(adapter_->evaluate(rows).outputs);
  spdlog::info("app {}: {} quantised to {}", options.name, options.model, shipped_.name());
}

codegen::Network Updater::quantise(const codegen::Model &model) const {
  codegen::QuantiseOptions options;
  options.app = options_.name;
  options.sigma = adapter_->sigma();
  return codegen::quantise(model, rows_.all(), options);
}

void Updater::add_host(Host &host) { rollouts_.emplace_back(host, options_, services_); }

void Updater::on_state(const Host &host, bool up) {
  for (auto &rollout : rollouts_) {
    if (&rollout.host() != &host) continue;
    if (up)
      rollout.link_up();
    else
      rollout.link_down();
  }
}

void Updater::on_batch(const Host &host, BatchMessage &&batch, const Loss &loss) {
  const Labels labels{{"app", options_.name}, {"host", host.name}};
  auto &metrics = services_.metrics;
  metrics.add("batches_total", labels);
  metrics.add("batch_bytes_total", labels, static_cast<double>(batch.records.size()));
  metrics.add("batches_lost_total", labels, static_cast<double>(loss.batches));
  metrics.add("records_dropped_total", labels, static_cast<double>(loss.records));
  if (batch.record_bytes > 0)
    metrics.add("records_total", labels,
                static_cast<double>(batch.records.size() / batch.record_bytes));
  if (loss.batches > 0)
    spdlog::warn("{}: app {}: {} batches were lost on the way", host.name, options_.name,
                 loss.batches);
  collector_.add(host.name, std::move(batch), loss.records);
}

void Updater::on_event(const Host &host, const EventMessage &event) {
  if (event.event != LF_EVENT_FALLBACK) {
    spdlog::info("{}: app {}: {}: snapshot {} {}", host.name, options_.name, to_string(event.event),
                 event.snapshot, event.name);
    return;
  }
  services_.metrics.add("fallbacks_total",
                        {{"app", options_.name}, {"host", host.name},
                         {"reason", to_string(event.reason)}},
                        static_cast<double>(event.count));
  spdlog::warn("{}: app {}: {} flows fell back: {}", host.name, options_.name, event.count,
               to_string(event.reason));
}

bool Updater::busy() const {
  return std::any_of(rollouts_.begin(), rollouts_.end(),
                     [](const Rollout &rollout) { return rollout.busy(); });
}

Rollout *Updater::reference() {
  const auto ready = std::find_if(rollouts_.begin(), rollouts_.end(),
                                  [](const Rollout &rollout) { return rollout.ready(); });
  return ready == rollouts_.end() ? nullptr : &*ready;
}

void Updater::step() {
  const auto now = services_.now();
  const double round_s = static_cast<double>(options_.update.round_ms) / 1000;
  if (now >= next_look_) {
    next_look_ = after(now, std::min(round_s, options_.update.slot_s));
    look();
  }
  if (now < next_round_) return;
  next_round_ = after(now, round_s);
  if (collector_.records() < static_cast<std::size_t>(options_.update.min_records)) return;
  try {
    round();
  } catch (const std::exception &error) {
    services_.metrics.add("round_failures_total", {{"app", options_.name}});
    spdlog::error("app {}: round {} failed: {}", options_.name, rounds_, error.what());
    services_.journal.write({{"type", "round_failed"},
                             {"app", options_.name},
                             {"round", rounds_},
                             {"error", error.what()}});
    pause();
  }
}

void Updater::look() {
  for (auto &rollout : rollouts_) rollout.step(shipped_, rows_);
  if (was_busy_ && !busy()) pause();
  was_busy_ = busy();
}

void Updater::round() {
  Decision decision;
  decision.round = ++rounds_;
  const Matrix inputs = adapt(decision);
  judge(inputs, decision);
  decision_ = decision;
  const bool due = decision.verdict == "update";
  if (due && busy())
    decision_.verdict = "busy";
  else if (due && services_.now() < next_update_)
    decision_.verdict = "paused";
  forecast_.look_back();
  report(decision_);
  if (decision_.verdict == "update") update(decision_);
}

Matrix Updater::adapt(Decision &decision) {
  Matrix inputs;
  decision.batches = collector_.batches();
  const double cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  for (const Batch &batch : collector_.take(options_.name)) {
    decision.bytes += batch.records.size();
    decision.records += batch.records.size() / batch.record_bytes;
    decision.used += adapter_->adapt(batch);
    forecast_.observe(batch);
    inputs = append(std::move(inputs), adapter_->inputs(batch));
  }
  decision.tune_s = seconds_since(start);
  decision.tune_cpu_s = cpu_seconds() - cpu;
  tune_s_ += decision.tune_s;
  tune_cpu_s_ += decision.tune_cpu_s;
  const Labels labels{{"app", options_.name}};
  services_.metrics.add("tune_seconds_total", labels, decision.tune_s);
  services_.metrics.add("tune_cpu_seconds_total", labels, decision.tune_cpu_s);
  rows_.add(inputs);
  return inputs;
}

void Updater::judge(const Matrix &inputs, Decision &decision) {
  const Matrix some = spread(inputs, static_cast<std::size_t>(options_.update.verify_rows));
  const Evaluation evaluation = adapter_->evaluate(some);
  decision.stability = evaluation.stability;
  // A round that taught nothing says nothing about whether tuning has settled.
  if (decision.used > 0) stability_.add(evaluation.stability, options_.gate);
  stability_.judge(options_.gate, decision);
  range_.add(evaluation.outputs);
  if (auto *rollout = reference(); rollout && some.rows > 0) {
    try {
      judge_fidelity(evaluation.outputs, rollout->running_outputs(some), range_, options_.gate,
                     decision);
    } catch (const Error &error) {
      spdlog::warn("app {}: the active snapshot can't be compared: {}", options_.name,
                   error.what());
    }
  }
  conclude(options_.gate, decision);
}

// On all hosts, of which each has shown traffic of its own.
bool Updater::allowed(const codegen::Network &network, std::uint64_t round) {
  return std::all_of(rollouts_.begin(), rollouts_.end(), [&](const Rollout &rollout) {
    return !rollout.ready() ||
           forecast_.allows(
               rollout.host().name, round, [&](const Matrix &inputs) { return rollout.running_outputs(inputs); },
               [&](const Matrix &inputs) { return codegen::run(network, inputs); });
  });
}

void Updater::update(Decision &decision) {
  const double cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  const auto network = quantise(services_.import.bytes(adapter_->freeze()));
  const double quantise_s = seconds_since(start), quantise_cpu_s = cpu_seconds() - cpu;
  services_.metrics.add("quantise_cpu_seconds_total", {{"app", options_.name}}, quantise_cpu_s);
  if (!allowed(network, decision.round)) {
    decision.verdict = "predicted_worse";
    return pause();
  }
  const Matrix verify =
      spread(rows_.all(), static_cast<std::size_t>(options_.update.verify_rows));
  const auto &path = updates_ == 0 ? options_.update.first_path : options_.update.path;
  bool serves = false;
  for (auto &rollout : rollouts_) {
    if (!rollout.ready() || !rollout.start({network, verify, decision.round, path, tune_s_, quantise_s,
                                            tune_cpu_s_, quantise_cpu_s}))
      continue;
    forecast_.tried(rollout.host().name, rollout.latest());
    serves = true;
  }
  if (serves) {
    updates_++;
    tune_s_ = tune_cpu_s_ = 0;
    stability_.reset();
  }
  pause();
}

// Updates that fail or make things worse come ever more seldom.
void Updater::pause() {
  int failures = 0;
  for (const auto &rollout : rollouts_) failures = std::max(failures, rollout.failures());
  const double pause_s = options_.update.pause_s * static_cast<double>(1 << std::min(failures, 10));
  next_update_ = after(services_.now(),
                       std::min(pause_s, std::max(kPauseLast_s, options_.update.pause_s)));
}

void Updater::report(const Decision &decision) {
  const Labels labels{{"app", options_.name}};
  services_.metrics.add("rounds_total", labels);
  services_.metrics.set("stability", labels, decision.stability);
  services_.metrics.set("fidelity_loss_min", labels, decision.fidelity_min);
  services_.metrics.set("fidelity_loss_threshold", labels, decision.threshold);
  auto line = to_json(decision);
  line["app"] = options_.name;
  services_.journal.write(std::move(line));
  spdlog::log(decision.verdict == "update" ? spdlog::level::info : spdlog::level::debug,
              "app {}: round {}: {} records in {} bytes, tuned for {:.3f} s of CPU, stability {:.4f} "
              "(change {:.4f}, variance {:.5f}, {}), fidelity loss {:.4f} to {:.4f} against {:.4f}: {}",
              options_.name, decision.round, decision.records, decision.bytes, decision.tune_cpu_s,
              decision.stability, decision.mean_change, decision.variance,
              decision.converged ? "settled" : "not settled", decision.fidelity_min,
              decision.fidelity_max, decision.threshold, decision.verdict);
}

}  // namespace liteflow
