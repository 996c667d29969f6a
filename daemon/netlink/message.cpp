// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/message.h"

#include <fmt/core.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cerrno>

#include "daemon/netlink/names.h"
#include "daemon/netlink/q16.h"

namespace liteflow::netlink {
namespace {

constexpr std::size_t align4(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// What follows a message or an attribute of that many bytes, padding skipped;
// the last one's padding may be left out.
Bytes after(Bytes bytes, std::size_t size) {
  return bytes.subspan(std::min(align4(size), bytes.size()));
}

std::vector<std::pair<double, double>> decode_ranges(Bytes bytes) {
  std::vector<std::pair<double, double>> ranges;
  if (bytes.size() % sizeof(lf_range)) malformed("a part of a range");
  for (; !bytes.empty(); bytes = bytes.subspan(sizeof(lf_range))) {
    lf_range range;
    std::memcpy(&range, bytes.data(), sizeof range);
    ranges.emplace_back(from_q16(range.lo), from_q16(range.hi));
  }
  return ranges;
}

}  // namespace

void malformed(const std::string &how) {
  throw NetlinkError(EBADMSG, fmt::format("malformed message from liteflow.ko ({}): module and "
                                          "program are of different versions",
                                          how));
}

std::vector<Message> split(Bytes datagram) {
  std::vector<Message> messages;
  while (!datagram.empty()) {
    nlmsghdr header;
    if (datagram.size() < sizeof header) malformed("truncated header");
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size())
      malformed(fmt::format("length {} of {} bytes", header.nlmsg_len, datagram.size()));
    messages.push_back({header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq,
                        datagram.subspan(sizeof header, header.nlmsg_len - sizeof header)});
    datagram = after(datagram, header.nlmsg_len);
  }
  return messages;
}

Attributes::Attributes(Bytes bytes) {
  while (!bytes.empty()) {
    nlattr header;
    if (bytes.size() < sizeof header) malformed("truncated attribute");
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > bytes.size())
      malformed(fmt::format("attribute length {} of {} bytes", header.nla_len, bytes.size()));
    const unsigned type = header.nla_type & NLA_TYPE_MASK;
    if (type < kTypes) values_[type] = bytes.subspan(sizeof header, header.nla_len - sizeof header);
    bytes = after(bytes, header.nla_len);
  }
}

void Attributes::check_size(unsigned type, std::size_t size) const {
  if (values_[type]->size() != size)
    malformed(fmt::format("{} has {} bytes instead of {}", attribute_name(type),
                          values_[type]->size(), size));
}

std::string Attributes::string(unsigned type) const {
  const Bytes bytes = binary(type);
  const char *text = reinterpret_cast<const char *>(bytes.data());
  return {text, bytes.empty() ? 0 : strnlen(text, bytes.size())};
}

