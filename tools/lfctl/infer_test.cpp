// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"
#include "tools/lfctl/test_file.h"

namespace liteflow::lfctl {
namespace {

Result infer(const std::string &csv, bool json = false) {
  FakeKernel kernel;
  kernel.all_snapshots = {make_snapshot(1, "lf_cc_a", LF_STATE_STANDBY)};
  const TestFile file(csv);
  std::vector<std::string> words = {"snapshot", "infer", "1", file.path()};
  if (json) words.push_back("-j");
  return run_words(kernel, words);
}

TEST(Infer, PrintsCsv) { EXPECT_EQ(infer("1,2,0.5\n-1,0,0\n").out, "3.5,1.75\n-1,-0.5\n"); }

TEST(Infer, PrintsJson) {
  EXPECT_EQ(infer("1,2,0.5\n", true).out,
            "[{\"row\":1,\"outputs\":[3.5,1.75],\"raw\":[229376,114688]}]\n");
}

TEST(Infer, NamesLineAndField) {
  const auto refused = [](const std::string &csv) {
    const Result result = infer(csv);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_NE(refused("1,2,3\n1,2\n").find(":2: 2 fields where 3 are needed"), std::string::npos);
  EXPECT_NE(refused("1,2,3\n1,x,3\n").find(":2: field 2: 'x'"), std::string::npos);
  EXPECT_NE(refused("1,2,3\n1,2,40000\n").find(":2: field 3: 40000 is outside"), std::string::npos);
  EXPECT_NE(refused("").find("no rows"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::lfctl
