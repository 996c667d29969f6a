// SPDX-License-Identifier: GPL-2.0
// Tuner: the adapter for congestion control, for either app. Tunes a policy by
// PPO on the kernel's records.
//
// What keeps online tuning harmless:
//  - records say what policy they came from (mean, sigma), so each counts by
//    its importance weight, truncated, and PPO's clip bounds every step;
//  - where a queue stands, the distance from the model that it began with weighs
//    in the loss (`anchor`): on a full path what a flow gains may be what others
//    lose, so records must speak clearly there. Where none stands, it is free;
//  - an update that moves the policy further than max_kl is taken back, and so
//    is one that takes it further than max_drift from the snapshot that served;
//  - without exploration (sigma 0) only the critic learns; the policy also
//    waits until the critic has seen `warm_up` transitions and explains some
//    of what it sees;
//  - requirement replay (MOCC): transitions are kept by objective. An update's
//    loss is half (`replay`) that of one drawn from those seen earlier, the rest
//    that of the objectives that sent new ones, so that tuning for one doesn't unlearn the
//    others. (The paper runs the earlier objective again; a kernel's flows can't
//    be made to, so its last transitions are used, by importance weight.)
// A decision that the kernel's safety rules changed teaches the policy nothing;
// where they change a third of them, tuning is many times slower.
#pragma once

#include <memory>
#include <string>

#include "daemon/adapter.h"
#include "daemon/aurora/learner.h"

namespace liteflow::aurora {

struct TunerKind {
  std::string name;  // of the adapter
  std::string app;   // whose batches it reads
  PolicyShape shape;

  bool objectives() const { return shape.weights > 0; }
};

std::unique_ptr<Adapter> make_tuner(const TunerKind &kind, const AdapterOptions &options);

}  // namespace liteflow::aurora
