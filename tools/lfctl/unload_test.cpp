// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"

namespace liteflow::lfctl {
namespace {

using Calls = std::vector<std::string>;

struct UnloadKernel : FakeKernel {
  UnloadKernel() {
    all_snapshots = {make_snapshot(1, "lf_cc_module", LF_STATE_DRAINED),
                     make_snapshot(2, "lf_cc_params", LF_STATE_DRAINED),
                     make_snapshot(3, "lf_cc_active", LF_STATE_ACTIVE),
                     make_snapshot(4, "lf_cc_unused", LF_STATE_STANDBY)};
    modules = {{"lf_cc_module", 0}};
  }
};

TEST(Unload, OfParametersGoesByNetlinkAlone) {
  UnloadKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot unload 2").out, "");
  EXPECT_EQ(kernel.calls, Calls{"unload 2"});
}

TEST(Unload, OfAModuleRemovesIt) {
  UnloadKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot unload lf_cc_m -j").out,
            "{\"removed\":[{\"id\":1,\"name\":\"lf_cc_module\"}]}\n");
  EXPECT_EQ(kernel.calls, (Calls{"unload 1", "remove_module lf_cc_module"}));
}

TEST(Unload, ForceOnTheActiveOneWantsItsWholeName) {
  UnloadKernel kernel;
  for (const char *line : {"snapshot unload 3 --force", "snapshot unload lf_cc_a --force"}) {
    const Result result = run_line(kernel, line);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("lfctl snapshot unload lf_cc_active --force"), std::string::npos);
  }
  EXPECT_TRUE(kernel.calls.empty());
  EXPECT_EQ(run_line(kernel, "snapshot unload lf_cc_active --force").status, 0);
  EXPECT_EQ(kernel.calls, Calls{"unload 3 lf_cc_active force"});
}

TEST(Unload, ForceOnAnotherTakesItsId) {
  UnloadKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot unload 4 --force").status, 0);
  EXPECT_EQ(kernel.calls, Calls{"unload 4 force"});
}

TEST(Unload, OfOneInUseTellsTheWay) {
  UnloadKernel kernel;
  kernel.refusals.emplace("unload 3", NetlinkError(EBUSY, "snapshot 3: unload: it is in use"));
  const Result result = run_line(kernel, "snapshot unload 3");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.err,
            "lfctl: snapshot 3: unload: it is in use (active, 0 pins): wait until it is drained, "
            "or take it away with --force (its flows fall back)\n");
}

TEST(Unload, ExplainsWhyAModuleStays) {
  UnloadKernel kernel;
  kernel.modules["lf_cc_module"] = EWOULDBLOCK;
  EXPECT_NE(run_line(kernel, "snapshot unload 1").err.find("still run its code"),
            std::string::npos);
  kernel.modules["lf_cc_module"] = EPERM;
  EXPECT_NE(run_line(kernel, "snapshot unload 1").err.find("CAP_SYS_MODULE"), std::string::npos);
  kernel.modules["lf_cc_module"] = EIO;
  EXPECT_NE(run_line(kernel, "snapshot unload 1").err.find("Input/output error"),
            std::string::npos);
  kernel.modules["lf_cc_module"] = ENOENT;  // somebody else was faster
  EXPECT_EQ(run_line(kernel, "snapshot unload 1").status, 0);
}

TEST(Gc, RemovesTheDrainedOnesParametersFirst) {
  UnloadKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot gc").out,
            "removed 2 lf_cc_params\nremoved 1 lf_cc_module\n");
  EXPECT_EQ(kernel.calls, (Calls{"unload 2", "unload 1", "remove_module lf_cc_module"}));
}

TEST(Gc, IsLimitedToAnApp) {
  UnloadKernel kernel;
  kernel.all_snapshots[1].app = "lb";
  EXPECT_EQ(run_line(kernel, "snapshot gc lb -j").out,
            "{\"removed\":[{\"id\":2,\"name\":\"lf_cc_params\"}]}\n");
}

TEST(Gc, GoesOnAfterAFailure) {
  UnloadKernel kernel;
  kernel.refusals.emplace("unload 2", NetlinkError(EBUSY, "snapshot 2: unload: it is in use"));
  const Result result = run_line(kernel, "snapshot gc -j");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.out, "{\"removed\":[{\"id\":1,\"name\":\"lf_cc_module\"}]}\n");
  EXPECT_TRUE(result.err.starts_with("lfctl: snapshot 2: unload: it is in use"));
}

TEST(Gc, HasNothingToDo) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot gc").out, "");
  EXPECT_EQ(run_line(kernel, "snapshot gc -j").out, "{\"removed\":[]}\n");
}

}  // namespace
}  // namespace liteflow::lfctl
