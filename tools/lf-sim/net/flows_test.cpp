// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/flows.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

std::string refusal(const std::string &text) {
  const TestFile file(text);
  return error_of(file, [&] { read_flows(file.path(), parking_lot({})); });
}

TEST(Flows, RoundTrip) {
  const std::vector<Flow> flows{{0, 0, 2, 1, 0}, {1, 1, 2, 1000001, 7}, {9, 2, 0, 50, 2'000'000'001}};
  const TestFile file;
  write_flows(file.path(), flows);
  EXPECT_EQ(file.text(),
            "3\n0 0 2 3 100 1 1.000000000\n1 1 2 3 100 1000001 1.000000007\n9 2 0 3 100 50 3.000000001\n");
  const std::vector<Flow> read = read_flows(file.path(), parking_lot({}));
  ASSERT_EQ(read.size(), 3U);
  for (std::size_t i = 0; i < 3; i++) {
    EXPECT_EQ(read[i].id, flows[i].id);
    EXPECT_EQ(read[i].source, flows[i].source);
    EXPECT_EQ(read[i].destination, flows[i].destination);
    EXPECT_EQ(read[i].bytes, flows[i].bytes);
    EXPECT_EQ(read[i].start_ns, flows[i].start_ns);
  }
}

TEST(Flows, BadFilesNameTheLine) {
  EXPECT_NE(refusal("x\n").find(":1: the number of flows is 'x'"), std::string::npos);
  EXPECT_NE(refusal("2\n0 0 2 3 100 5 1.0\n").find("ends before flow 2 of 2"), std::string::npos);
  EXPECT_NE(refusal("1\n0 0 2 3 100 5\n").find(":2: no the start"), std::string::npos);
  EXPECT_NE(refusal("1\n0 0 3 3 100 5 1.0\n").find(":2: the destination is node 3, which is no host"),
            std::string::npos);
  EXPECT_NE(refusal("1\n0 8 2 3 100 5 1.0\n").find(":2: the source is node 8"), std::string::npos);
  EXPECT_NE(refusal("1\n0 2 2 3 100 5 1.0\n").find(":2: source and destination are the same"), std::string::npos);
  EXPECT_NE(refusal("1\n0 0 2 3 100 0 1.0\n").find(":2: the size is 0"), std::string::npos);
  EXPECT_NE(refusal("1\n0 0 2 3 100 -5 1.0\n").find(":2: the size is '-5'"), std::string::npos);
  EXPECT_NE(refusal("1\n0 0 2 3 100 5 0.5\n").find(":2: the start is out of range"), std::string::npos);
  EXPECT_NE(refusal("1\n0 0 2 3 100 5 nan\n").find(":2: the start is 'nan'"), std::string::npos);
  EXPECT_NE(refusal("2\n0 0 2 3 100 5 1.5\n1 0 2 3 100 5 1.4\n").find(":3: the start is before"), std::string::npos);
  EXPECT_NE(refusal("0\n0 0 2 3 100 5 1.5\n").find(":2: more than the 0 flows"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
