// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/journal.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "codegen/error.h"

namespace liteflow {

using nlohmann::ordered_json;

Journal::Journal(const std::string &path) {
  if (path.empty()) return;
  file_.open(path, std::ios::app);
  if (!file_) throw Error(fmt::format("{}: can't append to this file (daemon.decisions)", path));
}

void Journal::write(ordered_json line) {
  if (!file_.is_open()) return;
  using namespace std::chrono;
  const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  ordered_json stamped{{"time", static_cast<double>(now) / 1000}};
  stamped.update(line);
  file_ << stamped.dump() << '\n' << std::flush;
}

ordered_json to_json(const Decision &d) {
  return {{"type", "gate"},
          {"round", d.round},
          {"records", d.records},
          {"used", d.used},
          {"batches", d.batches},
          {"bytes", d.bytes},
          {"tune_s", d.tune_s},
          {"tune_cpu_s", d.tune_cpu_s},
          {"stability", d.stability},
          {"mean_change", d.mean_change},
          {"variance", d.variance},
          {"converged", d.converged},
          {"fidelity_min", d.fidelity_min},
          {"fidelity_max", d.fidelity_max},
          {"output_min", d.output_min},
          {"output_max", d.output_max},
          {"threshold", d.threshold},
          {"necessary", d.necessary},
          {"verdict", d.verdict}};
}

}  // namespace liteflow
