// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/request.h"

#include <fmt/core.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <cerrno>
#include <new>

#include "daemon/netlink/client.h"
#include "daemon/netlink/names.h"

namespace liteflow::netlink {
namespace {

constexpr std::size_t kSmall = 512;           // headers, ids and names
constexpr std::size_t kAttributeMax = 65531;  // nla_len has 16 bits and counts the header

}  // namespace

void Request::Free::operator()(nl_msg *message) const { nlmsg_free(message); }

Request::Request(int family, unsigned command, int flags, std::size_t room)
    : message_(nlmsg_alloc_size(kSmall + room)) {
  if (!message_ || !genlmsg_put(message_.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags,
                                static_cast<std::uint8_t>(command), LF_GENL_VERSION))
    throw std::bad_alloc();
  nlmsg_hdr(message_.get())->nlmsg_flags |= NLM_F_REQUEST;
}

Request &Request::put(unsigned type, const void *data, std::size_t size) {
  if (size > kAttributeMax || nla_put(message_.get(), static_cast<int>(type), static_cast<int>(size), data) < 0)
    throw NetlinkError(EMSGSIZE, fmt::format("{} of {} bytes does not fit a netlink message",
                                             attribute_name(type), size));
  return *this;
}

Request &Request::put_u32(unsigned type, std::uint32_t value) {
  return put(type, &value, sizeof value);
}

Request &Request::put_u64(unsigned type, std::uint64_t value) {
  return put(type, &value, sizeof value);
}

Request &Request::put_string(unsigned type, const std::string &value) {
  return put(type, value.c_str(), value.size() + 1);
}

Request &Request::put_binary(unsigned type, std::span<const std::byte> value) {
  return put(type, value.data(), value.size());
}

std::span<const std::byte> Request::bytes() const {
  const nlmsghdr *header = nlmsg_hdr(message_.get());
  return {reinterpret_cast<const std::byte *>(header), header->nlmsg_len};
}

}  // namespace liteflow::netlink
