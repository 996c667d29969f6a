// SPDX-License-Identifier: GPL-2.0
// The generic netlink family of lf_lb.ko from user space. It speaks of the paths
// of the network namespace that it was made in. Every refusal throws NetlinkError
// with the errno and the kernel's own (extack) text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/netlink/client.h"
#include "daemon/netlink/socket.h"
#include "linux/liteflow_lb.h"

namespace liteflow {

// What is declared.
struct LbPath {
  std::array<std::uint8_t, 16> prefix = {};  // IPv4 as ::ffff:a.b.c.d
  std::uint32_t length = 0;                  // with the 96 bits before an IPv4 address
  std::uint32_t mark = 0, mask = 0, weight = 1;
};

struct LbPathInfo {
  LbPath path;
  lf_lb_health health = LF_LB_HEALTH_UP;
  std::uint32_t rtt_us = 0, base_rtt_us = 0, flows = 0;
  double loss = 0, ecn = 0;  // shares
  std::uint64_t rate = 0, in_flight = 0, chosen = 0, timeouts = 0;
  std::optional<std::uint64_t> age_ms;  // none: no flow has told of it
};

class LbClient {
 public:
  LbClient();  // throws NetlinkError(ENOENT) with the remedy if the module is not loaded

  std::vector<LbPathInfo> paths();
  void add(const LbPath &path);
  void remove(const LbPath &path);  // by prefix, length and mark

 private:
  void call(unsigned command, const LbPath &path, const char *what);

  netlink::Socket socket_;
  int family_;
};

}  // namespace liteflow
