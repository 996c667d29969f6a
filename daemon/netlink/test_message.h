// SPDX-License-Identifier: GPL-2.0
// Messages as the kernel would send them, for tests.
#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "linux/liteflow.h"

namespace liteflow::netlink {

using Buffer = std::vector<std::byte>;

template <class T>
Buffer bytes_of(const T &value) {
  Buffer bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline Buffer &operator+=(Buffer &to, const Buffer &from) {
  to.insert(to.end(), from.begin(), from.end());
  return to;
}

inline Buffer attribute(unsigned type, const Buffer &value) {
  Buffer bytes = bytes_of(
      nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), static_cast<__u16>(type)});
  bytes += value;
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

template <class T>
Buffer number(unsigned type, T value) {
  return attribute(type, bytes_of(value));
}

inline Buffer text(unsigned type, const std::string &value) {
  Buffer bytes(value.size() + 1);
  std::memcpy(bytes.data(), value.c_str(), bytes.size());
  return attribute(type, bytes);
}

inline Buffer message(int type, int flags, std::uint32_t seq, const Buffer &payload) {
  nlmsghdr header = {};
  header.nlmsg_len = static_cast<__u32>(sizeof header + payload.size());
  header.nlmsg_type = static_cast<__u16>(type);
  header.nlmsg_flags = static_cast<__u16>(flags);
  header.nlmsg_seq = seq;
  Buffer bytes = bytes_of(header);
  bytes += payload;
  return bytes;
}

inline Buffer generic(lf_cmd command, const std::vector<Buffer> &attributes) {
  Buffer bytes = bytes_of(genlmsghdr{static_cast<__u8>(command), LF_GENL_VERSION, 0});
  for (const Buffer &one : attributes) bytes += one;
  return bytes;
}

}  // namespace liteflow::netlink
