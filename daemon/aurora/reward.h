// SPDX-License-Identifier: GPL-2.0
// Reward of one interval.
//
// published (Aurora, ICML 2019): 0.001 (10 x packets/s - 1000 x seconds of RTT
//   - 2000 x loss): throughput in packets outweighs the rest on a fast path,
//   so that one network cannot serve 1 and 100 Mbit/s.
// scale-free (MOCC's terms, EuroSys 2022): weights over
//   delivered rate / capacity, base RTT / RTT, 1 - loss,
//   divided by the throughput weight and shifted, so that a full link without
//   queue or loss scores 1:
//   r = rate/capacity - (latency/throughput)(1 - base/rtt) - (loss/throughput) loss
// weighted (MOCC's reward as published): for weights that are a requirement and
//   not a choice of ours, each term in [0, 1] and the weights' sum 1:
//   r = throughput rate/capacity + latency base/rtt + loss (1 - loss)
// Among several flows rate/capacity is the mean over all of them of the rate over
// the fair share, of which what is beyond 1 counts a quarter. Rewarded for its own
// rate, each would overfill the queue to take from the others, and lose by it.
// Online a flow knows its own rate only. While a queue stands, the path is used in
// full, and what this flow lacks of its capacity is what others have: it counts
// a quarter too. Counting it in full, tuned flows overfill the queue against
// each other; not at all, they yield to others until nothing is left.
// Random loss shifts r by a constant: only loss that depends on the rate (a
// full buffer) teaches anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace liteflow::aurora {

enum class RewardForm { scale_free, published, weighted };

// For MOCC these are the objective too: each in [0, 1], their sum 1.
struct RewardWeights {
  double throughput = 0.5;
  double latency = 0.2;
  double loss = 0.3;
};

// What an interval came to.
struct Outcome {
  double delivered_rate = 0;  // bytes/s
  double capacity = 1;        // bytes/s, of the bottleneck
  std::size_t flows = 1;      // that share it
  std::optional<double> together;  // utilisation of the whole path, where the own isn't what counts
  double rtt = 0;             // seconds; 0: no sample
  double base_rtt = 0;        // seconds
  double loss = 0;            // lost / (delivered + lost)
  unsigned mss = 1448;
};

// Delivered rate over the fair share of the capacity.
double utilisation(const Outcome &outcome);
// 0 to 1: whether a queue stands, which says that the path is used in full.
double fullness(const Outcome &outcome);
// Of the whole path, as far as one flow's own measurements tell; its capacity is
// the most that the flow was delivered.
double own_utilisation(const Outcome &outcome);

double reward(const Outcome &outcome, RewardForm form, const RewardWeights &weights);

}  // namespace liteflow::aurora
