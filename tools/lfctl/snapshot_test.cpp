// SPDX-License-Identifier: GPL-2.0
#include "liteflow/snapshot.h"

#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"
#include "tools/lfctl/output.h"
#include "tools/lfctl/test_file.h"

namespace liteflow::lfctl {
namespace {

struct SnapshotKernel : FakeKernel {
  SnapshotKernel() {
    all_snapshots = {make_snapshot(1, "lf_cc_aa11", LF_STATE_PREVIOUS),
                     make_snapshot(2, "lf_cc_aa22", LF_STATE_ACTIVE),
                     make_snapshot(13, "lf_cc_bb33", LF_STATE_CANARY)};
    SnapshotInfo &active = all_snapshots[1];
    active.pins = 7;
    active.inferences = 2000;
    active.clipped = 1;
    active.explored = 100;
    active.reward_sum = 50;
    active.reward_count = 4;
    active.age_ms = 12345;
    active.shape = 0xabcdef;
    active.macs = 1488;
    all_snapshots[2].share = 105;
  }
};

TEST(Snapshot, List) {
  SnapshotKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot list").out,
            "ID  NAME        APP  STATE      SHARE  PINS  INFERENCES  CLIPPED  REWARD     AGE\n"
            " 1  lf_cc_aa11  cc   previous       -     0           0        -       -       -\n"
            " 2  lf_cc_aa22  cc   active         -     7        2000  < 0.1 %  12.500  12.3 s\n"
            "13  lf_cc_bb33  cc   canary    10.5 %     0           0        -       -       -\n");
  EXPECT_EQ(run_line(kernel, "snapshot list lb -j").out, "[]\n");
}

TEST(Snapshot, ShowAsJson) {
  SnapshotKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot show 2 -j").out,
            "{\"id\":2,\"name\":\"lf_cc_aa22\",\"app\":\"cc\",\"state\":\"active\",\"share\":0.0,"
            "\"pins\":7,\"shape\":\"0000000000abcdef\",\"n_in\":3,\"n_out\":2,\"macs\":1488,"
            "\"inferences\":2000,\"clipped\":1,\"explored\":100,\"failed\":0,\"reward_sum\":50.0,"
            "\"reward_count\":4,\"age_ms\":12345}\n");
  EXPECT_EQ(Json::parse(run_line(kernel, "snapshot show 13 -j").out)["share"], 0.105);
  EXPECT_NE(run_line(kernel, "snapshot show 2 -p").out.find("\n  \"id\": 2,\n"), std::string::npos);
}

TEST(Snapshot, Show) {
  SnapshotKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot show 2").out,
            "id          2\n"
            "name        lf_cc_aa22\n"
            "app         cc\n"
            "state       active\n"
            "pins        7\n"
            "age         12.3 s\n"
            "shape       0000000000abcdef, 3 inputs, 2 outputs, 1488 multiplications\n"
            "inferences  2000\n"
            "clipped     1 (< 0.1 %)\n"
            "explored    100 (5.0 %)\n"
            "failed      0 (0 %)\n"
            "reward      12.500 (mean of 4)\n");
  EXPECT_NE(run_line(kernel, "snapshot show 13").out.find("canary, 10.5 % of new flows\n"),
            std::string::npos);
}

TEST(Snapshot, IsFoundByIdNameOrUniqueStart) {
  SnapshotKernel kernel;
  for (const std::string which : {"13", "lf_cc_bb33", "lf_cc_b"})
    EXPECT_EQ(run_words(kernel, {"snapshot", "activate", which}).status, 0);
  EXPECT_EQ(kernel.calls, std::vector<std::string>(3, "activate 13"));

  kernel.all_snapshots.push_back(make_snapshot(5, "lf_cc_bb", LF_STATE_STANDBY));
  run_line(kernel, "snapshot activate lf_cc_bb");
  EXPECT_EQ(kernel.calls.back(), "activate 5");  // a whole name is no mere start
}

