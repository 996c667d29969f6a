// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/message.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <limits>
#include <random>

#include "daemon/netlink/q16.h"
#include "daemon/netlink/test_message.h"

namespace liteflow::netlink {
namespace {

Attributes attributes_of(const Buffer &payload) {
  static std::vector<Buffer> kept;  // Attributes are views
  kept.push_back(message(77, 0, 1, payload));
  return Generic(split(kept.back()).at(0)).attributes;
}

template <class F>
void expect_malformed(F &&f) {
  try {
    f();
    FAIL() << "accepted";
  } catch (const NetlinkError &error) {
    EXPECT_EQ(error.code(), EBADMSG) << error.what();
  }
}

Buffer snapshot_payload() {
  return generic(
      LF_CMD_SNAPSHOT_GET,
      {text(LF_A_APP, "cc"), number<std::uint64_t>(LF_A_SNAPSHOT, 1ull << 40),
       text(LF_A_NAME, "lf_cc_0123456789abcdef"), number<std::uint8_t>(LF_A_STATE, LF_STATE_CANARY),
       number<std::uint64_t>(LF_A_SHAPE, 0xfeedfacecafebeefull),
       number<std::uint32_t>(LF_A_SHARE, 100), number<std::uint32_t>(LF_A_PINS, 7),
       number<std::uint32_t>(LF_A_N_IN, 30), number<std::uint32_t>(LF_A_N_OUT, 1),
       number<std::uint32_t>(LF_A_MACS, 1488), number<std::uint64_t>(LF_A_INFERENCES, 11),
       number<std::uint64_t>(LF_A_CLIPPED, 2), number<std::uint64_t>(LF_A_EXPLORED, 3),
       number<std::uint64_t>(LF_A_FAILED, 4), number<std::int64_t>(LF_A_REWARD_SUM, -3 * 65536 / 2),
       number<std::uint64_t>(LF_A_REWARD_COUNT, 5), number<std::uint64_t>(LF_A_AGE_MS, 123456)});
}

Buffer batch_payload(std::size_t bytes, std::uint32_t record_bytes) {
  return generic(
      LF_CMD_BATCH_NTF,
      {text(LF_A_APP, "cc"), number<std::uint32_t>(LF_A_CPU, 1), number<std::uint64_t>(LF_A_SEQ, 9),
       number<std::uint64_t>(LF_A_DROPPED, 3), number<std::uint32_t>(LF_A_RECORD_LEN, record_bytes),
       attribute(LF_A_RECORDS, Buffer(bytes, std::byte{0x5a}))});
}

TEST(Split, TakesSeveralMessages) {
  Buffer datagram = message(20, NLM_F_MULTI, 5, Buffer(6));
  datagram.resize(24);  // 22 bytes and padding
  datagram += message(21, 0, 6, {});
  const auto messages = split(datagram);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].type, 20);
  EXPECT_EQ(messages[0].flags, NLM_F_MULTI);
  EXPECT_EQ(messages[0].payload.size(), 6u);
  EXPECT_EQ(messages[1].seq, 6u);
}

TEST(Split, LastMessageNeedsNoPadding) {
  EXPECT_EQ(split(message(20, 0, 0, Buffer(5))).at(0).payload.size(), 5u);
}

TEST(Split, RefusesLengthsThatDoNotFit) {
  const Buffer good = message(20, 0, 0, Buffer(8));
  for (std::size_t size = 1; size < good.size(); size++)
    expect_malformed([&] { split(Bytes(good).first(size)); });
  for (const std::uint32_t length : {0u, 15u, 25u, 0xffffffffu}) {
    Buffer bad = good;
    std::memcpy(bad.data(), &length, sizeof length);
    expect_malformed([&] { split(bad); });
  }
}

TEST(Decode, Snapshot) {
  const SnapshotInfo info = decode_snapshot(attributes_of(snapshot_payload()));
  EXPECT_EQ(info.app, "cc");
  EXPECT_EQ(info.id, 1ull << 40);
  EXPECT_EQ(info.name, "lf_cc_0123456789abcdef");
  EXPECT_EQ(info.state, LF_STATE_CANARY);
  EXPECT_EQ(info.shape, 0xfeedfacecafebeefull);
  EXPECT_EQ(info.share, 100u);
  EXPECT_EQ(info.pins, 7u);
  EXPECT_EQ(info.n_in, 30u);
  EXPECT_EQ(info.n_out, 1u);
  EXPECT_EQ(info.macs, 1488u);
  EXPECT_EQ(info.inferences, 11u);
  EXPECT_EQ(info.clipped, 2u);
  EXPECT_EQ(info.explored, 3u);
  EXPECT_EQ(info.failed, 4u);
  EXPECT_EQ(info.reward_sum, -1.5);
  EXPECT_EQ(info.reward_count, 5u);
  EXPECT_EQ(info.age_ms, 123456u);
}

