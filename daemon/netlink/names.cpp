// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/names.h"

#include <fmt/core.h>

#include <array>
#include <cstddef>

#include "daemon/netlink/client.h"

namespace liteflow {
namespace {

constexpr std::array kStates = {"standby", "canary", "active", "previous", "draining", "drained"};
static_assert(kStates.size() == __LF_STATE_COUNT);

constexpr std::array kEvents = {"standby",     "active",   "canary",  "canary_dropped",
                                "rolled_back", "draining", "drained", "unloaded",
                                "fallback",    "attached", "detached"};
static_assert(kEvents.size() == __LF_EVENT_COUNT);

constexpr std::array kReasons = {"none",        "no_snapshot", "no_memory", "range",
                                 "guard_rate",  "guard_queue", "stale",     "no_answer",
                                 "guard_error"};
static_assert(kReasons.size() == __LF_REASON_COUNT);

constexpr std::array kCcFlags = {"limited", "explored", "clamped", "clipped", "start", "fallback"};
static_assert(1u << (kCcFlags.size() - 1) == LF_CC_FLAG_FALLBACK);

constexpr std::array kSchedFlags = {"decided",      "fallback", "outgrown", "clipped",
                                    "own_priority", "own_dscp", "closed"};
static_assert(1u << (kSchedFlags.size() - 1) == LF_SCHED_FLAG_CLOSED);

constexpr std::array kAttributes = {
    "unspec",  "pad",        "app",       "snapshot",   "name",      "state",      "shape",
    "share",   "flags",      "params",    "interval",   "flow",      "netns",      "n_in",
    "n_out",   "record_len", "in_ranges", "out_ranges", "inputs",    "outputs",    "records",
    "cpu",     "seq",        "dropped",   "reported",   "pins",      "flows",      "inferences",
    "clipped", "explored",   "clamped",   "failed",     "fallbacks", "reward_sum", "reward_count",
    "event",   "reason",     "count",     "age_ms",     "macs",      "n_weights",
    "cgroup",  "weights",    "attached",  "queries",    "answers",   "asked",      "answered",
    "late",    "stale"};
static_assert(kAttributes.size() == __LF_A_COUNT);

constexpr std::array kLbAttributes = {
    "unspec", "pad",  "prefix", "length", "mark",  "mask",      "weight", "health",   "rtt_us",
    "base_rtt_us", "loss", "ecn", "rate", "flows", "in_flight", "chosen", "timeouts", "age_ms"};
static_assert(kLbAttributes.size() == __LF_LB_A_COUNT);

constexpr std::array kLbFlags = {"decided", "fallback", "explored", "probe",
                                 "moved",   "timeout",  "clipped",  "closed"};
static_assert(1u << (kLbFlags.size() - 1) == LF_LB_FLAG_CLOSED);

constexpr std::array kHealths = {"up", "suspect", "down"};
static_assert(kHealths.size() == __LF_LB_HEALTH_COUNT);

template <std::size_t N>
const char *name_in(const std::array<const char *, N> &names, unsigned value) {
  return value < N ? names[value] : "unknown";
}

// The bits that are set, lowest first; unknown ones as "0x40".
template <std::size_t N>
std::vector<std::string> bits_in(const std::array<const char *, N> &names, std::uint32_t flags) {
  std::vector<std::string> found;
  for (unsigned bit = 0; bit < 32; bit++)
    if (flags >> bit & 1)
      found.push_back(bit < N ? names[bit] : fmt::format("{:#x}", std::uint32_t{1} << bit));
  return found;
}

}  // namespace

const char *to_string(lf_state state) { return name_in(kStates, state); }
const char *to_string(lf_event event) { return name_in(kEvents, event); }
const char *to_string(lf_reason reason) { return name_in(kReasons, reason); }
const char *to_string(lf_lb_health health) { return name_in(kHealths, health); }
const char *attribute_name(unsigned type) { return name_in(kAttributes, type); }
const char *lb_attribute_name(unsigned type) { return name_in(kLbAttributes, type); }

std::vector<std::string> cc_flag_names(std::uint32_t flags) { return bits_in(kCcFlags, flags); }
std::vector<std::string> sched_flag_names(std::uint32_t flags) { return bits_in(kSchedFlags, flags); }
std::vector<std::string> lb_flag_names(std::uint32_t flags) { return bits_in(kLbFlags, flags); }

}  // namespace liteflow
