// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"

namespace liteflow::lfctl {
namespace {

LbPathInfo make_path() {
  LbPathInfo info;
  info.path.prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 2, 0, 0};
  info.path.length = 112;
  info.path.mark = 1;
  info.path.mask = 0xff;
  info.path.weight = 4;
  info.rtt_us = 1250;
  info.base_rtt_us = 800;
  info.loss = 0.01;
  info.rate = 12500000;
  info.in_flight = 3000;
  info.flows = 3;
  info.chosen = 17;
  info.age_ms = 850;
  return info;
}

TEST(Lb, PathListIsATable) {
  FakeKernel kernel;
  kernel.all_lb_paths = {make_path()};
  LbPathInfo idle;
  idle.path.prefix = {0xfd, 0x02};
  idle.path.length = 64;
  idle.path.mark = 0x200;
  idle.path.mask = 0xf00;
  idle.health = LF_LB_HEALTH_DOWN;
  kernel.all_lb_paths.push_back(idle);
  EXPECT_EQ(run_line(kernel, "lb path list").out,
            "PREFIX       MARK         WEIGHT  HEALTH     RTT   LEAST   LOSS    ECN          RATE  "
            "FLOWS  CHOSEN  TIMEOUTS     AGE\n"
            "10.2.0.0/16  0x1/0xff          4  up      1.2 ms  800 us  1.0 %  0.0 %  100.0 Mbit/s  "
            "    3      17         0  850 ms\n"
            "fd02::/64    0x200/0xf00       1  down         -       -  0.0 %  0.0 %       0 bit/s  "
            "    0       0         0       -\n");
}

TEST(Lb, PathListAsJson) {
  FakeKernel kernel;
  kernel.all_lb_paths = {make_path()};
  EXPECT_EQ(run_line(kernel, "lb path list -j").out,
            "[{\"prefix\":\"10.2.0.0/16\",\"mark\":\"0x1/0xff\",\"weight\":4,\"health\":\"up\","
            "\"rtt_us\":1250,\"base_rtt_us\":800,\"loss\":0.01,\"ecn\":0.0,\"rate\":12500000,"
            "\"flows\":3,\"in_flight\":3000,\"chosen\":17,\"timeouts\":0,\"age_ms\":850}]\n");
}

TEST(Lb, PathsAreAddedAndDeleted) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "lb path add 10.2.0.0/16 mark 1").status, 0);
  EXPECT_EQ(run_line(kernel, "lb p a fd02::7 mark 0x200/0xf00 --weight 25").status, 0);
  EXPECT_EQ(run_line(kernel, "lb path del 10.2.0.1 mark 3 -j").out,
            "{\"prefix\":\"10.2.0.1/32\",\"mark\":\"0x3/0xff\"}\n");
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{
                              "add_lb_path 10.2.0.0./112 mark 1 mask 255 weight 1",
                              "add_lb_path 0.0.0.7./128 mark 512 mask 3840 weight 25",
                              "delete_lb_path 10.2.0.1./128 mark 3"}));
}

TEST(Lb, MistakesInTheCommandLine) {
  FakeKernel kernel;
  for (const char *line :
       {"lb path add 10.0.0.0/33 mark 1", "lb path add 10.0.0 mark 1", "lb path add fd00::/129 mark 1",
        "lb path add 10.0.0.0/x mark 1", "lb path add 10.0.0.0/8 mark 0",
        "lb path add 10.0.0.0/8 mark 0x100", "lb path add 10.0.0.0/8 mark 1/0",
        "lb path add 10.0.0.0/8 mark 5/0x3", "lb path add 10.0.0.0/8 mark", "lb path add 10.0.0.0/8",
        "lb path add 10.0.0.0/8 mark 1 --weight 0", "lb path add 10.0.0.0/8 mark 1 --weight 4294967296",
        "lb path", "lb path show", "lb", "lb setup 10.0.0.0/8", "lb setup 10.0.0.0/8 10.1.0.1,",
        "lb setup 10.0.0.0/8 10.1.0.1 --encap mpls", "lb setup 10.0.0.0/8 10.1.0.1 --encap x:1",
        "lb setup 10.0.0.0/8 10.1.0.1,10.1.0.2 --encap mpls:1",
        "lb setup 10.0.0.0/8 10.1.0.1,10.1.0.2 --mark 1/1"}) {
    EXPECT_EQ(run_line(kernel, line).status, 2) << line;
  }
  EXPECT_TRUE(kernel.calls.empty());
}

TEST(Lb, SetupPrintsRulesAndRoutes) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "lb setup 10.2.0.0/16 10.0.1.1@eth0.101,@eth0.102").out,
            "ip -4 rule add fwmark 0x1/0xff table 100\n"
            "ip -4 route replace 10.2.0.0/16 via 10.0.1.1 dev eth0.101 table 100\n"
            "ip -4 route replace unreachable 10.2.0.0/16 metric 4294967295 table 100\n"
            "lfctl lb path add 10.2.0.0/16 mark 0x1/0xff\n"
            "ip -4 rule add fwmark 0x2/0xff table 101\n"
            "ip -4 route replace 10.2.0.0/16 dev eth0.102 table 101\n"
            "ip -4 route replace unreachable 10.2.0.0/16 metric 4294967295 table 101\n"
            "lfctl lb path add 10.2.0.0/16 mark 0x2/0xff\n");
  EXPECT_TRUE(kernel.calls.empty());
}

TEST(Lb, SetupEncapsulates) {
  FakeKernel kernel;
  const auto route = [&](const std::string &options) {
    const std::string out = run_line(kernel, "lb setup fd02::/32 fd01::1 " + options).out;
    const std::size_t at = out.find('\n') + 1;
    return out.substr(at, out.find('\n', at) - at);
  };
  EXPECT_EQ(route("--encap mpls:101/16"),
            "ip -6 route replace fd02::/32 encap mpls 101/16 via fd01::1 table 100");
  EXPECT_EQ(route("--encap ip6:fd09::1"),
            "ip -6 route replace fd02::/32 encap ip6 id 0 dst fd09::1 via fd01::1 table 100");
  EXPECT_EQ(route("--encap seg6:fd09::1 --table 7"),
            "ip -6 route replace fd02::/32 encap seg6 mode encap segs fd09::1 via fd01::1 table 7");
}

TEST(Lb, SetupApplies) {
  FakeKernel kernel;
  EXPECT_EQ(run_line(kernel, "lb setup 10.2.0.0/16 10.0.1.1 --mark 0x10/0xf0 --apply").status, 0);
  EXPECT_EQ(kernel.calls, (std::vector<std::string>{
                              "run ip -4 rule add fwmark 0x10/0xf0 table 100",
                              "run ip -4 route replace 10.2.0.0/16 via 10.0.1.1 table 100",
                              "run ip -4 route replace unreachable 10.2.0.0/16 metric 4294967295 "
                              "table 100",
                              "add_lb_path 10.2.0.0./112 mark 16 mask 240 weight 1"}));
}

TEST(Lb, SetupStopsAtTheFirstFailure) {
  FakeKernel kernel;
  kernel.refusals.emplace("run ip -4 route", NetlinkError(EINVAL, "this failed: ip"));
  EXPECT_EQ(run_line(kernel, "lb setup 10.2.0.0/16 10.0.1.1,10.0.2.1 --apply").status, 1);
  EXPECT_EQ(kernel.calls.size(), 2u);
}

}  // namespace
}  // namespace liteflow::lfctl