TEST(Decode, App) {
  Buffer ranges = bytes_of(lf_range{-65536, 65536 * 10});
  ranges += bytes_of(lf_range{0, 32768});
  const AppInfo info = decode_app(attributes_of(generic(
      LF_CMD_APP_GET,
      {text(LF_A_APP, "cc"), number<std::uint32_t>(LF_A_N_IN, 2), attribute(LF_A_IN_RANGES, ranges),
       number<std::uint32_t>(LF_A_RECORD_LEN, 216), number<std::uint32_t>(LF_A_INTERVAL, 200),
       number<std::uint32_t>(LF_A_FLOWS, 4), number<std::uint64_t>(LF_A_REPORTED, 70),
       number<std::uint64_t>(LF_A_DROPPED, 1), number<std::uint64_t>(LF_A_CLAMPED, 8),
       number<std::uint64_t>(LF_A_ASKED, 11), number<std::uint64_t>(LF_A_ANSWERED, 12),
       number<std::uint64_t>(LF_A_LATE, 13), number<std::uint64_t>(LF_A_STALE, 14),
       number<std::uint64_t>(LF_A_FALLBACKS, 9), number<std::uint8_t>(LF_A_ATTACHED, 1)})));
  EXPECT_EQ(info.asked, 11u);
  EXPECT_EQ(info.answered, 12u);
  EXPECT_EQ(info.late, 13u);
  EXPECT_EQ(info.stale, 14u);
  ASSERT_EQ(info.in_ranges.size(), 2u);
  EXPECT_EQ(info.in_ranges[0], std::make_pair(-1.0, 10.0));
  EXPECT_EQ(info.in_ranges[1], std::make_pair(0.0, 0.5));
  EXPECT_TRUE(info.out_ranges.empty());
  EXPECT_EQ(info.record_bytes, 216u);
  EXPECT_EQ(info.interval_ms, 200u);
  EXPECT_EQ(info.flows, 4u);
  EXPECT_EQ(info.reported, 70u);
  EXPECT_EQ(info.dropped, 1u);
  EXPECT_EQ(info.clamped, 8u);
  EXPECT_EQ(info.fallbacks, 9u);
  EXPECT_TRUE(info.attached);
}

TEST(Decode, FlowAndEvent) {
  const FlowInfo flow = decode_flow(attributes_of(generic(
      LF_CMD_FLOW_GET, {number<std::uint64_t>(LF_A_FLOW, 12), number<std::uint32_t>(LF_A_NETNS, 99),
                        number<std::uint8_t>(LF_A_REASON, LF_REASON_GUARD_QUEUE)})));
  EXPECT_EQ(flow.id, 12u);
  EXPECT_EQ(flow.netns, 99u);
  EXPECT_STREQ(to_string(flow.reason), "guard_queue");

  const EventMessage event = decode_event(attributes_of(
      generic(LF_CMD_EVENT_NTF, {number<std::uint8_t>(LF_A_EVENT, LF_EVENT_FALLBACK),
                                 text(LF_A_APP, "cc"), number<std::uint64_t>(LF_A_COUNT, 6)})));
  EXPECT_EQ(event.event, LF_EVENT_FALLBACK);
  EXPECT_EQ(event.count, 6u);
  EXPECT_EQ(event.snapshot, 0u);
}

TEST(Decode, Objective) {
  Buffer weights = bytes_of<std::int32_t>(65536 / 2);
  weights += bytes_of<std::int32_t>(65536 / 4);
  const ObjectiveInfo objective = decode_objective(attributes_of(generic(
      LF_CMD_OBJECTIVE_GET, {text(LF_A_APP, "mocc"), number<std::uint64_t>(LF_A_CGROUP, 1ull << 40),
                             attribute(LF_A_WEIGHTS, weights)})));
  EXPECT_EQ(objective.app, "mocc");
  EXPECT_EQ(objective.cgroup, 1ull << 40);
  EXPECT_EQ(objective.weights, (std::vector<double>{0.5, 0.25}));
}

