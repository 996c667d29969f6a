// SPDX-License-Identifier: GPL-2.0
// Flows that share a bottleneck: what one gains others lose, what one leaves others fill.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/aurora/adapter.h"
#include "daemon/aurora/controller.h"
#include "daemon/aurora/crowd.h"
#include "daemon/aurora/start.h"

namespace liteflow::aurora {
namespace {

struct Seen {
  double queue_ms = 0;  // mean over the tuned flows' intervals
  double share = 0;     // of the capacity, all tuned flows together
  std::array<double, 2> base_ms{};  // of each flow, at the end
};

// 40 Mbit/s and 20 ms.
LinkSpec path() {
  LinkSpec s;
  s.link = {4.8e6, 0.02, 100, 0};
  return s;
}

// Two flows, the second one perhaps a rival's.
class Shared {
 public:
  explicit Shared(std::unique_ptr<Controller> rival = nullptr, const LinkSpec &spec = path(), std::uint64_t seed = 1)
      : rival_(std::move(rival)), crowd_(spec, seed, {0, 0.001}), rng_(77 * seed) {
    for (std::size_t i = 0; i < crowd_.size(); i++) {
      start_.emplace_back(spec.link.rate / 2, rng_);
      if (is_rival(i))
        rival_->start(crowd_.flow(i), spec.link.rate / 2, rng_);
      else
        start_.back().begin(crowd_.flow(i));
    }
    batch_.app = "cc";
    batch_.host = "sim";
    batch_.record_bytes = sizeof(lf_cc_record);
  }

  // For so many seconds; tuning, with exploration and a batch every 200 ms.
  Seen run(Adapter &policy, double seconds, bool tuning) {
    return run(policy, seconds, tuning ? kShippedSigma : 0, tuning);
  }
  Seen run(Adapter &policy, double seconds, double sigma, bool tuning) {
    const double begin = crowd_.link().seconds();
    double batch_at = begin + 0.2, queued = 0, weight = 0, delivered = 0;
    Seen seen;
    while (crowd_.link().seconds() < begin + seconds) {
      const std::size_t i = crowd_.advance();
      Flow &flow = crowd_.flow(i);
      if (is_rival(i)) {
        rival_->decide(flow, rng_);
        continue;
      }
      if (start_[i].advance(flow)) continue;
      const lf_measure &m = flow.measure();
      queued += m.duration_us * std::max(0.0, m.rtt_us * 1e-3 - crowd_.link().base_rtt(i) * 1e3);
      weight += m.duration_us;
      delivered += flow.delivered_rate() * m.duration_us * 1e-6;
      seen.base_ms[i] = decide(flow, policy, sigma).base_rtt_us * 1e-3;
      if (crowd_.link().seconds() < batch_at) continue;
      batch_at += 0.2;
      if (tuning) policy.adapt(batch_);
      batch_.records.clear();
    }
    seen.queue_ms = queued / weight;
    seen.share = delivered / seconds / crowd_.link().state().rate;
    return seen;
  }

 private:
  bool is_rival(std::size_t i) const { return rival_ && i == 1; }

  lf_cc_record decide(Flow &flow, Adapter &policy, double sigma) {
    std::array<float, kInputs> state{};
    flow.inputs(state.data());
    Matrix in(1, kInputs);
    std::copy(state.begin(), state.end(), in.values.begin());
    const double mean = policy.evaluate(in).outputs(0, 0);
    lf_cc_record r = flow.act(mean, mean + sigma * rng_.normal(), sigma);
    r.snapshot = 1;
    const auto *bytes = reinterpret_cast<const std::byte *>(&r);
    batch_.records.insert(batch_.records.end(), bytes, bytes + sizeof r);
    return r;
  }

  std::unique_ptr<Controller> rival_;
  Crowd crowd_;
  Rng rng_;
  std::vector<StartPhase> start_;
  Batch batch_;
};

std::unique_ptr<Adapter> shipped() {
  AdapterOptions o;
  o.model = LF_MODELS_DIR "/aurora.pt";
  return make_aurora_adapter(o);
}

TEST(Shared, tuned_flows_do_not_overfill_the_queue_against_each_other) {
  const auto tuned = shipped(), plain = shipped();
  Shared field, beside;
  field.run(*tuned, 90, true);
  beside.run(*plain, 90, false);
  const Seen after = field.run(*tuned, 30, true), control = beside.run(*plain, 30, false);
  EXPECT_LT(after.queue_ms, 1.5 * control.queue_ms + 1) << control.queue_ms;
  EXPECT_GT(after.share, control.share - 0.02);
}

// Nor do they take all from a rival, or leave it all.
TEST(Shared, tuning_beside_a_loss_based_rival_starves_nobody) {
  const auto tuned = shipped(), plain = shipped();
  Shared field(cubic_like()), beside(cubic_like());
  field.run(*tuned, 150, true);
  beside.run(*plain, 150, false);
  const Seen after = field.run(*tuned, 30, true), control = beside.run(*plain, 30, false);
  EXPECT_GT(after.share, 0.5);
  EXPECT_LT(after.share, control.share + 0.1);
}

// Frozen, but exploring. Each fills what the other's probe leaves; only together
// they see what the path is without them.
TEST(Shared, flows_find_the_base_of_a_path_that_changed) {
  struct Step {
    LinkState after;
    double jitter;
  };
  const Step steps[] = {{{2.5e6, 0.04, 100, 0}, 0}, {{4.8e6, 0.08, 400, 0}, 0}, {{4.8e6, 0.08, 400, 0}, 0.004}};
  const auto policy = shipped();
  for (const Step &step : steps)
    for (std::uint64_t seed = 1; seed <= 8; seed++) {
      LinkSpec spec = path();
      spec.jitter = step.jitter;
      spec.changes.push_back({10, step.after});
      Shared field(nullptr, spec, seed);
      field.run(*policy, 25, kShippedSigma, false);
      const Seen after = field.run(*policy, 5, kShippedSigma, false);
      for (const double base_ms : after.base_ms) EXPECT_NEAR(base_ms, 1e3 * (step.after.base_rtt + step.jitter), 2 + 1e3 * step.jitter) << seed;
      EXPECT_LT(after.queue_ms, 1e3 * (0.4 * step.after.base_rtt + step.jitter)) << seed;
      EXPECT_GT(after.share, 0.94) << seed;
    }
}

}  // namespace
}  // namespace liteflow::aurora
