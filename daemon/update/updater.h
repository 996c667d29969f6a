// SPDX-License-Identifier: GPL-2.0
// Updater: the loop of one app. collect -> adapt -> settled? -> different
// enough? -> quantise -> stage, verify and activate on every host -> watch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codegen/model.h"
#include "codegen/network.h"
#include "daemon/adapter.h"
#include "daemon/update/collector.h"
#include "daemon/update/forecast.h"
#include "daemon/update/gate.h"
#include "daemon/update/rollout.h"
#include "daemon/update/rows.h"

namespace liteflow {

class Updater {
 public:
  // Quantises the shipped model. options must outlive it; SIGHUP changes them.
  // Throws Error where model, calibration file and adapter don't fit.
  // estimator: null: none is asked.
  Updater(const AppOptions &options, std::unique_ptr<Adapter> adapter, std::unique_ptr<Estimator> estimator,
          const Services &services);

  void add_host(Host &host);
  void on_state(const Host &host, bool up);
  void on_batch(const Host &host, BatchMessage &&batch, const Loss &loss);
  void on_event(const Host &host, const EventMessage &event);

  // What is due: a round, a look at the hosts (bring-up, trials). Doesn't throw.
  void step();

  const AppOptions &options() const { return options_; }
  const Decision &last_decision() const { return decision_; }
  bool busy() const;

 private:
  void look();
  void round();
  Matrix adapt(Decision &decision);
  void judge(const Matrix &inputs, Decision &decision);
  void update(Decision &decision);
  bool allowed(const codegen::Network &network, std::uint64_t round);
  void pause();
  void report(const Decision &decision);
  codegen::Network quantise(const codegen::Model &model) const;
  Rollout *reference();

  const AppOptions &options_;
  std::unique_ptr<Adapter> adapter_;
  Services services_;
  std::vector<Rollout> rollouts_;
  Collector collector_;
  Forecast forecast_;
  Stability stability_;
  OutputRange range_;
  RowPool rows_;
  codegen::Network shipped_;
  Decision decision_;
  std::uint64_t rounds_ = 0, updates_ = 0;
  double tune_s_ = 0, tune_cpu_s_ = 0;  // since the last update
  bool was_busy_ = false;
  SteadyTime next_look_{}, next_round_{}, next_update_{};
};

}  // namespace liteflow
