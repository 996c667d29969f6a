// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/reply.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "daemon/netlink/test_message.h"

namespace liteflow::netlink {
namespace {

constexpr std::uint32_t kSeq = 42;

// app_set: app at offset 20 (8 bytes), interval at 28.
Buffer request() {
  return message(
      77, NLM_F_REQUEST | NLM_F_ACK, kSeq,
      generic(LF_CMD_APP_SET, {text(LF_A_APP, "cc"), number<std::uint32_t>(LF_A_INTERVAL, 3)}));
}

Buffer acknowledgement(int error, int flags = NLM_F_CAPPED, const std::vector<Buffer> &tlvs = {},
                       const Buffer &original = {}) {
  nlmsgerr body = {};
  body.error = error;
  body.msg.nlmsg_len = static_cast<__u32>(request().size());
  Buffer payload = bytes_of(body);
  payload += original;
  for (const Buffer &one : tlvs) payload += one;
  return message(NLMSG_ERROR, flags | (tlvs.empty() ? 0 : NLM_F_ACK_TLVS), kSeq, payload);
}

Verdict verdict_of(const Buffer &datagram) {
  const Buffer sent = request();
  Reply reply(sent);
  EXPECT_TRUE(reply.add(datagram));
  return reply.verdict();
}

TEST(Reply, GathersUntilTheAcknowledgement) {
  const Buffer sent = request();
  Reply reply(sent);
  EXPECT_FALSE(reply.add(message(77, 0, kSeq, Buffer(8))));
  EXPECT_TRUE(reply.add(acknowledgement(0)));
  EXPECT_EQ(reply.messages().size(), 1u);
  EXPECT_EQ(reply.verdict().code, 0);
  EXPECT_FALSE(reply.interrupted());
}

TEST(Reply, DropsLeftOversOfAnotherRequest) {
  const Buffer sent = request();
  Reply reply(sent);
  EXPECT_FALSE(reply.add(message(77, 0, kSeq - 1, Buffer(8))));
  EXPECT_FALSE(reply.add(message(NLMSG_DONE, NLM_F_MULTI, kSeq - 1, Buffer(4))));
  EXPECT_TRUE(reply.messages().empty());
}

TEST(Reply, DumpEndsWithDone) {
  const Buffer sent = request();
  Reply reply(sent);
  Buffer datagram = message(77, NLM_F_MULTI, kSeq, Buffer(8));
  datagram += message(77, NLM_F_MULTI, kSeq, Buffer(8));
  EXPECT_FALSE(reply.add(datagram));
  EXPECT_TRUE(reply.add(message(NLMSG_DONE, NLM_F_MULTI, kSeq, bytes_of(0))));
  EXPECT_EQ(reply.messages().size(), 2u);
  EXPECT_EQ(reply.verdict().code, 0);
}

TEST(Reply, NoticesAnInterruptedDump) {
  const Buffer sent = request();
  Reply reply(sent);
  reply.add(message(77, NLM_F_MULTI | NLM_F_DUMP_INTR, kSeq, Buffer(8)));
  EXPECT_TRUE(reply.interrupted());
}

TEST(Reply, DumpMayEndWithAnError) {
  Buffer payload = bytes_of(-ENODEV);
  payload += text(NLMSGERR_ATTR_MSG, "no such app");
  const Verdict verdict =
      verdict_of(message(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS, kSeq, payload));
  EXPECT_EQ(verdict.code, ENODEV);
  EXPECT_EQ(verdict.text, "no such app");
}

TEST(Verdict, TellsTheKernelsText) {
  const Verdict verdict = verdict_of(
      acknowledgement(-EBUSY, NLM_F_CAPPED, {text(NLMSGERR_ATTR_MSG, "snapshot is in use")}));
  EXPECT_EQ(verdict.code, EBUSY);
  EXPECT_EQ(verdict.text, "snapshot is in use");
}

TEST(Verdict, NamesTheAttributeAndItsRange) {
  Buffer policy = number<std::uint32_t>(NL_POLICY_TYPE_ATTR_TYPE, 1);
  policy += number<std::uint64_t>(NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 10);
  policy += number<std::uint64_t>(NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 5000);
  const Verdict verdict =
      verdict_of(acknowledgement(-ERANGE, NLM_F_CAPPED,
                                 {text(NLMSGERR_ATTR_MSG, "integer out of range"),
                                  number<std::uint32_t>(NLMSGERR_ATTR_OFFS, 28),
                                  attribute(NLMSGERR_ATTR_POLICY | NLA_F_NESTED, policy)}));
  EXPECT_EQ(verdict.text, "integer out of range (interval: 10 to 5000)");
}

TEST(Verdict, NamesTheAttributeInsideItsPayloadToo) {
  const auto at = [](std::uint32_t offset) {
    return verdict_of(acknowledgement(-EINVAL, NLM_F_CAPPED,
                                      {number<std::uint32_t>(NLMSGERR_ATTR_OFFS, offset)}))
        .text;
  };
  EXPECT_EQ(at(20), "app");
  EXPECT_EQ(at(27), "app");
  EXPECT_EQ(at(32), "interval");
  EXPECT_EQ(at(0), "Invalid argument");
  EXPECT_EQ(at(4000000000u), "Invalid argument");
}

TEST(Verdict, NamesTheMissingAttribute) {
  EXPECT_EQ(
      verdict_of(acknowledgement(-EINVAL, NLM_F_CAPPED,
                                 {text(NLMSGERR_ATTR_MSG, "incomplete"),
                                  number<std::uint32_t>(NLMSGERR_ATTR_MISS_TYPE, LF_A_SHARE)}))
          .text,
      "incomplete (share is missing)");
}

TEST(Verdict, SkipsTheOriginalRequestWhereItIsNotCapped) {
  const Buffer sent = request();
  const Buffer original(sent.begin() + NLMSG_HDRLEN, sent.end());
  const Verdict verdict =
      verdict_of(acknowledgement(-EINVAL, 0, {text(NLMSGERR_ATTR_MSG, "no")}, original));
  EXPECT_EQ(verdict.text, "no");
}

TEST(Verdict, ExplainsWhatTheKernelDoesNot) {
  EXPECT_NE(verdict_of(acknowledgement(-EPERM)).text.find("CAP_NET_ADMIN"), std::string::npos);
  EXPECT_NE(verdict_of(acknowledgement(-ENOENT)).text.find("loaded anew"), std::string::npos);
  EXPECT_EQ(verdict_of(acknowledgement(-ENOMEM)).text, "Cannot allocate memory");
  EXPECT_EQ(verdict_of(acknowledgement(INT32_MIN)).code, EBADMSG);
}

TEST(Verdict, RefusesTruncatedOnes) {
  const Buffer sent = request();
  const Buffer good =
      acknowledgement(-EBUSY, NLM_F_CAPPED, {text(NLMSGERR_ATTR_MSG, "snapshot is in use")});
  const Message whole = split(good).at(0);
  for (std::size_t size = 0; size < whole.payload.size(); size++) {
    Message part = whole;
    part.payload = whole.payload.first(size);
    try {
      EXPECT_EQ(decode_error(part, sent).code, EBUSY);
    } catch (const NetlinkError &error) {
      EXPECT_EQ(error.code(), EBADMSG);
    }
  }
}

TEST(Verdict, SurvivesARequestWithAZeroLengthAttribute) {
  Buffer bad = request();
  bad[20] = bad[21] = std::byte{0};
  const Buffer datagram =
      acknowledgement(-EINVAL, NLM_F_CAPPED, {number<std::uint32_t>(NLMSGERR_ATTR_OFFS, 28)});
  EXPECT_EQ(decode_error(split(datagram).at(0), bad).code, EINVAL);
}

}  // namespace
}  // namespace liteflow::netlink
