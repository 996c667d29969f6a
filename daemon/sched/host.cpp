// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/host.h"

#include <algorithm>
#include <numeric>

namespace liteflow::sched {
namespace {

constexpr std::uint64_t kTick_us = 4000;  // a jiffy of a kernel with HZ=250
constexpr std::uint64_t kGapTicks = 3;    // 10 ms, rounded up
constexpr std::uint64_t kSegment = 1448;
constexpr std::uint64_t kFirstWindow = 64'240, kLargestWindow = 6u << 20;  // bytes
constexpr std::uint64_t kMostQueued = 45 * kSegment;                       // a GSO packet

// The peer's window grows by twice what has arrived.
std::uint64_t most_queued(std::uint64_t sent) {
  const std::uint64_t window = std::min(kFirstWindow + 2 * sent, kLargestWindow);
  return std::min(window / 2 / kSegment * kSegment, kMostQueued);
}

std::int32_t flag(bool is) { return is ? LF_ONE : 0; }

}  // namespace

std::size_t Host::connect(const Endpoint &endpoint) {
  connections_.push_back({.endpoint = endpoint});
  return connections_.size() - 1;
}

void Host::receive(std::size_t connection, std::uint64_t bytes) { connections_[connection].total_received += bytes; }

void Host::send(std::size_t connection, std::uint64_t now_us, std::uint64_t bytes, std::uint64_t written,
                std::uint64_t done_us) {
  Connection &c = connections_[connection];
  const bool idle = now_us > c.done_us && now_us / kTick_us - c.done_us / kTick_us >= kGapTicks;
  if (c.began && idle) finish(c, now_us, 0);
  if (!c.began || idle) begin(c, now_us, bytes, std::min(bytes, written));
  c.sent += bytes;
  c.total_sent += bytes;
  c.done_us = std::max(c.done_us, done_us);
}

void Host::close(std::size_t connection, std::uint64_t now_us) {
  Connection &c = connections_[connection];
  if (c.began) finish(c, now_us, LF_SCHED_FLAG_CLOSED);
}

Host::Past Host::recall(Past &past, std::uint64_t now_us) {
  const Past known = past;
  past.began_us = now_us;
  return known;
}

void Host::remember(Past &past, std::int32_t size) {
  std::shift_right(past.size.begin(), past.size.end(), 1);
  past.size[0] = size;
  past.n = std::min<std::uint32_t>(past.n + 1, LF_SCHED_HISTORY);
}

Host::Pair &Host::pair_of(const Endpoint &e) {
  const auto number = static_cast<std::uint32_t>(pairs_.size() + 1);
  return pairs_.try_emplace(e.pair(), Pair{.number = number, .past = {}}).first->second;
}

void Host::begin(Connection &c, std::uint64_t now_us, std::uint64_t bytes, std::uint64_t written) {
  const auto mean = [](const Past &past) {
    const std::int32_t sum = std::accumulate(past.size.begin(), past.size.begin() + past.n, 0);
    return past.n ? sum / static_cast<std::int32_t>(past.n) : 0;
  };
  const Endpoint &e = c.endpoint;
  auto &in = c.in;
  in[LF_SCHED_CGROUP] = mean(recall(of_cgroup(e), now_us));
  const Past past = recall(of_pair(e), now_us);
  in[LF_SCHED_MEAN] = mean(past);
  std::copy(past.size.begin(), past.size.end(), in.begin() + LF_SCHED_SIZES);
  in[LF_SCHED_GAP] = past.began_us ? lf_log2(now_us - past.began_us) : 0;
  const bool put_off = written < kSegment && written < bytes;
  const std::uint64_t before = put_off ? written : 0, waiting = put_off ? bytes - written : written;
  in[LF_SCHED_QUEUED] = lf_log2(std::min(waiting, most_queued(c.total_sent + before)));
  in[LF_SCHED_SENT] = lf_log2(before);
  in[LF_SCHED_RECEIVED] = lf_log2(c.total_received - c.received);
  in[LF_SCHED_FIRST] = flag(!c.began);
  in[LF_SCHED_PASSIVE] = flag(e.passive);
  in[LF_SCHED_WELL_KNOWN] = flag(e.port < 1024);
  in[LF_SCHED_EPHEMERAL] = flag(e.port >= 32768);
  in[LF_SCHED_DSCP] = e.dscp * (LF_ONE / 64);
  c.received = c.total_received;
  c.began = true;
  c.began_us = now_us;
  c.sent = 0;
}

void Host::finish(Connection &c, std::uint64_t now_us, std::uint32_t flags) {
  const std::int32_t size = lf_log2(c.sent);
  remember(of_pair(c.endpoint), size);
  remember(of_cgroup(c.endpoint), size);
  lf_sched_record r{};
  r.flow = ended_.size() + 1;
  r.time_ns = now_us * 1000;
  r.bytes = c.sent;
  r.duration_us = static_cast<std::uint32_t>(std::min<std::uint64_t>(now_us - c.began_us, UINT32_MAX));
  r.netns = 1;
  r.flags = flags;
  r.port = c.endpoint.port;
  r.pair = pair_of(c.endpoint).number;
  std::copy(c.in.begin(), c.in.end(), std::begin(r.state));
  ended_.push_back(r);
}

}  // namespace liteflow::sched
