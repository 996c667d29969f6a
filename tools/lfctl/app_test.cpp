// SPDX-License-Identifier: GPL-2.0
// Apps, flows and stats.
#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"
#include "tools/lfctl/output.h"

namespace liteflow::lfctl {
namespace {

FlowInfo make_flow(std::uint64_t id, std::uint64_t snapshot, lf_reason reason) {
  FlowInfo flow;
  flow.app = "cc";
  flow.id = id;
  flow.snapshot = snapshot;
  flow.inferences = 77;
  flow.age_ms = 61500;
  flow.netns = 4026531840;
  flow.reason = reason;
  return flow;
}

TEST(App, ListIsATable) {
  FakeKernel kernel;
  kernel.all_apps = {make_app("cc"), make_app("a-longer-name")};
  kernel.all_apps[1].attached = false;
  const Result result = run_line(kernel, "app list");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(
      result.out,
      "APP            IN  OUT  INTERVAL  FLOWS  INFERENCES  FALLBACKS  RECORDS  DROPPED  DAEMON\n"
      "cc              3    2    200 ms     12        1000          2      500        5  attached\n"
      "a-longer-name   3    2    200 ms     12        1000          2      500        5  -\n");
}

TEST(App, ListAsJson) {
  FakeKernel kernel;
  kernel.all_apps = {make_app("cc")};
  EXPECT_EQ(run_line(kernel, "app list -j").out,
            "[{\"name\":\"cc\",\"n_in\":3,\"n_out\":2,\"n_weights\":0,\"in_ranges\":[[-1.0,10.0]],"
            "\"out_ranges\":[[0.0,0.5]],\"record_bytes\":216,\"interval_ms\":200,\"flows\":12,"
            "\"inferences\":1000,\"failed\":1,\"clamped\":123,\"fallbacks\":2,\"reported\":500,"
            "\"dropped\":5,\"asked\":40,\"answered\":37,\"late\":3,\"stale\":2,\"attached\":true}]\n");
  kernel.all_apps.clear();
  EXPECT_EQ(run_line(kernel, "-j app list").out, "[]\n");
}

TEST(App, SetInterval) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "app set cc interval 100").out, "");
  EXPECT_EQ(run_line(kernel, "app set cc interval 100 -j").out,
            "{\"app\":\"cc\",\"interval_ms\":100}\n");
  EXPECT_EQ(kernel.calls[0], "set_interval cc 100");
}

TEST(App, NamesCannotUpsetATerminal) {
  FakeKernel kernel;
  kernel.all_apps = {make_app("\x1b[2J\xff")};
  EXPECT_NE(run_line(kernel, "app list").out.find("?[2J?"), std::string::npos);
  const Result result = run_line(kernel, "app list -j");
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("\\u001b[2J"), std::string::npos);
}

TEST(App, RefusalIsOneLine) {
  FakeKernel kernel;
  kernel.refusals.emplace("set_interval", NetlinkError(EINVAL, "app cc: out of range"));
  const Result result = run_line(kernel, "app set cc interval 9");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "lfctl: app cc: out of range\n");
}

TEST(Flow, List) {
  FakeKernel kernel;
  kernel.all_flows = {make_flow(1, 4, LF_REASON_NONE), make_flow(20, 0, LF_REASON_GUARD_RATE)};
  EXPECT_EQ(run_line(kernel, "flow list cc").out,
            "FLOW  APP       NETNS  SNAPSHOT  INFERENCES    AGE  FALLBACK\n"
            "   1  cc   4026531840         4          77  1m01s  -\n"
            "  20  cc   4026531840         -          77  1m01s  guard_rate\n");
  EXPECT_EQ(run_line(kernel, "flow list -j").out,
            "[{\"flow\":1,\"app\":\"cc\",\"netns\":4026531840,\"snapshot\":4,\"inferences\":77,"
            "\"age_ms\":61500,\"fallback\":null},{\"flow\":20,\"app\":\"cc\",\"netns\":4026531840,"
            "\"snapshot\":null,\"inferences\":77,\"age_ms\":61500,\"fallback\":\"guard_rate\"}]\n");
  EXPECT_EQ(run_line(kernel, "flow list lb -j").out, "[]\n");
}

TEST(Flow, Repin) {
  FakeKernel kernel;
  kernel.all_snapshots = {make_snapshot(4, "lf_cc_a", LF_STATE_ACTIVE)};
  EXPECT_EQ(run_line(kernel, "flow repin cc").out, "2 flows moved\n");
  EXPECT_EQ(run_line(kernel, "flow repin cc --flow 7 --snapshot lf_cc -j").out,
            "{\"app\":\"cc\",\"moved\":2}\n");
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{"repin cc 0 0", "repin cc 7 4"}));
}

TEST(Stats, Human) {
  FakeKernel kernel;
  kernel.all_apps = {make_app("cc")};
  EXPECT_EQ(run_line(kernel, "stats").out,
            "cc: 12 flows, daemon attached\n"
            "  active       no snapshot: flows run under the kernel's own behaviour\n"
            "  inferences   1000\n"
            "  records      500\n"
            "  dropped      5 (1.0 % of records)\n"
            "  fallbacks    2\n"
            "  clamped      123 (12.3 % of inferences)\n"
            "  failed       1 (0.1 % of inferences)\n");
  kernel.all_snapshots = {make_snapshot(3, "lf_cc_old", LF_STATE_PREVIOUS),
                          make_snapshot(4, "lf_cc_new", LF_STATE_ACTIVE)};
  kernel.all_snapshots[1].age_ms = 3 * 3600 * 1000;
  EXPECT_NE(run_line(kernel, "stats cc").out.find("active       snapshot 4 lf_cc_new, for 3h00m\n"),
            std::string::npos);
}

TEST(Stats, AsJson) {
  FakeKernel kernel;
  kernel.all_apps = {make_app("cc"), make_app("lb")};
  kernel.all_apps[1].inferences = 0;
  kernel.all_snapshots = {make_snapshot(4, "lf_cc_new", LF_STATE_ACTIVE)};
  const Json all = Json::parse(run_line(kernel, "stats -j").out);
  EXPECT_EQ(
      all[0].dump(),
      "{\"app\":\"cc\",\"active\":{\"id\":4,\"name\":\"lf_cc_new\",\"age_ms\":0},\"flows\":12,"
      "\"inferences\":1000,\"reported\":500,\"dropped\":5,\"fallbacks\":2,\"failed\":1,"
      "\"clamped\":123,\"clamped_share\":0.123,\"attached\":true}");
  EXPECT_TRUE(all[1]["active"].is_null());
  EXPECT_TRUE(all[1]["clamped_share"].is_null());
}

TEST(Stats, OfAnUnknownAppFails) {
  FakeKernel kernel;
  const Result result = run_line(kernel, "stats xx");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.err, "lfctl: app xx: no such app\n");
}

}  // namespace
}  // namespace liteflow::lfctl
