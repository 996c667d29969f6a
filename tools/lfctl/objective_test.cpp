// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"

namespace liteflow::lfctl {
namespace {

const ObjectiveInfo kThroughput = {"mocc", 4711, {0.6, 0.3, 0.1}};

TEST(Objective, ListIsATable) {
  FakeKernel kernel;
  kernel.all_objectives = {kThroughput};
  EXPECT_EQ(run_line(kernel, "objective list").out,
            "APP   CGROUP  WEIGHTS\n"
            "mocc    4711  0.600,0.300,0.100\n");
  EXPECT_EQ(run_line(kernel, "objective list cc").out, "APP  CGROUP  WEIGHTS\n");
}

TEST(Objective, ListAsJson) {
  FakeKernel kernel;
  kernel.all_objectives = {kThroughput};
  EXPECT_EQ(run_line(kernel, "objective list -j").out,
            "[{\"app\":\"mocc\",\"cgroup\":4711,\"weights\":[0.6,0.3,0.1]}]\n");
}

TEST(Objective, SetAndDeleteByNumber) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "objective set mocc 4711 0.5,0.5,0").status, 0);
  EXPECT_EQ(run_line(kernel, "objective delete mocc 4711 -j").out,
            "{\"app\":\"mocc\",\"cgroup\":4711}\n");
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{
                              "set_objective mocc 4711 0.500000 0.500000 0.000000",
                              "delete_objective mocc 4711"}));
}

TEST(Objective, BadWeightsAreAMistakeInTheCommandLine) {
  FakeKernel kernel;
  for (const char *weights : {"2,0,0", "a", "0.1,,0.2", "0.1,", "0,-0.1,0", "nan,0,0"}) {
    const Result result = run_line(kernel, std::string("objective set mocc 4711 ") + weights);
    EXPECT_EQ(result.status, 2) << weights;
    EXPECT_NE(result.err.find("numbers from 0 to 1"), std::string::npos) << result.err;
  }
  EXPECT_TRUE(kernel.calls.empty());
}

TEST(Objective, WhatIsNoCgroupIsRefused) {
  FakeKernel kernel;
  const Result wrong = run_line(kernel, "objective set mocc /proc 1,0,0");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("/proc: no directory of a cgroup (v2)"), std::string::npos) << wrong.err;
  const Result missing = run_line(kernel, "objective delete mocc /nowhere");
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("/nowhere: No such file"), std::string::npos) << missing.err;
}

}  // namespace
}  // namespace liteflow::lfctl
