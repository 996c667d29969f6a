// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/lb_client.h"

#include <fmt/core.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "daemon/netlink/message.h"
#include "daemon/netlink/names.h"
#include "daemon/netlink/q16.h"
#include "daemon/netlink/reply.h"
#include "daemon/netlink/request.h"

namespace liteflow {
namespace {

using netlink::Attributes;

constexpr int kDumpTries = 8;

double share(const Attributes &in, unsigned type) {
  return from_q16(static_cast<std::int32_t>(in.number<std::uint32_t>(type)));
}

LbPath decode_path(const Attributes &in) {
  LbPath path;
  const auto prefix = in.binary(LF_LB_A_PREFIX);
  if (prefix.size() != path.prefix.size()) netlink::malformed("a prefix is no address");
  std::ranges::transform(prefix, path.prefix.begin(),
                         [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  path.length = in.number<std::uint32_t>(LF_LB_A_LENGTH);
  path.mark = in.number<std::uint32_t>(LF_LB_A_MARK);
  path.mask = in.number<std::uint32_t>(LF_LB_A_MASK);
  path.weight = in.number<std::uint32_t>(LF_LB_A_WEIGHT);
  return path;
}

LbPathInfo decode(const Attributes &in) {
  LbPathInfo info;
  info.path = decode_path(in);
  info.health = in.enumerator(LF_LB_A_HEALTH, __LF_LB_HEALTH_COUNT);
  info.rtt_us = in.number<std::uint32_t>(LF_LB_A_RTT_US);
  info.base_rtt_us = in.number<std::uint32_t>(LF_LB_A_BASE_RTT_US);
  info.loss = share(in, LF_LB_A_LOSS);
  info.ecn = share(in, LF_LB_A_ECN);
  info.rate = in.number<std::uint64_t>(LF_LB_A_RATE);
  info.flows = in.number<std::uint32_t>(LF_LB_A_FLOWS);
  info.in_flight = in.number<std::uint64_t>(LF_LB_A_IN_FLIGHT);
  info.chosen = in.number<std::uint64_t>(LF_LB_A_CHOSEN);
  info.timeouts = in.number<std::uint64_t>(LF_LB_A_TIMEOUTS);
  if (in.has(LF_LB_A_AGE_MS)) info.age_ms = in.number<std::uint64_t>(LF_LB_A_AGE_MS);
  return info;
}

}  // namespace

LbClient::LbClient() : family_(socket_.family(LF_LB_GENL_NAME)) {}

void LbClient::call(unsigned command, const LbPath &path, const char *what) {
  netlink::Request request(family_, command, NLM_F_ACK);
  request.put_binary(LF_LB_A_PREFIX, std::as_bytes(std::span(path.prefix)))
      .put_u32(LF_LB_A_LENGTH, path.length)
      .put_u32(LF_LB_A_MARK, path.mark);
  if (command == LF_LB_CMD_PATH_ADD)
    request.put_u32(LF_LB_A_MASK, path.mask).put_u32(LF_LB_A_WEIGHT, path.weight);
  const auto reply = socket_.transact(request, lb_attribute_name);
  const auto &[code, text] = reply.verdict();
  if (code) throw NetlinkError(code, fmt::format("{} path with mark {:#x}: {}", what, path.mark, text));
}

void LbClient::add(const LbPath &path) { call(LF_LB_CMD_PATH_ADD, path, "add"); }

void LbClient::remove(const LbPath &path) { call(LF_LB_CMD_PATH_DEL, path, "delete"); }

std::vector<LbPathInfo> LbClient::paths() {
  for (int left = kDumpTries; left > 0; left--) {
    netlink::Request request(family_, LF_LB_CMD_PATH_GET, NLM_F_DUMP);
    const auto reply = socket_.transact(request, lb_attribute_name);
    const auto &[code, text] = reply.verdict();
    if (code) throw NetlinkError(code, fmt::format("list paths: {}", text));
    if (reply.interrupted()) continue;
    std::vector<LbPathInfo> all;
    for (const netlink::Message &message : reply.messages())
      all.push_back(decode(netlink::Generic(message).attributes));
    return all;
  }
  throw NetlinkError(EAGAIN, "list paths: they changed while they were read, time and again");
}

}  // namespace liteflow
