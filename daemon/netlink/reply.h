// SPDX-License-Identifier: GPL-2.0
// The answer to one request: replies up to its acknowledgement or the end of
// its dump, and what a refusal says. No socket in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/netlink/message.h"
#include "daemon/netlink/names.h"

namespace liteflow::netlink {

// code: positive errno, 0 for success. text: what the kernel said, and which
// attribute it was about; never empty for a refusal.
struct Verdict {
  int code = 0;
  std::string text;
};

// Decode the payload of an NLMSG_ERROR (or of an NLMSG_DONE). request: the
// message it answers, to find the attribute that the kernel points at; names: of
// its family's attributes.
Verdict decode_error(const Message &message, Bytes request, AttributeNames names = attribute_name);
Verdict decode_done(const Message &message, Bytes request, AttributeNames names = attribute_name);

class Reply {
 public:
  // request: whole message as sent, with its sequence number; outlives every add().
  explicit Reply(Bytes request, AttributeNames names = attribute_name);

  // Take one datagram; messages with another sequence number are left-overs of
  // an earlier request and are dropped. Returns true when the answer is complete.
  bool add(std::vector<std::byte> datagram);

  const Verdict &verdict() const { return verdict_; }
  bool interrupted() const { return interrupted_; }  // NLM_F_DUMP_INTR: list again
  const std::vector<Message> &messages() const { return messages_; }

 private:
  bool take(const Message &message);

  Bytes request_;
  AttributeNames names_;
  std::uint32_t seq_ = 0;
  std::vector<std::vector<std::byte>> datagrams_;  // what messages_ points into
  std::vector<Message> messages_;
  Verdict verdict_;
  bool interrupted_ = false;
};

}  // namespace liteflow::netlink
