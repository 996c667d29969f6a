// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/results.h"

#include "daemon/aurora/adapter.h"
#include "daemon/aurora/domain.h"

namespace liteflow::aurora {
namespace {

using nlohmann::json;

json to_json(const RewardWeights &w) {
  return {{"throughput", w.throughput}, {"latency", w.latency}, {"loss", w.loss}};
}

}  // namespace

json to_json(const Validation &validation) {
  json j;
  for (const auto &[name, c] : validation)
    j[name] = {{"scenarios", c.scenarios},
               {"utilisation", c.mean.utilisation},
               {"utilisation_worst", c.worst_utilisation},
               {"queueing_delay_ms", c.mean.queue_ms},
               {"queueing_delay_over_base_rtt", c.mean.queue_share},
               {"queueing_delay_over_base_rtt_worst", c.worst_queue_share},
               {"dropped_share", c.mean.drop_share},
               {"settle_s", c.mean.settle_seconds},
               {"clamped_share", c.mean.clamped_share},
               {"jain", c.mean.jain},
               {"jain_worst", c.worst_jain},
               {"reward", c.mean.reward},
               {"reward_worst", c.worst_reward}};
  return j;
}

json to_json(const std::vector<CurvePoint> &curve, const std::vector<RewardWeights> &objectives) {
  json steps = json::array(), rewards = json::array(), sigmas = json::array();
  std::map<std::size_t, json> own;
  for (const CurvePoint &p : curve) {
    steps.push_back(p.step);
    rewards.push_back(p.reward);
    sigmas.push_back(p.sigma);
    for (const auto &[objective, reward] : p.objectives) {
      json &j = own[objective];
      j["decisions"].push_back(p.step);
      j["reward"].push_back(reward);
    }
  }
  json result = {{"decisions", steps}, {"reward", rewards}, {"sigma", sigmas}};
  for (auto &[objective, j] : own) {
    j["weights"] = to_json(objectives[objective]);
    result["objectives"].push_back(j);
  }
  return result;
}

json to_json(const Course &course, const PretrainOptions &o) {
  const TrainOptions &t = course.train;
  json j = {{"network", course.network},
            {"algorithm", "PPO, clip 0.2, GAE, separate critic that also sees the simulator's truth"},
            {"reward", course.reward},
            {"smoothness_per_action", t.smoothness},
            {"seeds", o.seeds},
            {"first_seed", o.first_seed},
            {"decisions_per_seed", t.steps},
            {"environments", t.environments},
            {"horizon", t.horizon},
            {"epochs", t.epochs},
            {"minibatch", t.minibatch},
            {"learning_rate", t.learning_rate},
            {"discount", t.discount},
            {"lambda", t.lambda},
            {"entropy", t.entropy},
            {"entropy_last", t.entropy_last},
            {"sigma_initial", t.sigma},
            {"sigma_least", t.sigma_min},
            {"sigma_shipped", kShippedSigma},
            {"quick", o.quick}};
  j["domain"] = {{"packets_per_bdp", {kLeastBdp, kMostBdp}}, {"rate_bit_per_s", {kLeastRate, kMostRate}},
                 {"rtt_s", {kLeastRtt, kMostRtt}},           {"flows", {1, kMostFlows}},
                 {"simulated_packets_per_interval_most", kPacketsPerInterval}};
  for (const Requirement &r : course.judged)
    j["judged_by"].push_back({{"name", r.name}, {"weights", to_json(r.weights)}});
  j["objectives"] = t.objectives.size();
  return j;
}

}  // namespace liteflow::aurora
