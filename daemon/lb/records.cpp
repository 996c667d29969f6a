// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/records.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "daemon/netlink/q16.h"
#include "daemon/training/records.h"

namespace liteflow::lb {
namespace {

constexpr std::uint32_t kFlags = LF_LB_FLAG_DECIDED | LF_LB_FLAG_FALLBACK | LF_LB_FLAG_EXPLORED | LF_LB_FLAG_PROBE |
                                 LF_LB_FLAG_MOVED | LF_LB_FLAG_TIMEOUT | LF_LB_FLAG_CLIPPED | LF_LB_FLAG_CLOSED;
constexpr std::uint32_t kMostPaths = 16;        // to one prefix
constexpr float kMostSlowdown = 16;             // log2; what a label is cut at

bool is_share(int input) { return input == LF_LB_LOSS || input == LF_LB_ECN; }

bool state_is_sane(const lf_lb_record &r) {
  for (int i = 0; i < LF_LB_INPUTS; i++)
    if (r.state[i] < 0 || r.state[i] > (is_share(i) ? LF_ONE : LF_LOG2_MAX)) return false;
  return true;
}

regression::Subject make_subject() {
  regression::Subject s;
  s.name = "lb";
  s.label_centre = 1;
  s.label_scale = 2;
  s.centre.assign(kInputs, 10);
  s.gain.assign(kInputs, 0.2);
  const auto set = [&](std::size_t input, double centre, double gain) {
    s.centre[input] = centre;
    s.gain[input] = gain;
  };
  set(LF_LB_LONGER, 0.5, 1);
  set(LF_LB_QUEUE, 1, 0.7);
  set(LF_LB_LOSS, 0, 20);
  set(LF_LB_ECN, 0, 4);
  set(LF_LB_RATE, 20, 0.2);
  set(LF_LB_FLOWS, 1, 0.7);
  set(LF_LB_IN_FLIGHT, 14, 0.15);
  set(LF_LB_SLOWER, 0.5, 1);
  set(LF_LB_CAPACITY, 3, 0.3);
  set(LF_LB_AGE, 14, 0.15);
  return s;
}

float weight_of(const lf_lb_record &r) {
  const double share = from_q16(r.probability) * r.paths;  // 1: as often as evenly
  return static_cast<float>(std::min(1 / share, static_cast<double>(kMostWeight)));
}

}  // namespace

std::array<float, kInputs> inputs_of(const std::int32_t *state) {
  std::array<float, kInputs> in{};
  std::transform(state, state + kInputs, in.begin(), [](std::int32_t v) { return static_cast<float>(from_q16(v)); });
  return in;
}

float label_of(std::uint64_t duration_us, std::uint64_t ideal_us) {
  const double log = from_q16(lf_log2(duration_us) - lf_log2(ideal_us));
  return std::clamp(static_cast<float>(log), 0.0F, kMostSlowdown);
}

bool is_sane(const lf_lb_record &r) {
  return !(r.flags & ~kFlags) && r.bytes > 0 && r.paths <= kMostPaths && r.probability <= LF_ONE &&
         (!r.probability || r.paths) && r.mean >= LF_LB_SCORE_MIN && r.mean <= LF_LB_SCORE_MAX && state_is_sane(r);
}

bool is_telling(const lf_lb_record &r) {
  return r.probability && r.ideal_us && r.duration_us &&
         !(r.flags & (LF_LB_FLAG_FALLBACK | LF_LB_FLAG_PROBE | LF_LB_FLAG_MOVED));
}

regression::Reading read(std::span<const lf_lb_record> records) {
  regression::Reading reading{.rows = regression::Rows(kInputs)};
  for (const lf_lb_record &r : records) {
    if (!is_sane(r)) {
      reading.skipped++;
    } else if (is_telling(r)) {
      reading.rows.add(inputs_of(r.state), label_of(r.duration_us, r.ideal_us), weight_of(r));
      reading.used++;
    }
  }
  return reading;
}

regression::Reading read_batch(const Batch &batch) {
  return read(records_of<lf_lb_record>(batch, subject().name));
}

const regression::Subject &subject() {
  static const regression::Subject of_lb = make_subject();
  return of_lb;
}

}  // namespace liteflow::lb
