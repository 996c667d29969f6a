// SPDX-License-Identifier: GPL-2.0
// Evaluation: how well sizes are predicted, on hosts that no model was trained on.
//
// Of each host the first half of the flows is there to fit and to tune on, the
// second to be predicted. R^2 is of a host, against the mean of what is predicted:
// pooled, the hosts' differences would count as known.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "daemon/adapter.h"
#include "daemon/sched/predictors.h"
#include "daemon/sched/workload.h"

namespace liteflow::sched {

inline constexpr const char *kShipped = "network as it ships", *kTuned = "network, tuned";

// 1: perfect; 0: no better than the mean.
struct Scores {
  double r2 = 0, log_r2 = 0;
};
Scores score(const Prediction &prediction, std::span<const lf_sched_record> flows);

// Counts of flows: by true band, by predicted band.
using Confusion = std::array<std::array<std::uint64_t, LF_SCHED_BANDS>, LF_SCHED_BANDS>;
void tally(Confusion &confusion, const Prediction &prediction, std::span<const lf_sched_record> flows);
double share_right(const Confusion &confusion);

struct Evaluated {
  std::map<std::string, std::vector<Scores>> hosts;  // by predictor, of each host
  std::map<std::string, Confusion> confusion;        // by network, of all hosts
  std::size_t flows = 0;                             // predicted

  Scores middle(const std::string &predictor) const;   // median of the hosts
  Scores highest(const std::string &predictor) const;
};

// Their records, as the kernel would send them.
Batch batch_of(std::span<const lf_sched_record> flows);

// Adds one host.
void evaluate(Evaluated &evaluated, const std::vector<lf_sched_record> &flows, const std::string &model);

}  // namespace liteflow::sched
