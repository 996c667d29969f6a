// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/transport.h"

#include <algorithm>
#include <cmath>

#include "codegen/error.h"

namespace liteflow::sim::parsimon {
namespace {

constexpr double kLeast = 2;                          // packets, after a cut
constexpr double kCubic = 0.4, kCubicKeeps = 0.7;     // RFC 9438, sections 4.1 and 4.6: packets/s^3 and a share
constexpr double kTrainFrom = 16;                     // packets, HyStart's least window
constexpr double kFriendly = 3 * (1 - kCubicKeeps) / (1 + kCubicKeeps);  // packets each RTT, section 4.3

// Of the window, after a loss.
double share_kept(const Transport &t) { return t.control == Control::cubic ? kCubicKeeps : 0.5; }

}  // namespace

void check(const Transport &t) {
  if (!(t.initial_window >= 1)) throw Error("parsimon: initial_window must be at least 1 packet");
  if (!(t.most_window >= t.initial_window)) throw Error("parsimon: most_window must not be below initial_window");
  if (!(t.gain > 0 && t.gain <= 1)) throw Error("parsimon: gain must be above 0 and at most 1");
  if (!(t.min_rto_ns > 0 && std::isfinite(t.min_rto_ns))) throw Error("parsimon: min_rto_ns must be above 0");
}

// Once for each window (RFC 8257, section 3.3).
void Window::count(const Transport &t, std::uint32_t transmission, std::uint32_t sent, bool marked) {
  if (!counted_until_) counted_until_ = sent;
  acks_++;
  marks_ += marked;
  if (transmission < counted_until_) return;
  alpha_ += t.gain * (static_cast<double>(marks_) / acks_ - alpha_);
  acks_ = marks_ = 0;
  counted_until_ = sent;
}

void Window::acked(const Transport &t, std::uint32_t transmission, std::uint32_t sent, bool marked, double now_ns,
                   double rtt_ns) {
  if (t.control == Control::dctcp) count(t, transmission, sent, marked);
  if (transmission < cut_until_) return;
  if (t.control == Control::cubic) hystart(transmission, sent, now_ns, rtt_ns);
  if (marked)
    cut(t, t.control == Control::dctcp ? 1 - alpha_ / 2 : share_kept(t), sent);
  else
    grow(t, now_ns, rtt_ns);
}

void Window::lost(const Transport &t, std::uint32_t transmission, std::uint32_t sent) {
  if (transmission >= cut_until_) cut(t, share_kept(t), sent);
}

void Window::timed_out(const Transport &t, std::uint32_t sent) {
  cut(t, share_kept(t), sent);
  packets_ = 1;
}

void Window::cut(const Transport &t, double share, std::uint32_t sent) {
  // Fast convergence (RFC 9438, section 4.7): who had to give way before gives more.
  if (t.control == Control::cubic) before_ = packets_ < before_ ? packets_ * (1 + share) / 2 : packets_;
  threshold_ = packets_ = std::max(kLeast, packets_ * share);
  epoch_ns_ = -1;
  cut_until_ = sent;
}

void Window::grow(const Transport &t, double now_ns, double rtt_ns) {
  if (packets_ < threshold_)
    packets_ += 1;
  else if (t.control == Control::cubic)
    packets_ += cubic(now_ns, rtt_ns);
  else
    packets_ += 1 / packets_;
  packets_ = std::min(packets_, t.most_window);
}

// Slow start ends when the ACKs of a round come for longer than a round trip takes: then the link never rests (Ha and
// Rhee, "Taming the elephants", 2011, section 4.2; CUBIC has it by default in Linux and in ns-3).
void Window::hystart(std::uint32_t transmission, std::uint32_t sent, double now_ns, double rtt_ns) {
  if (transmission >= round_until_) {
    round_ns_ = now_ns;
    round_until_ = sent;
  } else if (packets_ < threshold_ && packets_ >= kTrainFrom && now_ns - round_ns_ > rtt_ns) {
    threshold_ = packets_;
  }
}

// By how much an ACK raises the window.
double Window::cubic(double now_ns, double rtt_ns) {
  if (epoch_ns_ < 0) epoch_ns_ = now_ns;
  const double age = now_ns - epoch_ns_;
  const double at = (age + rtt_ns) * 1e-9 - std::cbrt(before_ * (1 - kCubicKeeps) / kCubic);
  const double friendly = before_ * kCubicKeeps + kFriendly * age / rtt_ns;
  const double target = std::max(friendly, before_ + kCubic * at * at * at);
  return std::clamp((target - packets_) / packets_, 0.0, 0.5);
}

}  // namespace liteflow::sim::parsimon
