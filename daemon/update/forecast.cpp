// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/forecast.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace liteflow {

Forecast::Forecast(const AppOptions &options, std::unique_ptr<Estimator> estimator, const Services &services)
    : options_(options), estimator_(std::move(estimator)), services_(services) {}

void Forecast::observe(const Batch &batch) {
  if (estimator_) estimator_->observe(batch);
}

// why: what is wrong, if something is.
std::optional<Prediction> Forecast::ask(const std::string &host, const Answers &running, const Answers &candidate,
                                        std::string &why) const {
  const auto start = std::chrono::steady_clock::now();
  const double limit_s = static_cast<double>(options_.estimate.limit_ms) / 1000;
  try {
    return estimator_->predict(host, running, candidate, [&] { return seconds_since(start) > limit_s; });
  } catch (const std::exception &error) {
    why = error.what();
    return std::nullopt;
  }
}

bool Forecast::allows(const std::string &host, std::uint64_t round, const Answers &running, const Answers &candidate) {
  if (!estimator_) return true;
  const auto start = std::chrono::steady_clock::now();
  std::string why = "too few flows, or no time";
  const std::optional<Prediction> prediction = ask(host, running, candidate, why);
  nlohmann::ordered_json line{{"type", "forecast"}, {"app", options_.name}, {"host", host}, {"round", round},
                              {"seconds", seconds_since(start)}};
  if (!prediction) {
    spdlog::info("{}: app {}: no forecast of the update: {}", host, options_.name, why);
    line["verdict"] = "no_opinion";
    line["why"] = why;
    services_.journal.write(std::move(line));
    return true;
  }
  const bool allowed = prediction->candidate <= prediction->running * (1 + options_.estimate.margin);
  line.update({{"verdict", allowed ? "allowed" : "refused"}, {"flows", prediction->flows},
               {"running_p99", prediction->running}, {"predicted_p99", prediction->candidate}});
  services_.journal.write(std::move(line));
  services_.metrics.add("forecasts_total", {{"app", options_.name}, {"verdict", allowed ? "allowed" : "refused"}});
  spdlog::log(allowed ? spdlog::level::info : spdlog::level::warn,
              "{}: app {}: {} flows would have a slowdown of {:.3f} at their 99th percentile instead of {:.3f}: {}",
              host, options_.name, prediction->flows, prediction->candidate, prediction->running,
              allowed ? "the update is tried" : "no update");
  if (allowed) waiting_[host] = {round, prediction->candidate};
  return allowed;
}

void Forecast::tried(const std::string &host, std::uint64_t snapshot) {
  if (const auto found = waiting_.find(host); found != waiting_.end()) found->second.snapshot = snapshot;
}

void Forecast::look_back() {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto &[round, predicted, snapshot] = at->second;
    const auto observed = snapshot ? estimator_->observed(at->first, snapshot) : std::nullopt;
    if (!observed) {
      ++at;
      continue;
    }
    services_.journal.write({{"type", "forecast_outcome"}, {"app", options_.name}, {"host", at->first},
                             {"round", round}, {"snapshot", snapshot}, {"predicted_p99", predicted},
                             {"observed_p99", *observed}});
    at = waiting_.erase(at);
  }
}

}  // namespace liteflow
