// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/figures.h"

#include <algorithm>
#include <cmath>

#include "daemon/netlink/q16.h"

namespace liteflow::lb {
namespace {

constexpr double kWindow_s = 1e-6 * LF_LB_WINDOW_US;
constexpr double kFresh_s = 8 * kWindow_s;  // beyond, a window is all of an average
constexpr double kHalfLife_s = 1e-6 * LF_LB_HALF_LIFE_US;
constexpr double kPeriod_s = 30;  // of least RTT and best rate

double fold_in(double old, double value, double seconds) {
  return seconds >= kFresh_s ? value : old - old / 4 + value / 4;
}

double aged(double value, double silence) { return value * std::exp2(-std::floor(silence / kHalfLife_s)); }

std::int32_t log_of(double value) { return lf_log2(static_cast<std::uint64_t>(std::max(value, 0.0))); }

std::int32_t over(double more, double less) {
  return more > 0 && less > 0 ? std::max(0, log_of(more) - log_of(less)) : 0;
}

}  // namespace

void Figures::fold(double seconds) {
  const Window &w = window_;
  const bool fresh = seconds >= 2 * kWindow_s;
  if (w.segments + w.lost > 0) loss_ = fold_in(loss_, w.lost / (w.segments + w.lost), seconds);
  if (w.segments > 0) ecn_ = fold_in(ecn_, w.marked / w.segments, seconds);
  rate_ = fold_in(rate_, w.bytes / seconds, seconds);
  // After a pause the last window is no present one.
  flows_ = fresh ? 0 : w.flows;
  in_flight_ = fresh ? 0 : w.in_flight;
}

void Figures::begin_window(double now) {
  if (now - window_.since < kWindow_s) return;
  fold(now - window_.since);
  window_ = {.since = now};
}

double Figures::join(double now, double bytes, double window) {
  begin_window(now);
  if (window < window_.since) {
    window_.flows++;
    window_.in_flight += bytes;
  }
  return window_.since;
}

void Figures::tell(double now, const Told &told) {
  begin_window(now);
  window_.bytes += told.bytes;
  window_.segments += told.segments;
  window_.lost += told.lost;
  window_.marked += told.marked;
  const double keep = std::pow(7.0 / 8, told.tells);
  rtt_ = rtt_ > 0 ? keep * rtt_ + (1 - keep) * told.rtt : told.rtt;
  if (now - period_ >= kPeriod_s) {
    if (least_ > 0) base_rtt_ = least_;
    if (fastest_ > 0) best_rate_ = fastest_;
    least_ = fastest_ = 0;
    period_ = now;
  }
  base_rtt_ = base_rtt_ > 0 ? std::min(base_rtt_, told.rtt) : told.rtt;
  least_ = least_ > 0 ? std::min(least_, told.rtt) : told.rtt;
  fastest_ = std::max(fastest_, told.rate);
  best_rate_ = std::max(best_rate_, told.rate);
  told_ = now;
}

double Figures::silence(double now) const {
  return now > told_ ? std::min(now - told_, 1e-6 * LF_LB_AGE_MOST_US) : 0;
}

double Figures::rtt(double now) const {
  return rtt_ <= base_rtt_ ? rtt_ : base_rtt_ + aged(rtt_ - base_rtt_, silence(now));
}

std::array<std::int32_t, LF_LB_INPUTS> Figures::inputs(double now, const Best &best, std::uint32_t weight,
                                                       std::uint64_t waiting) const {
  const double quiet = silence(now);
  std::array<std::int32_t, LF_LB_INPUTS> in{};
  in[LF_LB_LONGER] = over(rtt(now) * 1e6, best.rtt * 1e6);
  in[LF_LB_QUEUE] = over(rtt(now) * 1e6, base_rtt_ * 1e6);
  in[LF_LB_LOSS] = to_q16(aged(loss_, quiet));
  in[LF_LB_ECN] = to_q16(aged(ecn_, quiet));
  in[LF_LB_RATE] = log_of(aged(rate_, quiet));
  in[LF_LB_FLOWS] = log_of(std::max(window_.flows, aged(flows_, quiet)));
  in[LF_LB_IN_FLIGHT] = log_of(std::max(window_.in_flight, aged(in_flight_, quiet)));
  in[LF_LB_SLOWER] = over(best.rate, best_rate_);
  in[LF_LB_CAPACITY] = lf_log2(weight);
  in[LF_LB_AGE] = log_of(quiet * 1e6);
  in[LF_LB_SIZE] = lf_log2(waiting);
  return in;
}

}  // namespace liteflow::lb
