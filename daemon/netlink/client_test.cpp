// SPDX-License-Identifier: GPL-2.0
// What can be tested of the sockets without liteflow.ko: its absence, and the
// exchange with the kernel's own controller family.
#include "daemon/netlink/client.h"

#include <gtest/gtest.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <unistd.h>

#include <cerrno>

#include "daemon/netlink/socket.h"
#include "daemon/netlink/test_message.h"

namespace liteflow::netlink {
namespace {

constexpr auto kGetFamily = static_cast<lf_cmd>(CTRL_CMD_GETFAMILY);
constexpr auto kFamilyName = static_cast<lf_attr>(CTRL_ATTR_FAMILY_NAME);

TEST(Client, SaysThatTheModuleIsNotLoaded) {
  if (access("/sys/module/liteflow", F_OK) == 0) GTEST_SKIP() << "liteflow.ko is loaded";
  try {
    NetlinkClient client;
    FAIL() << "connected";
  } catch (const NetlinkError &error) {
    EXPECT_EQ(error.code(), ENOENT);
    EXPECT_STREQ(error.what(), "liteflow.ko is not loaded: modprobe liteflow");
  }
}

TEST(Socket, AsksAndIsAnswered) {
  Socket socket;
  Request request(GENL_ID_CTRL, kGetFamily, NLM_F_ACK);
  request.put_string(kFamilyName, "nlctrl");
  const Reply reply = socket.transact(request);
  EXPECT_EQ(reply.verdict().code, 0) << reply.verdict().text;
  ASSERT_EQ(reply.messages().size(), 1u);
  EXPECT_EQ(Generic(reply.messages()[0]).attributes.string(CTRL_ATTR_FAMILY_NAME), "nlctrl");
}

TEST(Socket, Dumps) {
  Socket socket;
  for (int i = 0; i < 2; i++) {
    Request request(GENL_ID_CTRL, kGetFamily, NLM_F_DUMP);
    const Reply reply = socket.transact(request);
    EXPECT_EQ(reply.verdict().code, 0) << reply.verdict().text;
    EXPECT_FALSE(reply.messages().empty());
  }
}

TEST(Socket, TellsWhatWasRefused) {
  Socket socket;
  Request request(GENL_ID_CTRL, kGetFamily, NLM_F_ACK);
  request.put_string(kFamilyName, std::string(100, 'x'));
  const Verdict verdict = socket.transact(request).verdict();
  EXPECT_EQ(verdict.code, EINVAL) << verdict.text;
  // The text is the kernel's; the attribute has number 2, LiteFlow's "app".
  EXPECT_NE(verdict.text.find("(app"), std::string::npos) << verdict.text;
}

TEST(Socket, CarriesTheLargestRequest) {
  Socket socket;
  Request request(GENL_ID_CTRL, kGetFamily, NLM_F_ACK, kParamsMax);
  request.put_binary(static_cast<lf_attr>(CTRL_ATTR_OPS), Buffer(kParamsMax));
  EXPECT_NE(socket.transact(request).verdict().code, 0);
}

TEST(Socket, HasNothingToReceive) {
  Socket socket;
  EXPECT_EQ(socket.try_receive(), std::nullopt);
}

}  // namespace
}  // namespace liteflow::netlink
