// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/controller.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "daemon/aurora/environment.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {
namespace {

class PolicyController : public Controller {
 public:
  PolicyController(Policy policy, double sigma) : policy_(std::move(policy)), sigma_(sigma) {}

  void start(Flow &flow, Rng &rng) override { start_flow(flow, rng); }

  std::uint32_t decide(Flow &flow, Rng &rng) override {
    std::array<float, kInputs> state{};
    flow.inputs(state.data());
    const double mean = policy_(state.data());
    const double action = sigma_ > 0 ? mean + sigma_ * rng.normal() : mean;
    return flow.act(mean, action, sigma_).flags;
  }

 private:
  Policy policy_;
  double sigma_;
};

// Common to the references: slow start from 10 segments, a window and a pacing
// rate per interval.
class WindowController : public Controller {
 public:
  void start(Flow &flow, Rng &) override {
    cwnd_ = 10;
    apply(flow, 2);
    flow.advance();
  }

 protected:
  // gain: pacing rate over cwnd / srtt.
  void apply(Flow &flow, double gain) {
    const double srtt = std::max(flow.link().srtt_us() * 1e-6, 1e-4);
    flow.force_window(gain * cwnd_ * flow.link().spec().mss / srtt, cwnd_);
  }

  double cwnd_ = 10;
};

class CubicLike : public WindowController {
 public:
  std::uint32_t decide(Flow &flow, Rng &) override {
    const std::uint32_t flags = flow.act(0, 0, 0).flags;
    const lf_measure &m = flow.measure();
    const double now = flow.link().seconds();
    const double rtt = std::max(m.rtt_us, 1U) * 1e-6;
    if (m.lost > 0 && now > recovery_until_) {
      max_ = cwnd_;
      cwnd_ = std::max(cwnd_ * kBeta, 2.0);
      threshold_ = cwnd_;
      epoch_ = now;
      reno_ = cwnd_;
      recovery_until_ = now + flow.link().srtt_us() * 1e-6;
    } else if (cwnd_ < threshold_) {
      cwnd_ += m.delivered;
      // HyStart: leave slow start once the RTT has grown by an eighth.
      least_ = std::min(least_, rtt);
      if (rtt > least_ * 1.125 && cwnd_ > 16) threshold_ = max_ = cwnd_, epoch_ = now;
    } else {
      const double k = std::cbrt(max_ * (1 - kBeta) / kC);
      const double t = now - epoch_ + rtt;
      const double target = kC * std::pow(t - k, 3) + max_;
      reno_ += 3 * (1 - kBeta) / (1 + kBeta) * m.delivered / std::max(cwnd_, 1.0);
      cwnd_ = std::max({cwnd_, std::min(target, cwnd_ * 1.25), reno_});
    }
    apply(flow, cwnd_ < threshold_ ? 2 : 1.2);
    return flags;
  }

 private:
  static constexpr double kBeta = 0.7, kC = 0.4;
  double threshold_ = 1e9, max_ = 1, epoch_ = 0, reno_ = 0, recovery_until_ = 0, least_ = 1e9;
};

class BbrLike : public WindowController {
 public:
  std::uint32_t decide(Flow &flow, Rng &) override {
    const std::uint32_t flags = flow.act(0, 0, 0).flags;
    const lf_measure &m = flow.measure();
    const double now = flow.link().seconds();
    const double delivered = flow.delivered_rate();
    bandwidth_[count_++ % bandwidth_.size()] = delivered;
    const double best = *std::max_element(bandwidth_.begin(), bandwidth_.end());
    if (m.rtt_us && (m.rtt_us < least_us_ || now - least_at_ > 10)) {
      least_us_ = m.rtt_us;
      least_at_ = now;
      if (count_ > 40) probe_until_ = now + 0.2;
    }
    double gain = 2.89, window = 2.89;
    if (!full_) {
      grown_ = best > 1.25 * full_bandwidth_ ? 0 : grown_ + 1;
      if (!grown_) full_bandwidth_ = best;
      full_ = grown_ >= 6;  // three rounds of two intervals
      drain_ = full_;
    } else if (drain_) {
      gain = 1 / 2.89;
      drain_ = m.rtt_us > 1.1 * least_us_;
    } else {
      static constexpr std::array<double, 8> kCycle = {1.25, 0.75, 1, 1, 1, 1, 1, 1};
      gain = kCycle[count_ / 2 % kCycle.size()];
      window = 2;
    }
    cwnd_ = std::max(4.0, window * best * least_us_ * 1e-6 / flow.link().spec().mss + 3);
    if (now < probe_until_) cwnd_ = 4;
    flow.force_window(std::max(gain * best, 1e4), cwnd_);
    return flags;
  }

