// SPDX-License-Identifier: GPL-2.0
// Table: flowSim's slowdowns, each times a factor for flows of its size and hops. No more than that can be learnt of
// flows one by one without looking at the others, so that it is what a learned engine has to beat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim {

class SlowdownTable {
 public:
  // Flows of any number of networks, and what they took in flowSim and in truth. hops: links of their routes.
  struct Example {
    std::uint64_t bytes = 0;
    std::size_t hops = 0;
    double fluid = 1, truth = 1;  // slowdowns
  };
  // Of each cell (a doubling of sizes, and hops) the factor with the least mean relative error.
  static SlowdownTable fit(const std::vector<Example> &examples);

  // Lines of LOG2_BYTES HOPS FACTOR below a heading. Error with file and line.
  static SlowdownTable read(const std::string &file);
  void write(const std::string &file) const;

  // Of a size that it has not seen: the factor of the nearest one with as many hops; without any, 1.
  double factor(std::uint64_t bytes, std::size_t hops) const;

 private:
  using Cell = std::pair<std::size_t, int>;  // hops, log2 of bytes
  std::map<Cell, double> factors_;
};

// run_flowsim(), then the table.
std::vector<Completion> run_table(const Topology &topology, const std::vector<Flow> &flows,
                                  const std::vector<Route> &routes, const Wire &wire, const SlowdownTable &table);

}  // namespace liteflow::sim
