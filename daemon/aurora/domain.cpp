// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/domain.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace liteflow::aurora {
namespace {

constexpr double kBitsPerSecond = 1.0 / 8;  // to bytes per second

double bdp(const LinkSpec &spec) { return spec.link.rate * spec.link.base_rtt / spec.mss; }

// A buffer holds at least one and a half TSO bursts and 4 segments: a smaller
// one drops from every burst whatever the rate.
unsigned buffer_of(const LinkSpec &spec, double bdps) {
  const double burst = std::clamp(spec.burst_time * spec.link.rate / spec.mss, 2.0,
                                  static_cast<double>(spec.burst_max));
  return static_cast<unsigned>(std::ceil(std::max({bdps * bdp(spec), 1.5 * burst, 4.0})));
}

// Uniform in the logarithm of packets per BDP, which is what a policy can tell
// paths by; then of the RTTs that a rate in range gives it.
void draw_path(LinkSpec &spec, Rng &rng, double least_bdp) {
  const double packets = rng.log_uniform(least_bdp, kMostBdp);
  const double bits = packets * spec.mss / kBitsPerSecond;
  spec.link.base_rtt = rng.log_uniform(std::max(kLeastRtt, bits / kMostRate), std::min(kMostRtt, bits / kLeastRate));
  spec.link.rate = bits / spec.link.base_rtt * kBitsPerSecond;
}

// The ways ACKs come back: plain, GRO, compressed by a link layer, jittered.
void draw_acks(LinkSpec &spec, Rng &rng, std::size_t flows) {
  spec.ack_every = rng.chance(0.6) ? 2 : rng.chance(0.5) ? 1 : 2 + static_cast<unsigned>(rng.below(15));
  // A receiver merges what comes in one burst; a quarter of a window has to
  // arrive for an ACK at most, or every one would wait for the delayed-ACK timer.
  const double quarter = bdp(spec) / 4 / static_cast<double>(flows);
  spec.ack_every = std::min(spec.ack_every, std::max(2U, static_cast<unsigned>(quarter)));
  spec.burst_max = rng.chance(0.3) ? 2 : 44;
  if (rng.chance(0.25)) spec.ack_hold = spec.link.base_rtt * rng.uniform(0.01, 0.2);
  if (rng.chance(0.5)) spec.jitter = spec.link.base_rtt * rng.log_uniform(0.002, 0.08);
  if (rng.chance(0.3)) spec.bucket = 1 + static_cast<unsigned>(rng.below(20));
}

void draw_changes(LinkSpec &spec, Rng &rng, double seconds, double least_bdp) {
  LinkState link = spec.link;
  double least_rtt = link.base_rtt;
  const std::size_t count = 1 + rng.below(3);
  const double buffer_bytes_ratio = link.buffer / std::max(1.0, bdp(spec));
  for (std::size_t i = 0; i < count; i++) {
    LinkChange change;
    change.time = seconds * (static_cast<double>(i) + rng.uniform(0.3, 1.0)) / static_cast<double>(count + 1);
    // A longer path looks like a queue until the least RTT's window has passed:
    // the hardest change, so it comes often.
    const bool rate = rng.chance(0.6);
    if (rate) link.rate = std::min(link.rate * rng.log_uniform(0.25, 4), kMostRate * kBitsPerSecond);
    if (!rate || rng.chance(0.25))
      link.base_rtt = std::clamp(link.base_rtt * rng.log_uniform(0.25, 4), kLeastRtt, 1.5 * kMostRtt);
    if (rng.chance(0.3)) link.loss = rng.chance(0.5) ? 0 : rng.uniform(0, 0.02);
    LinkSpec probe = spec;
    probe.link = link;
    // Below 4 packets per BDP and flow the kernel's least rate alone overfills
    // the path; for a while it goes by the least RTT from before a change.
    probe.link.base_rtt = least_rtt = std::min(least_rtt, link.base_rtt);
    if (bdp(probe) < least_bdp) link.rate *= least_bdp / bdp(probe);
    probe.link = link;
    // Nor beyond the domain's other end: the rate gives way.
    if (bdp(probe) > kMostBdp) link.rate *= kMostBdp / bdp(probe);
    probe.link = link;
    if (rng.chance(0.5)) link.buffer = buffer_of(probe, buffer_bytes_ratio);
    link.buffer = std::max(link.buffer, buffer_of(probe, 0));
    change.link = link;
    spec.changes.push_back(change);
  }
}

LinkSpec path(double mbit, double rtt_ms, double buffer_bdps, double loss) {
  LinkSpec spec;
  spec.link.rate = mbit * 1e6 * kBitsPerSecond;
  spec.link.base_rtt = rtt_ms * 1e-3;
  spec.link.loss = loss;
  spec.link.buffer = buffer_of(spec, buffer_bdps);
  spec.jitter = 1e-4;
  set_unit(spec);
  return spec;
}

// A path that changes like that of the demo: rate, then delay, then loss.
LinkSpec changing_path(double mbit, double rtt_ms, double rate_factor, double rtt_factor, double step) {
  LinkSpec spec = path(mbit, rtt_ms, 1, 0);
  LinkState link = spec.link;
  link.rate *= rate_factor;
  spec.changes.push_back({step, link});
  link.base_rtt *= rtt_factor;
  spec.changes.push_back({2 * step, link});
  link.rate = spec.link.rate;
  link.base_rtt = spec.link.base_rtt;
  link.loss = 0.005;
  spec.changes.push_back({3 * step, link});
  return spec;
}

}  // namespace

