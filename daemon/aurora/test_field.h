// SPDX-License-Identifier: GPL-2.0
// Flows over simulated links of one kind (20 to 60 Mbit/s, 20 to 40 ms), whose
// records a test hands to an adapter batch by batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/adapter.h"
#include "daemon/aurora/environment.h"
#include "daemon/training/rng.h"

namespace liteflow::aurora {

class Field {
 public:
  // first: seed of the first flow's link; seed: of the exploration, sigma wide.
  Field(std::string app, Environment::Options options, std::uint64_t seed, std::uint64_t first, double sigma)
      : app_(std::move(app)), inputs_(options.preference ? kMoccInputs : kInputs), rng_(seed), sigma_(sigma) {
    options.episode = 2000;
    options.source = +[](Rng &rng) {
      LinkSpec spec;
      spec.link.rate = rng.log_uniform(20e6, 60e6) / 8;
      spec.link.base_rtt = rng.uniform(0.02, 0.04);
      spec.link.buffer = static_cast<unsigned>(1.5 * spec.link.rate * spec.link.base_rtt / spec.mss);
      set_unit(spec);
      return spec;
    };
    for (std::uint64_t i = 0; i < kFlows; i++) environments_.emplace_back(first + i, options);
  }

  // One batch under a policy; the true mean reward of its decisions.
  double run(Adapter &served, int steps, Batch &batch) {
    batch.app = app_;
    batch.host = "sim";
    batch.record_bytes = sizeof(lf_cc_record);
    batch.records.clear();
    double sum = 0;
    for (int t = 0; t < steps; t++) {
      Matrix states(kFlows, inputs_);
      for (std::size_t e = 0; e < kFlows; e++)
        for (std::size_t k = 0; k < inputs_; k++) states(e, k) = environments_[e].state()[k];
      const Matrix means = served.evaluate(states).outputs;
      for (std::size_t e = 0; e < kFlows; e++) {
        const auto step = environments_[e].step(means(e, 0), means(e, 0) + sigma_ * rng_.normal(), sigma_);
        sum += step.reward;
        append(batch, e);
        if (step.ended) environments_[e].reset();
      }
    }
    return sum / (steps * static_cast<double>(kFlows));
  }

 private:
  static constexpr std::size_t kFlows = 8;

  void append(Batch &batch, std::size_t e) {
    lf_cc_record r = environments_[e].record();
    r.flow += e * 1000;
    const auto *bytes = reinterpret_cast<const std::byte *>(&r);
    batch.records.insert(batch.records.end(), bytes, bytes + sizeof r);
  }

  std::string app_;
  std::size_t inputs_;
  Rng rng_;
  double sigma_;
  std::vector<Environment> environments_;
};

}  // namespace liteflow::aurora
