// SPDX-License-Identifier: GPL-2.0
#include "daemon/mocc/pretrain.h"

#include "daemon/mocc/landmarks.h"

namespace liteflow {

PretrainOptions mocc_defaults() {
  PretrainOptions o;
  o.output = "models/mocc.pt";
  o.steps = 6'000'000;  // 36 objectives share them
  return o;
}

int pretrain_mocc(const PretrainOptions &options) {
  check(options, "mocc");
  Course course;
  course.name = "mocc";
  course.network = "weights 3-8 tanh, joined with the history of 30: 38-64-32-1 tanh, linear mean";
  course.reward = "weighted: throughput x rate/capacity + latency x base/rtt + loss x (1 - loss)";
  aurora::TrainOptions &t = course.train;
  t.shape = aurora::kMoccShape;
  t.environment.form = aurora::RewardForm::weighted;
  t.environment.preference = true;
  t.objectives = mocc::landmarks();
  // Throughput's weight is a third on average: so is what a change of rate costs.
  t.smoothness /= 3;
  // Falls to a tenth, as published; smaller, because advantages are normalised.
  t.entropy = 0.002;
  t.entropy_last = 0.0002;
  set_scale(t, options);
  t.curriculum = mocc::neighbourhood_transfer(options.quick ? 1 : 2);
  const std::vector<std::size_t> first = mocc::bootstraps();
  course.judged = {{"throughput", t.objectives[first[0]]},
                   {"latency", t.objectives[first[1]]},
                   {"loss", t.objectives[first[2]]}};
  course.shown = first;
  return pretrain(course, options);
}

}  // namespace liteflow
