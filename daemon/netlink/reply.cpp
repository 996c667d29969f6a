// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/reply.h"

#include <fmt/core.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "daemon/netlink/names.h"

namespace liteflow::netlink {
namespace {

constexpr std::size_t kAttributesAt = NLMSG_HDRLEN + GENL_HDRLEN;

std::size_t align4(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Name of the attribute of the request that an offset from its header is in.
std::string attribute_at(Bytes request, std::size_t offset, AttributeNames names) {
  std::size_t at = kAttributesAt;
  while (at + sizeof(nlattr) <= request.size()) {
    nlattr header;
    std::memcpy(&header, request.data() + at, sizeof header);
    const std::size_t next = at + align4(header.nla_len);
    if (next <= at || offset < at) break;
    if (offset < next) return names(header.nla_type & NLA_TYPE_MASK);
    at = next;
  }
  return {};
}

// "10 to 5000" from the policy that a value broke; empty if it is not a range.
std::string describe_policy(Bytes bytes) {
  const Attributes in(bytes);
  const auto range = [&in](auto number, unsigned min, unsigned max, const char *unit) {
    using T = decltype(number);
    std::string text;
    if (in.has(min) && in.has(max))
      text = fmt::format("{} to {}", in.number<T>(min), in.number<T>(max));
    else if (in.has(max))
      text = fmt::format("at most {}", in.number<T>(max));
    else if (in.has(min))
      text = fmt::format("at least {}", in.number<T>(min));
    return text.empty() ? text : text + unit;
  };
  std::string text =
      range(std::uint64_t{}, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, "");
  if (text.empty())
    text = range(std::uint32_t{}, NL_POLICY_TYPE_ATTR_MIN_LENGTH, NL_POLICY_TYPE_ATTR_MAX_LENGTH,
                 " bytes");
  return text;
}

// The extended acknowledgement: the kernel's text, the attribute, its policy.
std::string describe_extack(Bytes tlvs, Bytes request, AttributeNames names) {
  const Attributes in(tlvs);
  std::string text = in.string(NLMSGERR_ATTR_MSG), attribute, policy;
  if (in.has(NLMSGERR_ATTR_OFFS))
    attribute = attribute_at(request, in.number<std::uint32_t>(NLMSGERR_ATTR_OFFS), names);
  if (in.has(NLMSGERR_ATTR_POLICY)) policy = describe_policy(in.binary(NLMSGERR_ATTR_POLICY));
  if (in.has(NLMSGERR_ATTR_MISS_TYPE))
    attribute = std::string(names(in.number<std::uint32_t>(NLMSGERR_ATTR_MISS_TYPE))) +
                " is missing";
  if (!policy.empty()) attribute += (attribute.empty() ? "" : ": ") + policy;
  if (attribute.empty()) return text;
  return text.empty() ? attribute : fmt::format("{} ({})", text, attribute);
}

// What to say where the kernel itself says nothing: generic netlink refuses
// these two before liteflow.ko sees them.
std::string describe_errno(int code) {
  if (code == EPERM) return "needs CAP_NET_ADMIN: run it as root";
  if (code == ENOENT) return "liteflow.ko was removed or loaded anew in the meantime: try again";
  return std::strerror(code);
}

Verdict verdict_of(int error, bool has_tlvs, Bytes tlvs, Bytes request, AttributeNames names) {
  Verdict verdict;
  if (error >= 0) return verdict;
  verdict.code = error > -4096 ? -error : EBADMSG;
  if (has_tlvs) verdict.text = describe_extack(tlvs, request, names);
  if (verdict.text.empty()) verdict.text = describe_errno(verdict.code);
  return verdict;
}

}  // namespace

Verdict decode_error(const Message &message, Bytes request, AttributeNames names) {
  nlmsgerr error;
  if (message.payload.size() < sizeof error) malformed("truncated acknowledgement");
  std::memcpy(&error, message.payload.data(), sizeof error);
  std::size_t at = sizeof error;
  if (!(message.flags & NLM_F_CAPPED) && error.msg.nlmsg_len > sizeof error.msg)
    at += align4(error.msg.nlmsg_len - sizeof error.msg);
  const bool has_tlvs = message.flags & NLM_F_ACK_TLVS && at <= message.payload.size();
  return verdict_of(error.error, has_tlvs, message.payload.subspan(has_tlvs ? at : 0), request,
                    names);
}

Verdict decode_done(const Message &message, Bytes request, AttributeNames names) {
  int error = 0;
  if (message.payload.size() < sizeof error) return {};
  std::memcpy(&error, message.payload.data(), sizeof error);
  return verdict_of(error, message.flags & NLM_F_ACK_TLVS, message.payload.subspan(sizeof error),
                    request, names);
}

Reply::Reply(Bytes request, AttributeNames names) : request_(request), names_(names) {
  nlmsghdr header;
  if (request.size() < sizeof header) malformed("truncated request");
  std::memcpy(&header, request.data(), sizeof header);
  seq_ = header.nlmsg_seq;
}

bool Reply::take(const Message &message) {
  if (message.flags & NLM_F_DUMP_INTR) interrupted_ = true;
  switch (message.type) {
    case NLMSG_ERROR:
      verdict_ = decode_error(message, request_, names_);
      return true;
    case NLMSG_DONE:
      verdict_ = decode_done(message, request_, names_);
      return true;
    case NLMSG_NOOP:
      return false;
    case NLMSG_OVERRUN:
      malformed("overrun");
    default:
      messages_.push_back(message);
      return false;
  }
}

bool Reply::add(std::vector<std::byte> datagram) {
  datagrams_.push_back(std::move(datagram));
  for (const Message &message : split(datagrams_.back()))
    if (message.seq == seq_ && take(message)) return true;
  return false;
}

}  // namespace liteflow::netlink