 private:
  std::array<double, 20> bandwidth_{};  // ten rounds of two intervals
  std::size_t count_ = 0;
  double least_us_ = 1e9, least_at_ = 0, full_bandwidth_ = 1, probe_until_ = 0;
  int grown_ = 0;
  bool full_ = false, drain_ = false;
};

}  // namespace

std::unique_ptr<Controller> policy_controller(Policy policy, double sigma) {
  return std::make_unique<PolicyController>(std::move(policy), sigma);
}
std::unique_ptr<Controller> cubic_like() { return std::make_unique<CubicLike>(); }
std::unique_ptr<Controller> bbr_like() { return std::make_unique<BbrLike>(); }

namespace {

// The truth at the end of the warm-up, to be taken off the final figures.
struct Mark {
  LinkTotals totals;
  double offered = 0;
};

Figures figures_of(const Flow &flow, const Mark &mark) {
  const LinkTotals &t = flow.link().totals();
  const LinkSpec &spec = flow.link().spec();
  const auto since = [](std::uint64_t now, std::uint64_t before) { return static_cast<double>(now - before); };
  Figures f;
  f.utilisation = since(t.delivered, mark.totals.delivered) * spec.unit * spec.mss /
                  std::max(1.0, flow.link().offered_bytes() - mark.offered);
  f.queue_ms = 1e3 * (t.queue_seconds - mark.totals.queue_seconds) /
               std::max(1.0, since(t.departed, mark.totals.departed));
  f.queue_share = f.queue_ms * 1e-3 / spec.link.base_rtt;
  f.drop_share = since(t.dropped, mark.totals.dropped) / std::max(1.0, since(t.sent, mark.totals.sent));
  return f;
}

}  // namespace

Figures run_scenario(const Scenario &scenario, Controller &controller) {
  constexpr double kWarm = 2;  // seconds
  Flow flow(scenario.link, scenario.seed);
  Rng rng(scenario.seed ^ 0x5ca1ab1eULL);
  controller.start(flow, rng);
  Mark mark;
  bool marked = false;
  double settle = -1, sum = 0, recent = 0;
  std::uint64_t decisions = 0, clamped = 0;
  while (flow.link().seconds() < scenario.seconds) {
    clamped += (controller.decide(flow, rng) & LF_CC_FLAG_CLAMPED) != 0;
    flow.advance();
    const Outcome o = outcome_of(flow);
    recent += 0.25 * (std::min(o.delivered_rate / o.capacity, 1.2) - recent);
    if (settle < 0 && recent > 0.9) settle = flow.link().seconds();
    if (!marked && flow.link().seconds() >= kWarm) {
      mark = {flow.link().totals(), flow.link().offered_bytes()};
      marked = true;
    }
    sum += reward(o, RewardForm::scale_free, {});
    decisions++;
  }
  Figures f = figures_of(flow, mark);
  const double count = static_cast<double>(std::max<std::uint64_t>(decisions, 1));
  f.settle_seconds = settle;
  f.reward = sum / count;
  f.clamped_share = static_cast<double>(clamped) / count;
  return f;
}

}  // namespace liteflow::aurora
