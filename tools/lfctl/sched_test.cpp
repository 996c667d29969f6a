// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"

namespace liteflow::lfctl {
namespace {

TEST(Sched, SetupMapsPriorities) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "sched setup eth0 --bands 6,0,2").out,
            "tc qdisc replace dev eth0 root handle 1: prio bands 3 priomap 1 1 2 1 1 1 0 1 1 1 1 1 1 1 1 1\n");
  EXPECT_EQ(run_line(kernel, "sched setup eth0 --bands 7,3,3 --qdisc ets").out,
            "tc qdisc replace dev eth0 root handle 1: ets bands 3 strict 1 quanta 2250 1500 "
            "priomap 1 1 1 2 1 1 1 0 1 1 1 1 1 1 1 1\n");
  EXPECT_EQ(run_line(kernel, "sched setup eth0").out,
            "tc qdisc replace dev eth0 root handle 1: prio bands 8 priomap 1 7 6 1 1 1 0 1 2 3 4 5 1 1 1 1\n");
  EXPECT_TRUE(kernel.calls.empty());
}

TEST(Sched, SetupFiltersDscps) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "sched setup s0 --dscp --bands 18,0,8").out,
            "tc qdisc replace dev s0 root handle 1: prio bands 3 priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
            "tc filter replace dev s0 parent 1: protocol ip prio 1 handle 1 flower ip_tos 0x48/0xfc classid 1:1\n"
            "tc filter replace dev s0 parent 1: protocol ip prio 2 handle 1 flower ip_tos 0x20/0xfc classid 1:3\n"
            "tc filter replace dev s0 parent 1: protocol ipv6 prio 3 handle 1 flower ip_tos 0x48/0xfc classid 1:1\n"
            "tc filter replace dev s0 parent 1: protocol ipv6 prio 4 handle 1 flower ip_tos 0x20/0xfc classid 1:3\n");
}

TEST(Sched, SetupGoesBelowAShaper) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "sched setup eth0 --bands 6,0,2 --parent 10:1").out,
            "tc qdisc replace dev eth0 parent 10:1 handle 1: prio bands 3 "
            "priomap 1 1 2 1 1 1 0 1 1 1 1 1 1 1 1 1\n");
  EXPECT_EQ(run_line(kernel, "sched setup s0 --dscp --bands 0,0,8 --parent 1:fff0").out,
            "tc qdisc replace dev s0 parent 1:fff0 handle 2: prio bands 3 "
            "priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
            "tc filter replace dev s0 parent 2: protocol ip prio 1 handle 1 flower ip_tos 0x20/0xfc classid 2:3\n"
            "tc filter replace dev s0 parent 2: protocol ipv6 prio 2 handle 1 flower ip_tos 0x20/0xfc classid 2:3\n");
}

TEST(Sched, SetupApplies) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "sched setup eth0 --bands 6,0,2 --apply").status, 0);
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{"run tc qdisc replace dev eth0 root handle 1: prio bands 3 "
                                                    "priomap 1 1 2 1 1 1 0 1 1 1 1 1 1 1 1 1"}));
}

TEST(Sched, RefusesWhatIsNone) {
  FakeKernel kernel;
  for (const std::string line :
       {"sched setup", "sched setup eth0 --qdisc htb", "sched setup eth0 --bands 6",
        "sched setup eth0 --bands 16,0,2", "sched setup eth0 --bands 6,0,2,1,3,4,5,8,9",
        "sched setup eth0 --bands 6,,x",
        "sched setup eth0 --dscp --bands 64,0,8", "sched setup eth0 --parent 10:",
        "sched setup eth0 --parent 10:0", "sched setup eth0 --parent root", "sched setup eth0 --parent 10:1ffff",
        "sched"})
    EXPECT_EQ(run_line(kernel, line).status, 2) << line;
}

}  // namespace
}  // namespace liteflow::lfctl
