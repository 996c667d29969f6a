// SPDX-License-Identifier: GPL-2.0
// The names are those of the protocols' sources.
#include "daemon/netlink/names.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>

#include "daemon/netlink/client.h"

namespace liteflow {
namespace {

using Names = std::vector<std::string>;

// The entries of every enum and of the attributes, by name of their list.
std::map<std::string, Names> protocol(const char *file) {
  static const std::regex section(R"(^([a-z]+):)"), list(R"(^  - name: (\w+))"),
      entry(R"(^ +- \{name: (\w+))");
  std::map<std::string, Names> names;
  std::string line, top, current;
  std::smatch match;
  std::ifstream in(file);
  while (std::getline(in, line)) {
    if (std::regex_search(line, match, section)) top = current = match[1];
    if (std::regex_search(line, match, list)) current = top + "." + match[1].str();
    if (std::regex_search(line, match, entry)) names[current].push_back(match[1]);
  }
  return names;
}

template <class E>
Names all(E count) {
  Names names;
  for (unsigned i = 0; i < count; i++) names.emplace_back(to_string(static_cast<E>(i)));
  return names;
}

TEST(Names, AreThoseOfTheProtocol) {
  auto wanted = protocol(LF_NETLINK_YAML);
  EXPECT_EQ(all(__LF_STATE_COUNT), wanted["enums.state"]);
  EXPECT_EQ(all(__LF_EVENT_COUNT), wanted["enums.event"]);
  EXPECT_EQ(all(__LF_REASON_COUNT), wanted["enums.reason"]);
  EXPECT_EQ(cc_flag_names((1u << wanted["enums.cc_flag"].size()) - 1), wanted["enums.cc_flag"]);
  EXPECT_EQ(sched_flag_names((1u << wanted["enums.sched_flag"].size()) - 1), wanted["enums.sched_flag"]);
  Names attributes;
  for (unsigned type = LF_A_PAD + 1; type <= LF_A_MAX; type++)
    attributes.emplace_back(attribute_name(type));
  EXPECT_EQ(attributes, wanted["attributes"]);
}

TEST(Names, AreThoseOfLoadBalancing) {
  auto wanted = protocol(LF_LB_NETLINK_YAML);
  EXPECT_EQ(all(__LF_LB_HEALTH_COUNT), wanted["enums.health"]);
  EXPECT_EQ(lb_flag_names((1u << wanted["enums.flag"].size()) - 1), wanted["enums.flag"]);
  Names attributes;
  for (unsigned type = LF_LB_A_PAD + 1; type <= LF_LB_A_MAX; type++)
    attributes.emplace_back(lb_attribute_name(type));
  EXPECT_EQ(attributes, wanted["attributes"]);
}

TEST(Names, BeyondTheLastAreUnknown) {
  EXPECT_STREQ(to_string(__LF_STATE_COUNT), "unknown");
  EXPECT_STREQ(attribute_name(LF_A_MAX + 1), "unknown");
  EXPECT_STREQ(attribute_name(65535), "unknown");
  EXPECT_EQ(cc_flag_names(LF_CC_FLAG_LIMITED | 1u << 31), (Names{"limited", "0x80000000"}));
  EXPECT_TRUE(cc_flag_names(0).empty());
}

}  // namespace
}  // namespace liteflow
