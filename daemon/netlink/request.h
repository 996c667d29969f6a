// SPDX-License-Identifier: GPL-2.0
// A generic netlink request as it is built, before any socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "linux/liteflow.h"

struct nl_msg;

namespace liteflow::netlink {

constexpr std::size_t kParamsMax = 61440;  // bytes of LF_A_PARAMS
constexpr std::size_t kInputsMax = 60000;  // bytes of LF_A_INPUTS

class Request {
 public:
  // family: id of the family, whose command and attributes follow. flags: NLM_F_ACK, NLM_F_DUMP (NLM_F_REQUEST is
  // implied). room: bytes that the put calls will need beyond a few numbers and
  // names.
  Request(int family, unsigned command, int flags, std::size_t room = 0);

  // Append one attribute. Throw NetlinkError(EMSGSIZE) when it does not fit.
  Request &put_u32(unsigned type, std::uint32_t value);
  Request &put_u64(unsigned type, std::uint64_t value);
  Request &put_string(unsigned type, const std::string &value);
  Request &put_binary(unsigned type, std::span<const std::byte> value);

  nl_msg *get() { return message_.get(); }
  std::span<const std::byte> bytes() const;  // the whole message, header first

 private:
  struct Free {
    void operator()(nl_msg *message) const;
  };
  Request &put(unsigned type, const void *data, std::size_t size);

  std::unique_ptr<nl_msg, Free> message_;
};

}  // namespace liteflow::netlink