TEST(Snapshot, IsNotGuessed) {
  SnapshotKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot show lf_cc_aa").err,
            "lfctl: 'lf_cc_aa' could be lf_cc_aa11 (id 1), lf_cc_aa22 (id 2): give more of the "
            "name, or the id\n");
  EXPECT_EQ(run_line(kernel, "snapshot show lf_lb").err,
            "lfctl: no snapshot 'lf_lb': lfctl snapshot list shows them\n");
  EXPECT_EQ(run_line(kernel, "snapshot show 99").err, "lfctl: snapshot 99: no such snapshot\n");
  EXPECT_EQ(run_line(kernel, "snapshot show 0").status, 1);
  EXPECT_EQ(run_line(kernel, "snapshot show 99999999999999999999999").status, 1);
}

TEST(Snapshot, ChangesSayNothing) {
  SnapshotKernel kernel;
  for (const char *line : {"snapshot activate 13 --repin", "snapshot canary 1 --share 10%",
                           "snapshot canary 1 --share=0", "snapshot rollback cc --repin"}) {
    const Result result = run_line(kernel, line);
    EXPECT_EQ(result.status, 0) << line;
    EXPECT_EQ(result.out + result.err, "") << line;
  }
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{"activate 13 repin", "canary 1 100",
                                                    "canary 1 0", "rollback cc repin"}));
}

TEST(Snapshot, ChangesAsJson) {
  SnapshotKernel kernel;
  EXPECT_EQ(run_line(kernel, "snapshot activate lf_cc_b -j").out, "{\"snapshot\":13}\n");
  EXPECT_EQ(run_line(kernel, "snapshot canary 1 --share 0.25 -j").out,
            "{\"snapshot\":1,\"share\":0.25}\n");
  EXPECT_EQ(run_line(kernel, "snapshot rollback cc -j").out, "{\"app\":\"cc\"}\n");
}

std::string params(std::uint32_t bytes) {
  lf_params header = {};
  header.magic = LF_PARAMS_MAGIC;
  header.bytes = bytes;
  std::string content(reinterpret_cast<const char *>(&header), sizeof header);
  content.resize(100);
  return content;
}

TEST(Snapshot, Load) {
  SnapshotKernel kernel;
  const TestFile file(params(100));
  EXPECT_EQ(run_words(kernel, {"snapshot", "load", "2", file.path(), "--name", "lf_cc_new"}).out,
            "9\n");
  EXPECT_EQ(
      run_words(kernel, {"snapshot", "load", "lf_cc_aa22", file.path(), "--name", "new", "-j"}).out,
      "{\"snapshot\":9,\"name\":\"new\"}\n");
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{"load 2 lf_cc_new 100", "load 2 new 100"}));
}

TEST(Snapshot, LoadRefusesWhatIsNoParameterSet) {
  SnapshotKernel kernel;
  const auto refused = [&kernel](const std::string &path, const std::string &name) {
    const Result result = run_words(kernel, {"snapshot", "load", "2", path, "--name", name});
    EXPECT_EQ(result.status, 1);
    EXPECT_TRUE(kernel.calls.empty());
    return result.err;
  };
  const TestFile text("hello"), empty(""), cut(params(101)), good(params(100));
  EXPECT_EQ(refused("/no/such/file", "n"), "lfctl: /no/such/file: No such file or directory\n");
  EXPECT_NE(refused("/tmp", "n").find("/tmp: Is a directory"), std::string::npos);
  EXPECT_NE(refused(text.path(), "n").find("not a parameter set"), std::string::npos);
  EXPECT_NE(refused(empty.path(), "n").find("not a parameter set"), std::string::npos);
  EXPECT_NE(refused(cut.path(), "n").find("100 bytes of a parameter set of 101"),
            std::string::npos);
  EXPECT_NE(refused(good.path(), "123").find("taken for an id"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::lfctl
