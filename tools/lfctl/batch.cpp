// SPDX-License-Identifier: GPL-2.0
#include <fmt/format.h>

#include <map>
#include <utility>

#include "daemon/netlink/names.h"
#include "daemon/netlink/q16.h"
#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/units.h"
#include "tools/lfctl/watch.h"

namespace liteflow::lfctl {
namespace {

// Lines of a stream can't wait for their widest cell: the columns are fixed.
constexpr auto kCcRow = "{:>8} {:>8} {:>8} {:>13} {:>13} {:>9} {:>9} {:>6} {:>5} {:>5} {:>8} {}\n";
constexpr auto kLbRow = "{:>8} {:>8} {:>12} {:>9} {:>9} {:>10} {:>5} {:>11} {:>8} {}\n";
constexpr auto kSchedRow = "{:>8} {:>8} {:>6} {:>12} {:>12} {:>5} {:>9} {}\n";

std::string header(const lf_cc_record &) {
  return fmt::format(fmt::runtime(kCcRow), "FLOW", "SEQ", "SNAPSHOT", "RATE", "DELIVERED", "RTT",
                     "BASE-RTT", "SENT", "LOST", "CE", "ACTION", "FLAGS");
}

std::string header(const lf_sched_record &) {
  return fmt::format(fmt::runtime(kSchedRow), "FLOW", "SNAPSHOT", "PORT", "BYTES", "PREDICTED",
                     "BAND", "DURATION", "FLAGS");
}

std::string joined(const std::vector<std::string> &flags) {
  return flags.empty() ? "-" : fmt::format("{}", fmt::join(flags, ","));
}

std::string to_text(const lf_cc_record &r) {
  return fmt::format(fmt::runtime(kCcRow), r.flow, r.seq,
                     r.snapshot ? std::to_string(r.snapshot) : "-", human_rate(r.rate),
                     human_rate(r.delivered_rate), r.rtt_us ? human_us(r.rtt_us) : "-",
                     has_base_rtt(r) ? human_us(r.base_rtt_us) : "-", r.sent, r.lost, r.ce,
                     fmt::format("{:+.3f}", from_q16(r.action)), joined(cc_flag_names(r.flags)));
}

std::string to_text(const lf_sched_record &r) {
  return fmt::format(fmt::runtime(kSchedRow), r.flow, r.snapshot ? std::to_string(r.snapshot) : "-",
                     r.port, r.bytes, was_predicted(r) ? std::to_string(predicted_bytes(r)) : "-",
                     r.flags & LF_SCHED_FLAG_DECIDED ? std::to_string(r.band) : "-",
                     human_us(r.duration_us), joined(sched_flag_names(r.flags)));
}

std::string header(const lf_lb_record &) {
  return fmt::format(fmt::runtime(kLbRow), "FLOW", "SNAPSHOT", "BYTES", "DURATION", "IDEAL", "MARK",
                     "PATHS", "PROBABILITY", "MEAN", "FLAGS");
}

std::string to_text(const lf_lb_record &r) {
  return fmt::format(fmt::runtime(kLbRow), r.flow, r.snapshot ? std::to_string(r.snapshot) : "-",
                     r.bytes, human_us(r.duration_us), r.ideal_us ? human_us(r.ideal_us) : "-",
                     r.mark ? fmt::format("{:#x}", r.mark) : "-", r.paths,
                     fmt::format("{:.3f}", from_q16(r.probability)),
                     fmt::format("{:+.3f}", from_q16(r.mean)), joined(lb_flag_names(r.flags)));
}

class Printer {
 public:
  explicit Printer(Output &output) : output_(output) {}

  void print(const BatchMessage &batch) {
    if (output_.json()) return output_.print(to_json(batch));
    print_losses(batch);
    if (is_cc(batch)) return print_records(records_of<lf_cc_record>(batch));
    if (is_sched(batch)) return print_records(records_of<lf_sched_record>(batch));
    if (is_lb(batch)) return print_records(records_of<lf_lb_record>(batch));
    for (const std::string &hex : hex_records(batch))
      output_.print(fmt::format("{} {}\n", printable(batch.app), hex));
  }

 private:
  struct Seen {
    std::uint64_t seq, dropped;
  };

  // A header wherever another kind of records begins.
  template <class T>
  void print_records(const std::vector<T> &records) {
    const std::string columns = header(T{});
    if (!records.empty() && std::exchange(header_, columns) != columns) output_.print(columns);
    for (const T &record : records) output_.print(to_text(record));
  }

  void print_losses(const BatchMessage &batch) {
    const auto [place, fresh] =
        seen_.try_emplace({batch.app, batch.cpu}, Seen{batch.seq, batch.dropped});
    Seen &seen = place->second;
    const std::string where = fmt::format("{} cpu {}", printable(batch.app), batch.cpu);
    if (!fresh && batch.dropped > seen.dropped)
      output_.print(fmt::format("# {}: {} records dropped\n", where, batch.dropped - seen.dropped));
    if (!fresh && batch.seq > seen.seq + 1)
      output_.print(fmt::format("# {}: {} batches lost\n", where, batch.seq - seen.seq - 1));
    seen = {batch.seq, batch.dropped};
  }

  Output &output_;
  std::string header_;  // the last one printed
  std::map<std::pair<std::string, std::uint32_t>, Seen> seen_;
};

}  // namespace

void batch_watch(Context &context) {
  const std::string &only = context.arguments.text("APP");
  // An unknown app would be waited for in vain.
  if (!only.empty()) context.kernel.app(only);
  Printer printer(context.output);
  watch(context, LF_GENL_GROUP_BATCHES,
        [&](BatchMessage &&batch) {
          if (!only.empty() && batch.app != only) return false;
          printer.print(batch);
          return true;
        },
        {});
}

}  // namespace liteflow::lfctl
