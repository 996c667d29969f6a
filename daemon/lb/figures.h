// SPDX-License-Identifier: GPL-2.0
// Figures: what a host knows of one path from the flows that it sends over it. The
// rules are those of kmod/lb/figures.c, in seconds, bytes and bytes/s; a fluid rate is
// one from the first byte on, a measured one only from some segments on.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include <liteflow/lb.h>

namespace liteflow::lb {

// What a flow tells of an interval.
struct Told {
  double tells = 0;           // how often it did: once in an RTT
  double rtt = 0;             // seconds
  double bytes = 0;           // delivered
  double segments = 0, lost = 0, marked = 0;  // delivered; lost; delivered with CE
  double rate = 0;            // bytes/s at which it was delivered
};

// The best that a host has seen of any path; 0: nothing is known.
struct Best {
  double rate = 0, rtt = 0;  // of one flow, bytes/s; seconds
};

class Figures {
 public:
  // A flow that has so many bytes outstanding sends. window: the last one that it
  // was counted in; returns the present one, by its beginning.
  double join(double now, double bytes, double window);
  void tell(double now, const Told &told);

  std::array<std::int32_t, LF_LB_INPUTS> inputs(double now, const Best &best, std::uint32_t weight,
                                                std::uint64_t waiting) const;
  double rtt(double now) const;  // smoothed; 0: nobody has told
  double base_rtt() const { return base_rtt_; }
  double best_rate() const { return best_rate_; }

 private:
  struct Window {
    double since = 0;
    double bytes = 0, segments = 0, lost = 0, marked = 0, flows = 0, in_flight = 0;
  };

  void begin_window(double now);
  void fold(double seconds);
  double silence(double now) const;

  Window window_;
  double rtt_ = 0, base_rtt_ = 0, loss_ = 0, ecn_ = 0, rate_ = 0, flows_ = 0, in_flight_ = 0;
  double best_rate_ = 0, fastest_ = 0, least_ = 0;  // of one flow; that and the least RTT in the present period
  double period_ = 0;                               // when that began
  double told_ = -std::numeric_limits<double>::infinity();  // when
};

}  // namespace liteflow::lb
