// SPDX-License-Identifier: GPL-2.0
// Tuner: the adapter for apps whose records tell what should have been answered.
//
// Time orders everything. A batch is first predicted by the model as it is: the
// mean error, smoothed and negative, is the stability value, and never of a row
// that was learnt from. An update learns from the window's earlier rows and is
// taken back where it predicts the latest ones (`holdout`) worse than before.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/adapter.h"
#include "daemon/regression/regressor.h"

namespace liteflow::regression {

// What a batch came to. A record may make several rows.
struct Reading {
  Rows rows;
  std::size_t used = 0, skipped = 0;  // records; skipped: nonsense
};

struct TunerKind {
  Subject subject;  // whose name is the adapter's
  std::function<Reading(const Batch &)> read;
};

// Loads options.model.
std::unique_ptr<Adapter> make_tuner(const TunerKind &kind, const AdapterOptions &options);
// The same of a model's bytes; options.model is what an Error calls it.
std::unique_ptr<Adapter> make_tuner(const TunerKind &kind, const AdapterOptions &options, const std::string &model);

}  // namespace liteflow::regression
