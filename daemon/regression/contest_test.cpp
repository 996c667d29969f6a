// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/contest.h"

#include <gtest/gtest.h>

#include "daemon/regression/test_function.h"

namespace liteflow::regression {
namespace {

TEST(Contest, the_cheapest_shape_that_is_as_good_ships) {
  ContestOptions o;
  const auto candidate = [](std::size_t width, std::uint64_t seed, double loss) {
    return Candidate{.hidden = {width, width}, .seed = seed, .model = {}, .curve = {9, loss}};
  };
  const std::vector<Candidate> all = {candidate(8, 1, 1.2), candidate(16, 1, 1.015), candidate(16, 2, 1.01),
                                      candidate(32, 1, 1.0)};
  EXPECT_EQ(choose(all, o).hidden[0], 16U);
  EXPECT_EQ(choose(all, o).seed, 2U);
  o.tolerance = 0;
  EXPECT_EQ(choose(all, o).hidden[0], 32U);
}

TEST(Contest, what_ships_is_of_the_best_on_validation) {
  ContestOptions o;
  o.seeds = 2;
  o.shapes = {{4, 4}, {16, 16}};
  o.passes = 8;
  o.minibatch = 128;
  std::size_t steps = 0;
  const auto all = hold(test_subject(), rows_of_function(2000, 1), rows_of_function(500, 2), o, [&] { steps++; });
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(steps, o.all_passes());
  for (const Candidate &c : all) {
    ASSERT_EQ(c.curve.size(), 8U);
    EXPECT_LT(c.loss(), c.curve[0]);
  }
  const Candidate &chosen = choose(all, o);
  Regressor regressor(test_subject(), {});
  regressor.load(chosen.model, "chosen");
  EXPECT_NEAR(regressor.loss(rows_of_function(500, 2)), chosen.loss(), 1e-3);
  EXPECT_NE(table_of(test_subject(), all, chosen).find("(ships)"), std::string::npos);
  EXPECT_EQ(shape_of(test_subject(), {8, 4}), "3-8-4-1");
  EXPECT_EQ(macs_of(test_subject(), {8, 4}), 60U);
}

}  // namespace
}  // namespace liteflow::regression
