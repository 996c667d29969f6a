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
  // family: id of the family. flags: NLM_F_ACK, NLM_F_DUMP (NLM_F_REQUEST is
  // implied). room: bytes that the put calls will need beyond a few numbers and
  // names.
  Request(int family, lf_cmd command, int flags, std::size_t room = 0);

  // Append one attribute. Throw NetlinkError(EMSGSIZE) when it does not fit.
  Request &put_u32(lf_attr type, std::uint32_t value);
  Request &put_u64(lf_attr type, std::uint64_t value);
  Request &put_string(lf_attr type, const std::string &value);
  Request &put_binary(lf_attr type, std::span<const std::byte> value);

  nl_msg *get() { return message_.get(); }
  std::span<const std::byte> bytes() const;  // the whole message, header first

 private:
  struct Free {
    void operator()(nl_msg *message) const;
  };
  Request &put(lf_attr type, const void *data, std::size_t size);

  std::unique_ptr<nl_msg, Free> message_;
};

}  // namespace liteflow::netlink
