// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tools/lf-sim/flowsim/online.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

using Example = SlowdownTable::Example;

double error(const std::vector<Example> &examples, double factor) {
  double sum = 0;
  for (const Example &example : examples) sum += std::abs(factor * example.fluid / example.truth - 1);
  return sum;
}

TEST(SlowdownTable, FactorsHaveTheLeastError) {
  const std::vector<Example> examples{{1000, 4, 1, 1}, {600, 4, 1, 2}, {700, 4, 2, 8}, {800, 4, 1, 3}, {900, 4, 1, 5}};
  const double best = SlowdownTable::fit(examples).factor(1000, 4);
  for (double factor = 0.5; factor < 6; factor += 0.01)
    EXPECT_LE(error(examples, best), error(examples, factor) + 1e-9) << factor;
}

TEST(SlowdownTable, CellsAreSizesAndHops) {
  const SlowdownTable table = SlowdownTable::fit({{1000, 4, 1, 2}, {9000, 4, 1, 3}, {1000, 6, 1, 5}});
  EXPECT_DOUBLE_EQ(table.factor(1023, 4), 2);
  EXPECT_DOUBLE_EQ(table.factor(1, 4), 2);
  EXPECT_DOUBLE_EQ(table.factor(1'000'000, 4), 3);
  EXPECT_DOUBLE_EQ(table.factor(9000, 6), 5);
  EXPECT_DOUBLE_EQ(table.factor(1000, 2), 1);
}

TEST(SlowdownTable, RoundTrip) {
  const TestFile file;
  SlowdownTable::fit({{1000, 4, 1, 2}, {9000, 6, 1, 3}}).write(file.path());
  EXPECT_EQ(file.text(), "lf-sim-table-1\n9 4 2\n13 6 3\n");
  EXPECT_DOUBLE_EQ(SlowdownTable::read(file.path()).factor(9000, 6), 3);
}

TEST(SlowdownTable, BadFilesNameTheLine) {
  const auto refusal = [](const std::string &text) {
    const TestFile file(text);
    return error_of(file, [&] { SlowdownTable::read(file.path()); });
  };
  EXPECT_NE(refusal("9 4 2\n").find(":1: it does not begin with lf-sim-table-1"), std::string::npos);
  EXPECT_NE(refusal("lf-sim-table-1\n9 4 0\n").find(":2: the factor is 0"), std::string::npos);
  EXPECT_NE(refusal("lf-sim-table-1\n64 4 1\n").find(":2: the size's logarithm is 64"), std::string::npos);
  EXPECT_NE(refusal("lf-sim-table-1\n9 4 1\n9 4 2\n").find(":3: this stands here twice"), std::string::npos);
  EXPECT_NE(refusal("lf-sim-table-1\n").find("no factors"), std::string::npos);
}

TEST(SlowdownTable, MultipliesWhatFlowSimSays) {
  const Topology lot = parking_lot({});
  const NodeId from = lot.hosts().front(), to = lot.hosts().back();
  const std::vector<Flow> flows{{0, from, to, 1000, 0}, {1, from, to, 90000, 10}};
  const std::vector<Route> routes = routes_of(lot, flows);
  const auto fluid = run_flowsim(lot, flows, routes, Wire{}, false);
  const auto run = run_table(lot, flows, routes, Wire{}, SlowdownTable::fit({{90000, routes[0].size(), 1, 3}}));
  EXPECT_DOUBLE_EQ(run[1].fct_ns, 3 * fluid[1].fct_ns);
}

}  // namespace
}  // namespace liteflow::sim
