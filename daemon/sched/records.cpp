// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/records.h"

#include <algorithm>
#include <cmath>

#include "daemon/netlink/q16.h"
#include "daemon/training/records.h"
#include "daemon/training/rng.h"

namespace liteflow::sched {
namespace {

constexpr std::uint32_t kFlags = LF_SCHED_FLAG_DECIDED | LF_SCHED_FLAG_FALLBACK | LF_SCHED_FLAG_OUTGROWN |
                                 LF_SCHED_FLAG_CLIPPED | LF_SCHED_FLAG_OWN_PRIORITY | LF_SCHED_FLAG_OWN_DSCP |
                                 LF_SCHED_FLAG_CLOSED;
constexpr std::uint64_t kMostBytes = 1ULL << 40;  // where lf_log2() ends
constexpr std::uint32_t kPorts = 65536, kWellKnown = 1024, kEphemeral = 32768;
constexpr std::int32_t kMostDscp = 63 * (LF_ONE / 64);
constexpr std::size_t kBurst = 32768;  // bytes that a flow is over the limit when that is noticed, at most

bool is_flag(std::int32_t value) { return value == 0 || value == LF_ONE; }

bool is_log(std::int32_t value) { return value >= 0 && value <= LF_SCHED_LOG_MAX; }

// A history is filled from the front.
bool is_history(const std::int32_t *sizes) {
  for (std::size_t i = 1; i < LF_SCHED_HISTORY; i++)
    if (sizes[i] && !sizes[i - 1]) return false;
  return true;
}

bool state_is_sane(const lf_sched_record &r) {
  const std::int32_t *in = r.state;
  if (!std::all_of(in, in + LF_SCHED_FIRST, is_log)) return false;
  if (!std::all_of(in + LF_SCHED_FIRST, in + LF_SCHED_DSCP, is_flag)) return false;
  return is_history(in + LF_SCHED_SIZES) && in[LF_SCHED_SENT] <= lf_log2(r.bytes) && in[LF_SCHED_DSCP] >= 0 &&
         in[LF_SCHED_DSCP] <= kMostDscp && (in[LF_SCHED_WELL_KNOWN] == LF_ONE) == (r.port < kWellKnown) &&
         (in[LF_SCHED_EPHEMERAL] == LF_ONE) == (r.port >= kEphemeral);
}

// What is known of it once it has sent more than `limit`.
void add_outgrown(regression::Rows &rows, std::array<float, kInputs> in, const lf_sched_record &r,
                  std::uint64_t limit, Rng &rng) {
  in[LF_SCHED_SENT] = label_of(std::min<std::uint64_t>(r.bytes, limit + 1 + rng.below(kBurst)));
  rows.add(in, label_of(r.bytes));
}

void add(regression::Rows &rows, const lf_sched_record &r) {
  const std::array<float, kInputs> in = inputs_of(r);
  rows.add(in, label_of(r.bytes));
  Rng rng(r.flow ^ r.time_ns);
  for (const std::uint64_t limit : kLimits)
    if (r.bytes > limit) add_outgrown(rows, in, r, limit, rng);
}

regression::Subject make_subject() {
  regression::Subject s;
  s.name = "sched";
  s.label_centre = 14;  // 16 kB
  s.label_scale = 4;
  s.centre.assign(kInputs, 13);
  s.gain.assign(kInputs, 0.2);
  s.centre[LF_SCHED_SENT] = 0;
  s.gain[LF_SCHED_SENT] = 0.1;
  for (std::size_t i = LF_SCHED_FIRST; i < kInputs; i++) {
    s.centre[i] = 0.5;
    s.gain[i] = 1;
  }
  s.centre[LF_SCHED_DSCP] = 0;
  return s;
}

}  // namespace

std::array<float, kInputs> inputs_of(const lf_sched_record &r) {
  std::array<float, kInputs> in{};
  std::transform(std::begin(r.state), std::end(r.state), in.begin(),
                 [](std::int32_t v) { return static_cast<float>(from_q16(v)); });
  return in;
}

float label_of(std::uint64_t bytes) { return static_cast<float>(from_q16(lf_log2(bytes))); }

double bytes_of(double label) { return std::exp2(label) - 1; }

bool is_sane(const lf_sched_record &r) {
  const bool decided = r.flags & LF_SCHED_FLAG_DECIDED;
  return r.bytes > 0 && r.bytes < kMostBytes && !(r.flags & ~kFlags) && r.port < kPorts &&
         (!decided || r.band < LF_SCHED_BANDS) && is_log(r.mean) && state_is_sane(r);
}

regression::Reading read(std::span<const lf_sched_record> records) {
  regression::Reading reading{.rows = regression::Rows(kInputs)};
  for (const lf_sched_record &r : records) {
    if (!is_sane(r)) {
      reading.skipped++;
      continue;
    }
    add(reading.rows, r);
    reading.used++;
  }
  return reading;
}

regression::Reading read_batch(const Batch &batch) {
  return read(records_of<lf_sched_record>(batch, subject().name));
}

const regression::Subject &subject() {
  static const regression::Subject of_sched = make_subject();
  return of_sched;
}

}  // namespace liteflow::sched
