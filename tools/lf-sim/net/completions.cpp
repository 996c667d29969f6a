// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/completions.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "daemon/training/file.h"
#include "tools/lf-sim/net/lines.h"
#include "tools/lf-sim/net/routing.h"

namespace liteflow::sim {

namespace {

constexpr std::uint32_t kPort = 10000, kServerPort = 100;

std::uint32_t address(NodeId node) { return 0x0b000001U + ((node / 256U) << 16U) + ((node % 256U) << 8U); }

void expect(Lines &lines, std::string_view what, std::uint64_t found, std::uint64_t wanted) {
  if (found != wanted)
    lines.fail(fmt::format("{} is {}, the flow's is {}: the file is of other flows", what, found, wanted));
}

std::uint64_t read_address(Lines &lines, std::string_view what) {
  const std::string_view text = lines.word(what);
  std::uint32_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (status != std::errc() || end != text.data() + text.size())
    lines.fail(fmt::format("{} is '{}': give eight hexadecimal digits", what, text));
  return value;
}

double read_time(Lines &lines, std::string_view what) {
  const double value = lines.real(what);
  if (value <= 0) lines.fail(fmt::format("{} is {}: it must be above 0", what, value));
  return value;
}

std::size_t columns(std::string_view line) {
  std::size_t count = 0;
  bool in_word = false;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    count += !blank && !in_word;
    in_word = !blank;
  }
  return count;
}

Completion read_completion(Lines &lines, const Flow &flow) {
  if (columns(lines.rest()) != 8) expect(lines, "the id", lines.whole("the id"), flow.id);
  expect(lines, "the source's address", read_address(lines, "the source's address"), address(flow.source));
  expect(lines, "the destination's address", read_address(lines, "the destination's address"),
         address(flow.destination));
  lines.whole("the source's port");
  lines.whole("the destination's port");
  expect(lines, "the size", lines.whole("the size"), flow.bytes);
  lines.whole("the start");
  Completion completion;
  completion.fct_ns = read_time(lines, "the completion time");
  completion.ideal_ns = read_time(lines, "the ideal time");
  lines.end();
  return completion;
}

}  // namespace

std::vector<Completion> read_completions(const std::string &file, const std::vector<Flow> &flows) {
  Lines lines(file);
  std::vector<Completion> completions;
  completions.reserve(flows.size());
  for (const Flow &flow : flows) {
    lines.need(fmt::format("flow {} of {}", completions.size() + 1, flows.size()));
    completions.push_back(read_completion(lines, flow));
  }
  if (lines.next()) lines.fail(fmt::format("there are only {} flows", flows.size()));
  return completions;
}

void write_completions(const std::string &file, const std::vector<Flow> &flows,
                       const std::vector<Completion> &completions) {
  const std::vector<std::uint32_t> numbers = numbers_of_pairs(flows);
  std::string text;
  for (std::size_t i = 0; i < flows.size(); i++) {
    const Flow &flow = flows[i];
    fmt::format_to(std::back_inserter(text), "{} {:08x} {:08x} {} {} {} {} {} {}\n", flow.id, address(flow.source),
                   address(flow.destination), kPort + numbers[i], kServerPort, flow.bytes,
                   flow.start_ns + kFileBegin_ns, std::llround(completions[i].fct_ns),
                   std::llround(completions[i].ideal_ns));
  }
  write_file(file, text);
}

std::size_t size_class(std::uint64_t bytes) {
  return static_cast<std::size_t>(std::upper_bound(std::begin(kSizeEdges), std::end(kSizeEdges), bytes) -
                                  std::begin(kSizeEdges));
}

double percentile(const std::vector<double> &sorted, double percent) {
  if (sorted.empty()) throw Error("a percentile of nothing");
  const double at = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<std::vector<double>> slowdowns_by_class(const std::vector<Flow> &flows,
                                                    const std::vector<Completion> &completions) {
  std::vector<std::vector<double>> of(kSizeClasses + 1);
  for (std::size_t i = 0; i < flows.size(); i++) {
    of[size_class(flows[i].bytes)].push_back(completions[i].slowdown());
    of[kSizeClasses].push_back(completions[i].slowdown());
  }
  for (std::vector<double> &values : of) std::sort(values.begin(), values.end());
  return of;
}

std::vector<std::vector<double>> percentiles(const std::vector<Flow> &flows,
                                             const std::vector<Completion> &completions) {
  std::vector<std::vector<double>> table(kSizeClasses + 1);
  const std::vector<std::vector<double>> of = slowdowns_by_class(flows, completions);
  for (std::size_t row = 0; row < of.size(); row++) {
    if (of[row].empty()) continue;
    for (int percent = 1; percent <= 100; percent++) table[row].push_back(percentile(of[row], percent));
  }
  return table;
}

}  // namespace liteflow::sim
