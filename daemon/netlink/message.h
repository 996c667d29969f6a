// SPDX-License-Identifier: GPL-2.0
// What the kernel sends, taken apart. No length in it is trusted: whatever does
// not fit throws NetlinkError(EBADMSG). Attributes that are absent read as zero
// or empty and unknown ones are passed over, so that a module one version older
// or newer is understood. No socket in here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/netlink/client.h"

namespace liteflow::netlink {

using Bytes = std::span<const std::byte>;

// One message of a datagram; payload points into it.
struct Message {
  std::uint16_t type = 0, flags = 0;
  std::uint32_t seq = 0;
  Bytes payload;
};

std::vector<Message> split(Bytes datagram);

// Throw NetlinkError(EBADMSG): a message is malformed, in what way.
[[noreturn]] void malformed(const std::string &how);

// Views of a run of attributes; the last of a type counts.
class Attributes {
 public:
  explicit Attributes(Bytes bytes);

  bool has(unsigned type) const { return type < kTypes && values_[type]; }
  Bytes binary(unsigned type) const { return has(type) ? *values_[type] : Bytes{}; }
  std::string string(unsigned type) const;  // up to its NUL

  // T is the attribute's exact type.
  template <class T>
  T number(unsigned type) const {
    T value{};
    if (!has(type)) return value;
    check_size(type, sizeof value);
    std::memcpy(&value, values_[type]->data(), sizeof value);
    return value;
  }

  // A u8 that counts below limit; what is beyond reads as limit ("unknown").
  template <class E>
  E enumerator(unsigned type, E limit) const {
    const auto value = number<std::uint8_t>(type);
    return value < limit ? static_cast<E>(value) : limit;
  }

 private:
  static constexpr std::size_t kTypes = 64;
  static_assert(__LF_A_COUNT <= kTypes);
  void check_size(unsigned type, std::size_t size) const;

  std::array<std::optional<Bytes>, kTypes> values_;
};

// A generic netlink message: command and attributes.
struct Generic {
  explicit Generic(const Message &message);
  std::uint8_t command;
  Attributes attributes;
};

AppInfo decode_app(const Attributes &in);
SnapshotInfo decode_snapshot(const Attributes &in);
FlowInfo decode_flow(const Attributes &in);
ObjectiveInfo decode_objective(const Attributes &in);
BatchMessage decode_batch(const Attributes &in);  // records: a multiple of record_bytes
EventMessage decode_event(const Attributes &in);
std::vector<std::int32_t> decode_outputs(const Attributes &in);

}  // namespace liteflow::netlink
