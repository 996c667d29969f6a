// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/wire.h"

#include <cstring>
#include <utility>

namespace liteflow {
namespace {

void pack_batch(const BatchMessage &from, rpc::Batch &to) {
  to.set_app(from.app);
  to.set_cpu(from.cpu);
  to.set_record_bytes(from.record_bytes);
  to.set_seq(from.seq);
  to.set_dropped(from.dropped);
  to.set_records(from.records.data(), from.records.size());
}

void pack_event(const EventMessage &from, rpc::Event &to) {
  to.set_event(static_cast<std::uint32_t>(from.event));
  to.set_app(from.app);
  to.set_name(from.name);
  to.set_snapshot(from.snapshot);
  to.set_count(from.count);
  to.set_state(static_cast<std::uint32_t>(from.state));
  to.set_reason(static_cast<std::uint32_t>(from.reason));
  to.set_share(from.share);
}

BatchMessage unpack_batch(const rpc::Batch &from) {
  BatchMessage to;
  to.app = from.app();
  to.cpu = from.cpu();
  to.record_bytes = from.record_bytes();
  to.seq = from.seq();
  to.dropped = from.dropped();
  to.records.resize(from.records().size());
  if (!to.records.empty())
    std::memcpy(to.records.data(), from.records().data(), to.records.size());
  return to;
}

EventMessage unpack_event(const rpc::Event &from) {
  EventMessage to;
  to.event = static_cast<lf_event>(from.event());
  to.app = from.app();
  to.name = from.name();
  to.snapshot = from.snapshot();
  to.count = from.count();
  to.state = static_cast<lf_state>(from.state());
  to.reason = static_cast<lf_reason>(from.reason());
  to.share = from.share();
  return to;
}

}  // namespace

void pack(const HostInfo &from, rpc::HostInfo &to) {
  to.set_hostname(from.hostname);
  to.set_kernel_release(from.kernel_release);
  to.set_machine(from.machine);
  to.set_version(from.version);
}

HostInfo unpack(const rpc::HostInfo &from) {
  return {from.hostname(), from.kernel_release(), from.machine(), from.version()};
}

void pack(const AppInfo &from, rpc::App &to) {
  to.set_name(from.name);
  to.set_n_in(from.n_in);
  to.set_n_out(from.n_out);
  to.set_record_bytes(from.record_bytes);
  to.set_interval_ms(from.interval_ms);
  to.set_flows(from.flows);
  for (const auto &[low, high] : from.in_ranges) {
    auto &range = *to.add_in_ranges();
    range.set_low(low);
    range.set_high(high);
  }
  for (const auto &[low, high] : from.out_ranges) {
    auto &range = *to.add_out_ranges();
    range.set_low(low);
    range.set_high(high);
  }
  to.set_inferences(from.inferences);
  to.set_failed(from.failed);
  to.set_fallbacks(from.fallbacks);
  to.set_clamped(from.clamped);
  to.set_reported(from.reported);
  to.set_dropped(from.dropped);
  to.set_attached(from.attached);
}

AppInfo unpack(const rpc::App &from) {
  AppInfo to;
  to.name = from.name();
  to.n_in = from.n_in();
  to.n_out = from.n_out();
  to.record_bytes = from.record_bytes();
  to.interval_ms = from.interval_ms();
  to.flows = from.flows();
  for (const auto &range : from.in_ranges()) to.in_ranges.emplace_back(range.low(), range.high());
  for (const auto &range : from.out_ranges()) to.out_ranges.emplace_back(range.low(), range.high());
  to.inferences = from.inferences();
  to.failed = from.failed();
  to.fallbacks = from.fallbacks();
  to.clamped = from.clamped();
  to.reported = from.reported();
  to.dropped = from.dropped();
  to.attached = from.attached();
  return to;
}

void pack(const SnapshotInfo &from, rpc::Snapshot &to) {
  to.set_app(from.app);
  to.set_name(from.name);
  to.set_id(from.id);
  to.set_shape(from.shape);
  to.set_state(static_cast<std::uint32_t>(from.state));
  to.set_share(from.share);
  to.set_pins(from.pins);
  to.set_n_in(from.n_in);
  to.set_n_out(from.n_out);
  to.set_macs(from.macs);
  to.set_inferences(from.inferences);
  to.set_clipped(from.clipped);
  to.set_explored(from.explored);
  to.set_failed(from.failed);
  to.set_reward_count(from.reward_count);
  to.set_age_ms(from.age_ms);
  to.set_reward_sum(from.reward_sum);
}

SnapshotInfo unpack(const rpc::Snapshot &from) {
  SnapshotInfo to;
  to.app = from.app();
  to.name = from.name();
  to.id = from.id();
  to.shape = from.shape();
  to.state = static_cast<lf_state>(from.state());
  to.share = from.share();
  to.pins = from.pins();
  to.n_in = from.n_in();
  to.n_out = from.n_out();
  to.macs = from.macs();
  to.inferences = from.inferences();
  to.clipped = from.clipped();
  to.explored = from.explored();
  to.failed = from.failed();
  to.reward_count = from.reward_count();
  to.age_ms = from.age_ms();
  to.reward_sum = from.reward_sum();
  return to;
}

void pack(const LinkMessage &from, rpc::Message &to) {
  if (const auto *state = std::get_if<LinkState>(&from)) {
    to.mutable_state()->set_up(state->up);
    to.mutable_state()->set_reason(state->reason);
  } else if (const auto *batch = std::get_if<BatchMessage>(&from)) {
    pack_batch(*batch, *to.mutable_batch());
  } else {
    pack_event(std::get<EventMessage>(from), *to.mutable_event());
  }
}

std::optional<LinkMessage> unpack(rpc::Message &&from) {
  switch (from.content_case()) {
    case rpc::Message::kState: return LinkState{from.state().up(), from.state().reason()};
    case rpc::Message::kBatch: return unpack_batch(from.batch());
    case rpc::Message::kEvent: return unpack_event(from.event());
    default: return std::nullopt;
  }
}

}  // namespace liteflow
