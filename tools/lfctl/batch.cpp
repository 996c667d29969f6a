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

constexpr auto kRow = "{:>8} {:>8} {:>8} {:>13} {:>13} {:>9} {:>9} {:>6} {:>5} {:>5} {:>8} {}\n";

// Lines of a stream can't wait for their widest cell: the columns are fixed.
std::string header() {
  return fmt::format(fmt::runtime(kRow), "FLOW", "SEQ", "SNAPSHOT", "RATE", "DELIVERED", "RTT",
                     "BASE-RTT", "SENT", "LOST", "CE", "ACTION", "FLAGS");
}

std::string to_text(const lf_cc_record &r) {
  const auto flags = cc_flag_names(r.flags);
  return fmt::format(fmt::runtime(kRow), r.flow, r.seq,
                     r.snapshot ? std::to_string(r.snapshot) : "-", human_rate(r.rate),
                     human_rate(r.delivered_rate), r.rtt_us ? human_us(r.rtt_us) : "-",
                     has_base_rtt(r) ? human_us(r.base_rtt_us) : "-", r.sent, r.lost, r.ce,
                     fmt::format("{:+.3f}", from_q16(r.action)),
                     flags.empty() ? "-" : fmt::format("{}", fmt::join(flags, ",")));
}

class Printer {
 public:
  explicit Printer(Output &output) : output_(output) {}

  void print(const BatchMessage &batch) {
    if (output_.json()) return output_.print(to_json(batch));
    print_losses(batch);
    const auto records = cc_records(batch);
    if (!records.empty() && !std::exchange(has_header_, true)) output_.print(header());
    for (const lf_cc_record &record : records) output_.print(to_text(record));
    if (records.empty())
      for (const std::string &hex : hex_records(batch))
        output_.print(fmt::format("{} {}\n", printable(batch.app), hex));
  }

 private:
  struct Seen {
    std::uint64_t seq, dropped;
  };

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
  bool has_header_ = false;
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
