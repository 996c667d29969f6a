// SPDX-License-Identifier: GPL-2.0
// Flow: one simulated connection under the kernel's rules. Interval, state and
// rate rule are the kernel's own functions (liteflow/interval.h, aurora.h);
// the safety rules below restate those of tcp_liteflow.ko (kmod/cc/control.c):
//   rate <= 2 x the highest delivery rate of the last 10 to 20 round trips
//   rate <= delivered rate after an interval that lost a fifth
//   rate >= 4 segments per smoothed RTT
//   rate of a probe whether the path became longer (lf_aurora_follow())
//   cwnd  = rate x (srtt + 2 intervals), at least 4 segments, at every ACK
// ECN, timeouts and idleness don't occur here.
// An interval that the application limited neither acts nor trains.
#pragma once

#include <linux/liteflow.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <liteflow/aurora.h>

#include "daemon/aurora/link.h"
#include "daemon/aurora/reward.h"

namespace liteflow::aurora {

inline constexpr std::size_t kInputs = LF_AURORA_INPUTS;

// Q16.16 to and from application units.
inline double from_q16(std::int32_t v) { return static_cast<double>(v) / LF_ONE; }
std::int32_t to_q16(double v);

// MOCC's inputs: the objective's weights (throughput, latency, loss), then
// Aurora's history.
inline constexpr std::size_t kWeights = 3;
inline constexpr std::size_t kMoccInputs = kWeights + kInputs;

class Flow {
 public:
  // Alone on a link of its own.
  Flow(const LinkSpec &spec, std::uint64_t seed, std::uint64_t id = 1);
  // One sender of a link that others share: see Crowd.
  Flow(std::shared_ptr<Link> link, std::size_t sender, std::uint64_t id);

  // Run a link of its own to the end of the interval and take it into the state.
  void advance();
  // The same ACK by ACK. True: the interval is over, act() must follow.
  bool acknowledge(const Link::Ack &ack);

  // Decide: apply an action (application units, clipped to +-32) drawn around
  // `mean` with standard deviation `sigma`, and begin the next interval. In the
  // start phase and in a limited interval the rate stays. Returns the record
  // that the kernel would report.
  lf_cc_record act(double mean, double action, double sigma);

  // Start phase: hold this rate (bytes/s) until end_start().
  void force_rate(double rate);
  void end_start() { start_ = false; }
  // A window-based controller's decision instead of a rate (bytes/s, segments).
  void force_window(double rate, double cwnd);

  // MOCC: the objective that the network gets as its first inputs.
  void set_objective(const RewardWeights &weights);

  // The network's inputs in application units, oldest interval first:
  // kMoccInputs with an objective, kInputs without.
  void inputs(float *out) const;
  const lf_measure &measure() const { return measure_; }
  bool limited() const { return measure_.limited; }
  double rate() const { return static_cast<double>(rate_); }  // bytes/s
  double delivered_rate() const;                              // bytes/s in the interval
  const Link &link() const { return *link_; }
  std::size_t sender() const { return sender_; }
  std::uint32_t srtt_us() const { return link_->srtt_us(sender_); }
  const LinkTotals &totals() const { return link_->totals(sender_); }

  // The window of the least RTT is 10 to 20 s: far longer than a training
  // episode on a short path. A factor above 1 makes that clock run faster, so
  // that a policy meets what its own standing queue does to the base.
  void set_base_clock(double factor) { base_clock_ = factor; }

 private:
  void begin();
  void enforce();
  void note_delivery(std::uint64_t now_us);
  std::uint64_t bounded(std::uint64_t rate, bool *clamped) const;

  std::shared_ptr<Link> link_;
  std::size_t sender_ = 0;
  bool begun_ = false;  // an interval has begun
  lf_interval interval_{};
  lf_measure measure_{};
  lf_aurora aurora_{};
  std::array<std::uint64_t, 2> most_{};  // bytes/s delivered: this window, last
  std::uint64_t window_us_ = 0;          // start of this window
  std::uint64_t id_;
  std::uint64_t rate_ = 0;
  std::uint32_t seq_ = 0;
  double base_clock_ = 1;
  bool start_ = true;
  bool windowed_ = false;  // a window-based controller is in charge
  std::optional<std::array<std::int32_t, kWeights>> objective_;  // Q16.16
};

}  // namespace liteflow::aurora
