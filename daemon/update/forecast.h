// SPDX-License-Identifier: GPL-2.0
// Forecast: whether an update may be tried, by what an estimator predicts of it; and what came of those that were.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/config/config.h"
#include "daemon/estimator.h"
#include "daemon/update/services.h"

namespace liteflow {

class Forecast {
 public:
  // options must outlive it. estimator: null asks nobody, and allows everything.
  Forecast(const AppOptions &options, std::unique_ptr<Estimator> estimator, const Services &services);

  void observe(const Batch &batch);

  // False where the candidate is predicted to be worse than the running snapshot by more than the margin. No opinion
  // (too few flows, no time, an error) allows it. Writes what was predicted to the journal.
  bool allows(const std::string &host, std::uint64_t round, const Answers &running, const Answers &candidate);

  // What it was asked about last serves the host's flows now, as the snapshot of that id.
  void tried(const std::string &host, std::uint64_t snapshot);
  // Where enough flows of such a snapshot have been seen: writes both figures to the journal, once.
  void look_back();

 private:
  std::optional<Prediction> ask(const std::string &host, const Answers &running, const Answers &candidate,
                                std::string &why) const;

  struct Waiting {
    std::uint64_t round = 0;
    double predicted = 0;
    std::uint64_t snapshot = 0;  // 0: not tried yet
  };

  const AppOptions &options_;
  std::unique_ptr<Estimator> estimator_;
  Services services_;
  std::map<std::string, Waiting> waiting_;  // by host
};

}  // namespace liteflow