void set_unit(LinkSpec &spec) {
  // An interval is half an RTT; a full queue of up to one BDP is provided for.
  const auto packets_of = [&](const LinkState &link) {
    const double packets = link.rate * link.base_rtt / spec.mss;
    return packets * (1 + std::min(1.0, link.buffer / std::max(1.0, packets))) / 2;
  };
  double most = packets_of(spec.link);
  for (const LinkChange &c : spec.changes) most = std::max(most, packets_of(c.link));
  spec.unit = static_cast<unsigned>(std::max(1.0, std::ceil(most / kPacketsPerInterval)));
}

LinkSpec draw_training_link(Rng &rng, double rtts, std::size_t flows) {
  const double least_bdp = kLeastBdp * static_cast<double>(flows);
  LinkSpec spec;
  draw_path(spec, rng, least_bdp);
  draw_acks(spec, rng, flows);
  spec.link.buffer = buffer_of(spec, rng.log_uniform(0.25, 4));
  spec.link.loss = rng.chance(0.5) ? 0 : rng.chance(0.7) ? rng.uniform(0, 0.01) : rng.uniform(0, 0.02);
  if (rng.chance(0.5)) draw_changes(spec, rng, spec.link.base_rtt * rtts, least_bdp);
  if (flows > 1 && rng.chance(0.5))
    for (std::size_t i = 0; i < flows; i++) spec.extra_rtt.push_back(spec.link.base_rtt * (rng.log_uniform(1, 4) - 1));
  set_unit(spec);
  return spec;
}

std::size_t draw_flows(Rng &rng) { return rng.chance(0.5) ? 1 : 2 + rng.below(kMostFlows - 1); }

std::vector<double> draw_joins(Rng &rng, std::size_t flows, double seconds) {
  std::vector<double> joins(flows, 0);
  for (std::size_t i = 1; i < flows; i++)
    if (rng.chance(0.5)) joins[i] = rng.uniform(0, seconds / 2);
  return joins;
}

namespace {

struct Grid {
  std::vector<double> mbit, rtt_ms;
  // Of the changing paths: rate (Mbit/s), RTT (ms), factors of both.
  std::vector<std::array<double, 4>> changing;
  // Fast and short or long paths: rate (Mbit/s), RTT (ms).
  std::vector<std::array<double, 2>> wide;
  // Of the shared paths: rate (Mbit/s), RTT (ms), flows.
  std::vector<std::array<double, 3>> shared;
  std::uint64_t seed, draws;
};

constexpr double kJoinEvery = 2;  // seconds between the flows of a shared path

std::vector<Scenario> make_set(const Grid &grid, bool quick) {
  std::vector<Scenario> set;
  std::uint64_t seed = grid.seed;
  const auto add = [&](const char *environment, const LinkSpec &link, double seconds, std::size_t flows = 1) {
    Scenario scenario{environment, link, seconds, seed++, {}};
    for (std::size_t i = 0; i < flows; i++) scenario.joins.push_back(kJoinEvery * static_cast<double>(i));
    set.push_back(scenario);
  };
  const double seconds = quick ? 8 : 20;
  for (const double mbit : grid.mbit) {
    for (const double rtt : grid.rtt_ms) {
      add("clean", path(mbit, rtt, 1, 0), seconds);
      add("shallow", path(mbit, rtt, 0.5, 0), seconds);
      add("deep", path(mbit, rtt, 2, 0), seconds);
      add("lossy", path(mbit, rtt, 1, 0.01), seconds);
      if (quick) break;
    }
  }
  for (const auto &c : grid.changing) {
    add("varying", changing_path(c[0], c[1], c[2], c[3], seconds / 4), seconds);
    if (quick) break;
  }
  for (const auto &w : grid.wide) {
    // 400 round trips behind the warm-up say enough, and cost enough.
    const double long_enough = std::min(seconds, 2 + 0.4 * w[1]);
    add("wide", path(w[0], w[1], 1, 0), std::max(4.0, long_enough));
    if (quick) break;
  }
  for (const auto &c : grid.shared) {
    add("shared", path(c[0], c[1], 1, 0), 1.5 * seconds, static_cast<std::size_t>(c[2]));
    if (quick) break;
  }
  Rng rng(grid.draws);
  for (int i = 0; i < (quick ? 2 : 24); i++) {
    const LinkSpec link = draw_training_link(rng, 200);
    // As long as training's: about 200 round trips behind the warm-up.
    add("drawn", link, std::min(seconds, 3 + 200 * link.link.base_rtt));
  }
  return set;
}

}  // namespace

std::vector<Scenario> validation_set(bool quick) {
  return make_set({{10, 30, 100},
                   {10, 40, 100},
                   {{100, 20, 0.5, 2}, {20, 20, 2, 2}, {50, 40, 0.5, 0.5}, {20, 80, 2, 0.5}, {40, 25, 0.25, 4}},
                   {{1000, 2}, {1000, 20}, {500, 100}, {2500, 180}},
                   {{30, 40, 2}, {100, 20, 3}, {50, 60, 4}, {200, 10, 4}, {60, 35, 8}},
                   1'000'000,
                   0x76616c6964ULL},
                  quick);
}

std::vector<Scenario> test_set(bool quick) {
  return make_set({{12, 20, 60, 90},
                   {15, 30, 75},
                   {{80, 25, 0.5, 2}, {30, 30, 2, 1.5}, {40, 60, 0.6, 0.5}, {15, 50, 1.8, 0.6}},
                   {{800, 3}, {1200, 15}, {600, 80}, {3000, 140}},
                   {{40, 30, 2}, {80, 25, 3}, {60, 50, 4}, {150, 15, 4}},
                   2'000'000,
                   0x74657374ULL},
                  quick);
}

}  // namespace liteflow::aurora
