// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "daemon/sched/predictors.h"
#include "daemon/sched/records.h"
#include "daemon/training/sizes.h"

namespace liteflow::sched {
namespace {

double share_up_to(Sizes sizes, double bytes) {
  Rng rng(1);
  int n = 0;
  for (int i = 0; i < 20'000; i++) n += static_cast<double>(draw_size(sizes, rng)) <= bytes;
  return n / 20'000.0;
}

TEST(Sizes, follow_the_published_points) {
  EXPECT_NEAR(share_up_to(Sizes::web_search, 8e3), 0.53, 0.02);
  EXPECT_NEAR(share_up_to(Sizes::web_search, 5e5), 0.9, 0.02);
  EXPECT_NEAR(share_up_to(Sizes::data_mining, 110), 0.5, 0.02);
  EXPECT_NEAR(share_up_to(Sizes::data_mining, 1e3), 0.8, 0.02);
  EXPECT_EQ(share_up_to(Sizes::data_mining, kMostSize), 1);
}

class Each : public testing::TestWithParam<std::size_t> {};

TEST_P(Each, gives_flows_that_the_kernel_could_report) {
  const auto flows = simulate(workloads()[GetParam()], 3, 40);
  EXPECT_GT(flows.size(), 50U);
  for (const lf_sched_record &f : flows) ASSERT_TRUE(is_sane(f.record)) << f.flow;
  EXPECT_TRUE(std::is_sorted(flows.begin(), flows.end(), [](const lf_sched_record &a, const lf_sched_record &b) {
    return a.record.time_ns < b.record.time_ns;
  }));
}

TEST_P(Each, depends_on_its_seed_alone) {
  const auto &workload = workloads()[GetParam()];
  const auto a = simulate(workload, 3, 20), b = simulate(workload, 3, 20), c = simulate(workload, 4, 20);
  const auto same = [](const lf_sched_record &x, const lf_sched_record &y) { return !std::memcmp(&x.record, &y.record, sizeof(x.record)); };
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end(), same));
  EXPECT_FALSE(std::equal(a.begin(), a.end(), c.begin(), c.end(), same));
}

INSTANTIATE_TEST_SUITE_P(Workloads, Each, testing::Range(std::size_t{0}, workloads().size()));

}  // namespace
}  // namespace liteflow::sched