TEST(Decode, ValuesFromTheFutureAreUnknown) {
  const auto in = attributes_of(
      generic(LF_CMD_EVENT_NTF, {number<std::uint8_t>(LF_A_EVENT, 200),
                                 number<std::uint64_t>(63, 1), number<std::uint64_t>(5000, 1)}));
  EXPECT_STREQ(to_string(decode_event(in).event), "unknown");
}

TEST(Decode, Batch) {
  const BatchMessage batch = decode_batch(attributes_of(batch_payload(12, 4)));
  EXPECT_EQ(batch.cpu, 1u);
  EXPECT_EQ(batch.seq, 9u);
  EXPECT_EQ(batch.dropped, 3u);
  EXPECT_EQ(batch.records, Buffer(12, std::byte{0x5a}));
  expect_malformed([] { decode_batch(attributes_of(batch_payload(13, 4))); });
  expect_malformed([] { decode_batch(attributes_of(batch_payload(12, 0))); });
  EXPECT_TRUE(decode_batch(attributes_of(batch_payload(0, 0))).records.empty());
}

TEST(Decode, WrongSizesAreMalformed) {
  expect_malformed([] {
    decode_snapshot(
        attributes_of(generic(LF_CMD_SNAPSHOT_GET, {number<std::uint32_t>(LF_A_SNAPSHOT, 3)})));
  });
  expect_malformed([] {
    decode_app(attributes_of(generic(LF_CMD_APP_GET, {attribute(LF_A_IN_RANGES, Buffer(12))})));
  });
  expect_malformed([] {
    decode_outputs(
        attributes_of(generic(LF_CMD_SNAPSHOT_INFER, {attribute(LF_A_OUTPUTS, Buffer(6))})));
  });
}

TEST(Decode, StringWithoutNulEndsWithItsAttribute) {
  const auto in =
      attributes_of(generic(LF_CMD_APP_GET, {attribute(LF_A_APP, Buffer(4, std::byte{'x'}))}));
  EXPECT_EQ(decode_app(in).name, "xxxx");
}

// Whatever bytes come: decoded or refused, nothing else.
TEST(Decode, SurvivesGarbage) {
  std::mt19937 random(1);
  const std::vector<Buffer> seeds = {message(77, 0, 1, snapshot_payload()),
                                     message(77, 0, 1, batch_payload(432, 216))};
  for (int i = 0; i < 20000; i++) {
    Buffer bytes = seeds[static_cast<std::size_t>(i) % seeds.size()];
    bytes.resize(random() % 4 ? bytes.size() : random() % bytes.size());
    for (unsigned n = random() % 4; n && !bytes.empty(); n--)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    bytes.shrink_to_fit();  // the sanitizers see a read past the end
    try {
      for (const Message &one : split(bytes)) {
        const Attributes in = Generic(one).attributes;
        decode_app(in);
        decode_snapshot(in);
        decode_flow(in);
        decode_event(in);
        decode_outputs(in);
        decode_objective(in);
        const BatchMessage batch = decode_batch(in);
        if (!batch.records.empty()) {
          ASSERT_EQ(batch.records.size() % batch.record_bytes, 0u);
        }
      }
    } catch (const NetlinkError &error) {
      ASSERT_EQ(error.code(), EBADMSG);
    }
  }
}

TEST(Q16, Converts) {
  EXPECT_EQ(to_q16(1.0), 65536);
  EXPECT_EQ(to_q16(-0.5), -32768);
  EXPECT_EQ(to_q16(0.5 / 65536), 1);
  EXPECT_EQ(to_q16(-0.5 / 65536), -1);
  EXPECT_EQ(to_q16(1e9), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(to_q16(-std::numeric_limits<double>::infinity()),
            -std::numeric_limits<std::int32_t>::max());
  EXPECT_THROW(to_q16(std::numeric_limits<double>::quiet_NaN()), Error);
  EXPECT_EQ(from_q16(-98304), -1.5);
  for (const std::int32_t raw : {0, 1, -1, 12345678, -2147483647})
    EXPECT_EQ(to_q16(from_q16(raw)), raw);
}

}  // namespace
}  // namespace liteflow::netlink
