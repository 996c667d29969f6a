// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/controller.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "daemon/aurora/crowd.h"
#include "daemon/aurora/environment.h"
#include "daemon/aurora/start.h"

namespace liteflow::aurora {
namespace {

class PolicyController : public Controller {
 public:
  PolicyController(Policy policy, double sigma, const std::optional<RewardWeights> &objective)
      : policy_(std::move(policy)), sigma_(sigma), objective_(objective) {}

  void start(Flow &flow, double share, Rng &rng) override {
    if (objective_) flow.set_objective(*objective_);
    start_.emplace(share, rng);
    start_->begin(flow);
  }

  std::uint32_t decide(Flow &flow, Rng &rng) override {
    if (start_->advance(flow)) return LF_CC_FLAG_START;
    in_charge_ = true;
    std::array<float, kMoccInputs> state{};
    flow.inputs(state.data());
    const double mean = policy_(state.data());
    const double action = sigma_ > 0 ? mean + sigma_ * rng.normal() : mean;
    return flow.act(mean, action, sigma_).flags;
  }

  bool in_charge() const override { return in_charge_; }

 private:
  Policy policy_;
  double sigma_;
  std::optional<RewardWeights> objective_;
  std::optional<StartPhase> start_;
  bool in_charge_ = false;
};

// Common to the references: slow start from 10 segments, a window and a pacing
// rate per interval.
class WindowController : public Controller {
 public:
  void start(Flow &flow, double, Rng &) override {
    cwnd_ = 10;
    apply(flow, 2);
  }

 protected:
  // gain: pacing rate over cwnd / srtt.
  void apply(Flow &flow, double gain) {
    const double srtt = std::max(flow.srtt_us() * 1e-6, 1e-4);
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
      recovery_until_ = now + flow.srtt_us() * 1e-6;
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

std::unique_ptr<Controller> policy_controller(Policy policy, double sigma,
                                              const std::optional<RewardWeights> &objective) {
  return std::make_unique<PolicyController>(std::move(policy), sigma, objective);
}
std::unique_ptr<Controller> cubic_like() { return std::make_unique<CubicLike>(); }
std::unique_ptr<Controller> bbr_like() { return std::make_unique<BbrLike>(); }

namespace {

// The truth at the end of the warm-up, to be taken off the final figures.
struct Mark {
  std::vector<LinkTotals> totals;
  double offered = 0;
};

Mark mark_of(const Link &link) {
  Mark mark;
  for (std::size_t i = 0; i < link.senders(); i++) mark.totals.push_back(link.totals(i));
  mark.offered = link.offered_bytes();
  return mark;
}

Figures figures_of(const Link &link, const Mark &mark) {
  const LinkSpec &spec = link.spec();
  const auto since = [](std::uint64_t now, std::uint64_t before) { return static_cast<double>(now - before); };
  double delivered = 0, squares = 0, departed = 0, queued = 0, dropped = 0, sent = 0;
  for (std::size_t i = 0; i < link.senders(); i++) {
    const LinkTotals &now = link.totals(i), &then = mark.totals[i];
    const double own = since(now.delivered, then.delivered);
    delivered += own;
    squares += own * own;
    departed += since(now.departed, then.departed);
    queued += now.queue_seconds - then.queue_seconds;
    dropped += since(now.dropped, then.dropped);
    sent += since(now.sent, then.sent);
  }
  Figures f;
  f.utilisation = delivered * spec.unit * spec.mss / std::max(1.0, link.offered_bytes() - mark.offered);
  f.queue_ms = 1e3 * queued / std::max(1.0, departed);
  f.queue_share = f.queue_ms * 1e-3 / spec.link.base_rtt;
  f.drop_share = dropped / std::max(1.0, sent);
  if (squares > 0) f.jain = delivered * delivered / (static_cast<double>(link.senders()) * squares);
  return f;
}

// What all flows' decisions came to so far.
struct Tally {
  double settle_seconds = -1, reward = 0, recent = 0;
  std::uint64_t decisions = 0, clamped = 0;
};

void count(Tally &tally, const Flow &flow, const Judge &judge) {
  const Outcome o = outcome_of(flow);
  const double share = o.capacity / static_cast<double>(o.flows);
  tally.recent += 0.25 * (std::min(o.delivered_rate / share, 1.2) - tally.recent);
  if (tally.settle_seconds < 0 && tally.recent > 0.9) tally.settle_seconds = flow.link().seconds();
  tally.reward += reward(o, judge.form, judge.weights);
  tally.decisions++;
}

}  // namespace

Figures run_scenario(const Scenario &scenario, const MakeController &make, const Judge &judge) {
  constexpr double kWarm = 2;  // seconds
  const std::size_t flows = scenario.joins.size();
  const double warm = flows > 1 ? scenario.seconds / 2 : kWarm;
  Crowd crowd(scenario.link, scenario.seed, scenario.joins);
  Rng rng(scenario.seed ^ 0x5ca1ab1eULL);
  std::vector<std::unique_ptr<Controller>> controllers;
  for (std::size_t i = 0; i < flows; i++) {
    controllers.push_back(make());
    controllers[i]->start(crowd.flow(i), scenario.link.link.rate / static_cast<double>(flows), rng);
  }
  Mark mark = mark_of(crowd.link());
  bool marked = false;
  Tally tally;
  std::vector<char> decided(flows, 0);
  while (crowd.link().seconds() < scenario.seconds) {
    const std::size_t i = crowd.advance();
    if (decided[i]) count(tally, crowd.flow(i), judge);
    if (!marked && crowd.link().seconds() >= warm) {
      mark = mark_of(crowd.link());
      marked = true;
    }
    const std::uint32_t flags = controllers[i]->decide(crowd.flow(i), rng);
    tally.clamped += (flags & LF_CC_FLAG_CLAMPED) != 0;
    decided[i] = controllers[i]->in_charge();
  }
  Figures f = figures_of(crowd.link(), mark);
  const double decisions = static_cast<double>(std::max<std::uint64_t>(tally.decisions, 1));
  f.settle_seconds = tally.settle_seconds;
  f.reward = tally.reward / decisions;
  f.clamped_share = static_cast<double>(tally.clamped) / decisions;
  return f;
}

}  // namespace liteflow::aurora
