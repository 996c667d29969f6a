// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/watch.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tools/lfctl/fake_kernel.h"
#include "tools/lfctl/output.h"

namespace liteflow::lfctl {
namespace {

lf_cc_record make_record() {
  lf_cc_record record = {};
  record.flow = 12;
  record.snapshot = 4;
  record.time_ns = 5000000000;
  record.rate = 12500000;
  record.delivered_rate = 11000000;
  record.seq = 45;
  record.netns = 4026531840;
  record.flags = LF_CC_FLAG_EXPLORED | LF_CC_FLAG_CLAMPED;
  record.duration_us = 20000;
  record.rtt_us = 12345;
  record.base_rtt_us = 10000;
  record.mss = 1448;
  record.sent = 100;
  record.delivered = 98;
  record.lost = 2;
  record.ce = 1;
  record.mean = 65536 / 2;
  record.action = 65536 / 4;
  record.sigma = 65536 / 8;
  record.state[1] = 65536;
  return record;
}

BatchMessage make_batch(std::uint64_t seq, std::uint64_t dropped, std::size_t record_bytes) {
  BatchMessage batch;
  batch.app = "cc";
  batch.seq = seq;
  batch.dropped = dropped;
  batch.record_bytes = static_cast<std::uint32_t>(record_bytes);
  batch.records.resize(record_bytes);
  const lf_cc_record record = make_record();
  std::memcpy(batch.records.data(), &record, std::min(record_bytes, sizeof record));
  return batch;
}

const std::string kHeader =
    "    FLOW      SEQ SNAPSHOT          RATE     DELIVERED       RTT  BASE-RTT   SENT  LOST    CE "
    "  ACTION FLAGS\n";
const std::string kLine =
    "      12       45        4  100.0 Mbit/s   88.0 Mbit/s   12.3 ms   10.0 ms    100     2     1 "
    "  +0.250 explored,clamped\n";

TEST(BatchWatch, DecodesCcRecords) {
  FakeKernel kernel;
  kernel.batches = {make_batch(0, 0, sizeof(lf_cc_record)),
                    make_batch(1, 0, sizeof(lf_cc_record) + 8)};  // a newer module
  EXPECT_EQ(run_line(kernel, "batch watch").out, kHeader + kLine + kLine);
  EXPECT_EQ(kernel.calls, std::vector<std::string>{"subscribe batches"});
}

TEST(BatchWatch, LeavesOutWhatIsUnknown) {
  FakeKernel kernel;
  BatchMessage batch = make_batch(0, 0, sizeof(lf_cc_record));
  lf_cc_record record = make_record();
  record.rtt_us = 0;
  record.base_rtt_us = UINT32_MAX;
  record.snapshot = 0;
  std::memcpy(batch.records.data(), &record, sizeof record);
  kernel.batches = {batch, batch};
  EXPECT_NE(run_line(kernel, "batch watch --count 1").out.find("        -         -    100"),
            std::string::npos);
  const Json json = Json::parse(run_line(kernel, "batch watch -j").out)["records"][0];
  EXPECT_TRUE(json["rtt_us"].is_null());
  EXPECT_TRUE(json["base_rtt_us"].is_null());
  EXPECT_TRUE(json["snapshot"].is_null());
}

TEST(BatchWatch, TellsLosses) {
  FakeKernel kernel;
  kernel.batches = {make_batch(5, 100, sizeof(lf_cc_record)),
                    make_batch(8, 103, sizeof(lf_cc_record))};
  EXPECT_EQ(
      run_line(kernel, "batch watch").out,
      kHeader + kLine + "# cc cpu 0: 3 records dropped\n# cc cpu 0: 2 batches lost\n" + kLine);
}

TEST(BatchWatch, AsJsonLines) {
  FakeKernel kernel;
  kernel.batches = {make_batch(1, 2, sizeof(lf_cc_record)), make_batch(2, 2, 216)};
  std::istringstream lines(run_line(kernel, "batch watch -j").out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const Json batch = Json::parse(line);
  EXPECT_EQ(batch["seq"], 1);
  EXPECT_EQ(batch["dropped"], 2);
  const Json &record = batch["records"][0];
  EXPECT_EQ(record["flags"], (Json{"explored", "clamped"}));
  EXPECT_EQ(record["rate"], 12500000);
  EXPECT_EQ(record["action"], 0.25);
  EXPECT_EQ(record["state"].size(), 30u);
  EXPECT_EQ(record["state"][1], 1.0);
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_FALSE(std::getline(lines, line));
}

BatchMessage make_lb_batch() {
  lf_lb_record record = {};
  record.flow = 7;
  record.snapshot = 4;
  record.time_ns = 5000000000;
  record.bytes = 20000;
  record.duration_us = 3000;
  record.ideal_us = 1000;
  record.netns = 4026531840;
  record.flags = LF_LB_FLAG_DECIDED | LF_LB_FLAG_CLOSED;
  record.mark = 2;
  record.paths = 3;
  record.probability = 65536 / 4;
  record.mean = 65536;
  record.state[9] = 65536;
  BatchMessage batch;
  batch.app = "lb";
  batch.record_bytes = sizeof record;
  batch.records.resize(sizeof record);
  std::memcpy(batch.records.data(), &record, sizeof record);
  return batch;
}

TEST(BatchWatch, DecodesLbRecords) {
  FakeKernel kernel;
  kernel.batches = {make_lb_batch(), make_lb_batch()};
  const std::string line =
      "       7        4        20000    3.0 ms    1.0 ms        0x2     3       0.250   +1.000 "
      "decided,closed\n";
  EXPECT_EQ(run_line(kernel, "batch watch lb").status, 1);  // there is no such app
  kernel.all_apps = {make_app("lb")};
  EXPECT_EQ(run_line(kernel, "batch watch lb").out,
            "    FLOW SNAPSHOT        BYTES  DURATION     IDEAL       MARK PATHS PROBABILITY     MEAN "
            "FLAGS\n" +
                line + line);
}

TEST(BatchWatch, LbRecordsAsJson) {
  FakeKernel kernel;
  kernel.batches = {make_lb_batch()};
  EXPECT_EQ(run_line(kernel, "batch watch -j").out,
            "{\"app\":\"lb\",\"cpu\":0,\"seq\":0,\"dropped\":0,\"record_bytes\":112,\"records\":["
            "{\"flow\":7,\"snapshot\":4,\"time_ns\":5000000000,\"netns\":4026531840,"
            "\"flags\":[\"decided\",\"closed\"],\"bytes\":20000,\"duration_us\":3000,"
            "\"ideal_us\":1000,\"waited_us\":0,\"mark\":2,\"paths\":3,\"probability\":0.25,"
            "\"mean\":1.0,\"state\":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0]}]}\n");
}

TEST(BatchWatch, HeadersStandBetweenKinds) {
  FakeKernel kernel;
  kernel.batches = {make_batch(0, 0, sizeof(lf_cc_record)), make_lb_batch(),
                    make_batch(1, 0, sizeof(lf_cc_record))};
  const std::string out = run_line(kernel, "batch watch").out;
  EXPECT_EQ(out.find(kHeader), 0u);
  EXPECT_NE(out.rfind(kHeader), 0u);
}

TEST(BatchWatch, PrintsOtherRecordsInHex) {
  FakeKernel kernel;
  BatchMessage batch = make_batch(1, 0, 2);
  batch.app = "lb";
  batch.records = {std::byte{0x00}, std::byte{0xff}, std::byte{0x12}, std::byte{0x34}};
  kernel.batches = {batch, batch};
  EXPECT_EQ(run_line(kernel, "batch watch --count 1").out, "lb 00ff\nlb 1234\n");
  EXPECT_EQ(Json::parse(run_line(kernel, "batch watch -j").out)["records"], (Json{"00ff", "1234"}));
}

TEST(BatchWatch, TakesShortCcRecordsForUnknown) {
  FakeKernel kernel;
  kernel.batches = {make_batch(1, 0, 8)};
  EXPECT_EQ(run_line(kernel, "batch watch").out, "cc 0c00000000000000\n");
}

TEST(BatchWatch, OnlyTheAppAskedFor) {
  FakeKernel kernel;
  kernel.all_apps = {make_app("cc")};
  BatchMessage other = make_batch(1, 0, 8);
  other.app = "lb";
  kernel.batches = {other, make_batch(1, 0, sizeof(lf_cc_record))};
  EXPECT_EQ(run_line(kernel, "batch watch cc --count 1").out, kHeader + kLine);
  EXPECT_EQ(run_line(kernel, "batch watch nope").status, 1);
}

EventMessage make_event(lf_event what) {
  EventMessage event;
  event.event = what;
  event.app = "cc";
  return event;
}

TEST(Monitor, PrintsALineForAnEvent) {
  FakeKernel kernel;
  EventMessage canary = make_event(LF_EVENT_CANARY), fallback = make_event(LF_EVENT_FALLBACK),
               attached = make_event(LF_EVENT_ATTACHED);
  canary.snapshot = 4;
  canary.name = "lf_cc_a";
  canary.share = 100;
  fallback.reason = LF_REASON_GUARD_QUEUE;
  fallback.count = 5;
  attached.app = "";
  kernel.events = {canary, fallback, attached};
  EXPECT_EQ(run_line(kernel, "monitor").out,
            "2026-01-02T03:04:05.678Z cc   canary         4 lf_cc_a share 10 %\n"
            "2026-01-02T03:04:05.678Z cc   fallback       5 flows: guard_queue\n"
            "2026-01-02T03:04:05.678Z -    attached\n");
  EXPECT_EQ(kernel.calls, std::vector<std::string>{"subscribe events"});
}

TEST(Monitor, AsJsonLines) {
  FakeKernel kernel;
  EventMessage active = make_event(LF_EVENT_ACTIVE);
  active.snapshot = 4;
  active.name = "lf_cc_a";
  active.state = LF_STATE_ACTIVE;
  kernel.events = {active, make_event(LF_EVENT_FALLBACK)};
  EXPECT_EQ(run_line(kernel, "monitor -j").out,
            "{\"time\":\"2026-01-02T03:04:05.678Z\",\"event\":\"active\",\"app\":\"cc\","
            "\"snapshot\":4,\"name\":\"lf_cc_a\",\"state\":\"active\",\"share\":0.0,"
            "\"reason\":null,\"count\":0}\n"
            "{\"time\":\"2026-01-02T03:04:05.678Z\",\"event\":\"fallback\",\"app\":\"cc\","
            "\"snapshot\":null,\"name\":null,\"state\":null,\"share\":0.0,\"reason\":null,"
            "\"count\":0}\n");
}

TEST(Monitor, EndsAfterACount) {
  FakeKernel kernel;
  kernel.events.assign(5, make_event(LF_EVENT_ACTIVE));
  const std::string out = run_line(kernel, "monitor --count 2").out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
}

TEST(Monitor, TellsWhatItLost) {
  FakeKernel kernel;
  kernel.lost = 1;
  kernel.events.assign(2, make_event(LF_EVENT_ATTACHED));
  EXPECT_EQ(run_line(kernel, "monitor").out,
            "2026-01-02T03:04:05.678Z cc   attached\n"
            "2026-01-02T03:04:05.678Z messages were lost: this reader was too slow 1 time\n"
            "2026-01-02T03:04:05.678Z cc   attached\n");
  kernel.events.assign(1, make_event(LF_EVENT_ATTACHED));
  EXPECT_NE(run_line(kernel, "monitor -j")
                .out.find("{\"time\":\"2026-01-02T03:04:05.678Z\",\"overruns\":1}\n"),
            std::string::npos);
}

}  // namespace
}  // namespace liteflow::lfctl