namespace {

std::vector<std::int32_t> decode_values(Bytes bytes, const char *what) {
  std::vector<std::int32_t> values(bytes.size() / sizeof(std::int32_t));
  if (bytes.size() % sizeof(std::int32_t)) malformed(fmt::format("a part of {}", what));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

Generic::Generic(const Message &message)
    : command(0),
      attributes(message.payload.subspan(std::min(sizeof(genlmsghdr), message.payload.size()))) {
  if (message.payload.size() < sizeof(genlmsghdr)) malformed("truncated header");
  command = static_cast<std::uint8_t>(message.payload[0]);
}

AppInfo decode_app(const Attributes &in) {
  AppInfo app;
  app.name = in.string(LF_A_APP);
  app.n_in = in.number<std::uint32_t>(LF_A_N_IN);
  app.n_out = in.number<std::uint32_t>(LF_A_N_OUT);
  app.n_weights = in.number<std::uint32_t>(LF_A_N_WEIGHTS);
  app.record_bytes = in.number<std::uint32_t>(LF_A_RECORD_LEN);
  app.interval_ms = in.number<std::uint32_t>(LF_A_INTERVAL);
  app.flows = in.number<std::uint32_t>(LF_A_FLOWS);
  app.in_ranges = decode_ranges(in.binary(LF_A_IN_RANGES));
  app.out_ranges = decode_ranges(in.binary(LF_A_OUT_RANGES));
  app.inferences = in.number<std::uint64_t>(LF_A_INFERENCES);
  app.failed = in.number<std::uint64_t>(LF_A_FAILED);
  app.fallbacks = in.number<std::uint64_t>(LF_A_FALLBACKS);
  app.clamped = in.number<std::uint64_t>(LF_A_CLAMPED);
  app.reported = in.number<std::uint64_t>(LF_A_REPORTED);
  app.dropped = in.number<std::uint64_t>(LF_A_DROPPED);
  app.asked = in.number<std::uint64_t>(LF_A_ASKED);
  app.answered = in.number<std::uint64_t>(LF_A_ANSWERED);
  app.late = in.number<std::uint64_t>(LF_A_LATE);
  app.stale = in.number<std::uint64_t>(LF_A_STALE);
  app.attached = in.number<std::uint8_t>(LF_A_ATTACHED) != 0;
  return app;
}

SnapshotInfo decode_snapshot(const Attributes &in) {
  SnapshotInfo snapshot;
  snapshot.app = in.string(LF_A_APP);
  snapshot.name = in.string(LF_A_NAME);
  snapshot.id = in.number<std::uint64_t>(LF_A_SNAPSHOT);
  snapshot.shape = in.number<std::uint64_t>(LF_A_SHAPE);
  snapshot.state = in.enumerator(LF_A_STATE, __LF_STATE_COUNT);
  snapshot.share = in.number<std::uint32_t>(LF_A_SHARE);
  snapshot.pins = in.number<std::uint32_t>(LF_A_PINS);
  snapshot.n_in = in.number<std::uint32_t>(LF_A_N_IN);
  snapshot.n_out = in.number<std::uint32_t>(LF_A_N_OUT);
  snapshot.macs = in.number<std::uint32_t>(LF_A_MACS);
  snapshot.inferences = in.number<std::uint64_t>(LF_A_INFERENCES);
  snapshot.clipped = in.number<std::uint64_t>(LF_A_CLIPPED);
  snapshot.explored = in.number<std::uint64_t>(LF_A_EXPLORED);
  snapshot.failed = in.number<std::uint64_t>(LF_A_FAILED);
  snapshot.reward_count = in.number<std::uint64_t>(LF_A_REWARD_COUNT);
  snapshot.reward_sum = from_q16(in.number<std::int64_t>(LF_A_REWARD_SUM));
  snapshot.age_ms = in.number<std::uint64_t>(LF_A_AGE_MS);
  return snapshot;
}

FlowInfo decode_flow(const Attributes &in) {
  FlowInfo flow;
  flow.app = in.string(LF_A_APP);
  flow.id = in.number<std::uint64_t>(LF_A_FLOW);
  flow.snapshot = in.number<std::uint64_t>(LF_A_SNAPSHOT);
  flow.inferences = in.number<std::uint64_t>(LF_A_INFERENCES);
  flow.age_ms = in.number<std::uint64_t>(LF_A_AGE_MS);
  flow.netns = in.number<std::uint32_t>(LF_A_NETNS);
  flow.reason = in.enumerator(LF_A_REASON, __LF_REASON_COUNT);
  return flow;
}

BatchMessage decode_batch(const Attributes &in) {
  BatchMessage batch;
  batch.app = in.string(LF_A_APP);
  batch.cpu = in.number<std::uint32_t>(LF_A_CPU);
  batch.record_bytes = in.number<std::uint32_t>(LF_A_RECORD_LEN);
  batch.seq = in.number<std::uint64_t>(LF_A_SEQ);
  batch.dropped = in.number<std::uint64_t>(LF_A_DROPPED);
  const Bytes records = in.binary(LF_A_RECORDS);
  if (!records.empty() && (!batch.record_bytes || records.size() % batch.record_bytes))
    malformed(fmt::format("{} bytes of records of {}", records.size(), batch.record_bytes));
  batch.records.assign(records.begin(), records.end());
  return batch;
}

EventMessage decode_event(const Attributes &in) {
  EventMessage event;
  event.event = in.enumerator(LF_A_EVENT, __LF_EVENT_COUNT);
  event.app = in.string(LF_A_APP);
  event.name = in.string(LF_A_NAME);
  event.snapshot = in.number<std::uint64_t>(LF_A_SNAPSHOT);
  event.count = in.number<std::uint64_t>(LF_A_COUNT);
  event.state = in.enumerator(LF_A_STATE, __LF_STATE_COUNT);
  event.reason = in.enumerator(LF_A_REASON, __LF_REASON_COUNT);
  event.share = in.number<std::uint32_t>(LF_A_SHARE);
  return event;
}

std::vector<std::int32_t> decode_outputs(const Attributes &in) {
  return decode_values(in.binary(LF_A_OUTPUTS), "an output");
}

ObjectiveInfo decode_objective(const Attributes &in) {
  ObjectiveInfo objective;
  objective.app = in.string(LF_A_APP);
  objective.cgroup = in.number<std::uint64_t>(LF_A_CGROUP);
  for (const std::int32_t weight : decode_values(in.binary(LF_A_WEIGHTS), "a weight"))
    objective.weights.push_back(from_q16(weight));
  return objective;
}

}  // namespace liteflow::netlink
