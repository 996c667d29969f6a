// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/request.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "daemon/netlink/message.h"
#include "daemon/netlink/test_message.h"

namespace liteflow::netlink {
namespace {

TEST(Request, HasHeaderAndAttributes) {
  Request request(77, LF_CMD_SNAPSHOT_CANARY, NLM_F_ACK);
  request.put_u64(LF_A_SNAPSHOT, 5).put_u32(LF_A_SHARE, 100).put_string(LF_A_APP, "cc");
  const auto messages = split(request.bytes());
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].type, 77);
  EXPECT_EQ(messages[0].flags, NLM_F_REQUEST | NLM_F_ACK);
  const Generic generic(messages[0]);
  EXPECT_EQ(generic.command, LF_CMD_SNAPSHOT_CANARY);
  EXPECT_EQ(generic.attributes.number<std::uint64_t>(LF_A_SNAPSHOT), 5u);
  EXPECT_EQ(generic.attributes.number<std::uint32_t>(LF_A_SHARE), 100u);
  EXPECT_EQ(generic.attributes.binary(LF_A_APP).size(), 3u);  // with its NUL
}

TEST(Request, HoldsTheLargestParameterSet) {
  const Buffer params(kParamsMax, std::byte{7});
  Request request(77, LF_CMD_SNAPSHOT_LOAD, NLM_F_ACK, params.size());
  request.put_u64(LF_A_SNAPSHOT, 5)
      .put_string(LF_A_NAME, std::string(LF_NAME_MAX, 'n'))
      .put_binary(LF_A_PARAMS, params);
  const Generic generic(split(request.bytes()).at(0));
  EXPECT_EQ(generic.attributes.binary(LF_A_PARAMS).size(), kParamsMax);
  EXPECT_EQ(generic.attributes.string(LF_A_NAME).size(), static_cast<std::size_t>(LF_NAME_MAX));
}

TEST(Request, RefusesWhatDoesNotFit) {
  const auto refused = [](std::size_t size, std::size_t room) {
    try {
      Request(77, LF_CMD_SNAPSHOT_LOAD, 0, room).put_binary(LF_A_PARAMS, Buffer(size));
      return 0;
    } catch (const NetlinkError &error) {
      return error.code();
    }
  };
  EXPECT_EQ(refused(65532, 1 << 20), EMSGSIZE);
  EXPECT_EQ(refused(1 << 20, 1 << 21), EMSGSIZE);
  EXPECT_EQ(refused(1000, 0), EMSGSIZE);
  EXPECT_EQ(refused(65531, 65536), 0);
}

}  // namespace
}  // namespace liteflow::netlink
