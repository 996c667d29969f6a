// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/trace.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::sim {
namespace {

constexpr char kHead[] = "lf-trace 1\n";
constexpr std::uint64_t kEnd = 0, kArrival = 1, kCompletion = 2;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();  // flows, and links of a route

}  // namespace

TraceWriter::TraceWriter(std::string file)
    : file_(std::move(file)), temporary_(fmt::format("{}.tmp{}", file_, getpid())),
      out_(temporary_, std::ios::binary | std::ios::trunc) {
  out_ << kHead;
  if (!out_) throw Error(file_ + ": cannot write the trace");
}

TraceWriter::~TraceWriter() {
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void TraceWriter::put(std::uint64_t number) {
  for (; number > 127; number >>= 7U) out_.put(static_cast<char>(number | 128U));
  out_.put(static_cast<char>(number));
}

void TraceWriter::add(const TraceEvent &event) {
  put(event.arrival ? kArrival : kCompletion);
  put(static_cast<std::uint64_t>(event.time_ps - last_ps_));
  put(event.flow);
  put(event.active.size());
  std::uint32_t before = 0;
  for (const TraceEvent::Active &a : event.active) {
    put(a.flow - before);
    put(a.left);
    before = a.flow;
  }
  if (event.arrival) {
    put(event.queues.size());
    for (const std::uint64_t bytes : event.queues) put(bytes);
  }
  last_ps_ = event.time_ps;
  events_++;
}

void TraceWriter::close() {
  put(kEnd);
  put(events_);
  out_.close();
  std::error_code code;
  if (out_) std::filesystem::rename(temporary_, file_, code);
  if (!out_ || code) throw Error(file_ + ": cannot write the trace");
  temporary_.clear();
}

TraceReader::TraceReader(const std::string &file) : file_(file), in_(file, std::ios::binary) {
  if (!in_) throw Error(file + ": cannot read the trace");
  std::string head(sizeof(kHead) - 1, ' ');
  in_.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (!in_ || head != kHead) throw Error(file + ": is no trace: it must begin with \"lf-trace 1\"");
}

void TraceReader::fail(const std::string &what) const {
  throw Error(fmt::format("{}: event {}: {}; make the trace again", file_, events_ + 1, what));
}

std::uint64_t TraceReader::get() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const int byte = in_.get();
    if (byte < 0) fail("the file is cut off");
    number |= (static_cast<std::uint64_t>(byte) & 127U) << shift;
    if (byte < 128) return number;
  }
  fail("a number has too many bytes");
}

std::size_t TraceReader::get_size() {
  const std::uint64_t number = get();
  if (number > kMost) fail("a number is too large");
  return static_cast<std::size_t>(number);
}

bool TraceReader::next(TraceEvent &event) {
  const std::uint64_t kind = get();
  if (kind == kEnd) {
    if (get() != events_) fail("the number of events is another one");
    return false;
  }
  if (kind > kCompletion) fail("is neither an arrival nor a completion");
  event = {.arrival = kind == kArrival, .time_ps = last_ps_ + static_cast<std::int64_t>(get()),
           .flow = static_cast<std::uint32_t>(get_size()), .active = {}, .queues = {}};
  std::uint32_t flow = 0;
  for (std::size_t n = get_size(); n > 0; n--) {
    flow += static_cast<std::uint32_t>(get_size());
    event.active.push_back({flow, get()});
  }
  if (event.arrival)
    for (std::size_t n = get_size(); n > 0; n--) event.queues.push_back(get());
  last_ps_ = event.time_ps;
  events_++;
  return true;
}

}  // namespace liteflow::sim
