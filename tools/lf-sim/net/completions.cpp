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

constexpr std::uint32_t kPort = 10000, kServerPort = 100, kFirstAddress = 0x0b000001U;

std::uint32_t address(NodeId node) { return kFirstAddress + ((node / 256U) << 16U) + ((node % 256U) << 8U); }

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

struct Row {
  Flow flow;
  Completion completion;
};

NodeId read_node(Lines &lines, std::string_view what) {
  const std::uint64_t value = read_address(lines, what), offset = value - kFirstAddress;
  const std::uint64_t node = (offset >> 16U) * 256 + ((offset >> 8U) & 255U);
  if (value < kFirstAddress || address(static_cast<NodeId>(node)) != value)
    lines.fail(fmt::format("{} is {:08x}: no node has it", what, value));
  return static_cast<NodeId>(node);
}

Row read_row(Lines &lines, std::uint64_t id) {
  Row row;
  row.flow.id = columns(lines.rest()) == 8 ? id : lines.whole("the id");
  row.flow.source = read_node(lines, "the source's address");
  row.flow.destination = read_node(lines, "the destination's address");
  lines.whole("the source's port");
  lines.whole("the destination's port");
  row.flow.bytes = lines.whole("the size");
  row.flow.start_ns = lines.integer("the start") - kFileBegin_ns;
  row.completion.fct_ns = read_time(lines, "the completion time");
  row.completion.ideal_ns = read_time(lines, "the ideal time");
  lines.end();
  return row;
}

}  // namespace

std::vector<Completion> read_completions(const std::string &file, const std::vector<Flow> &flows) {
  Lines lines(file);
  std::vector<Completion> completions;
  completions.reserve(flows.size());
  for (const Flow &flow : flows) {
    lines.need(fmt::format("flow {} of {}", completions.size() + 1, flows.size()));
    const Row row = read_row(lines, flow.id);
    expect(lines, "the id", row.flow.id, flow.id);
    expect(lines, "the source's node", row.flow.source, flow.source);
    expect(lines, "the destination's node", row.flow.destination, flow.destination);
    expect(lines, "the size", row.flow.bytes, flow.bytes);
    completions.push_back(row.completion);
  }
  if (lines.next()) lines.fail(fmt::format("there are only {} flows", flows.size()));
  return completions;
}

Completed read_completions(const std::string &file) {
  Lines lines(file);
  Completed completed;
  while (lines.next()) {
    const Row row = read_row(lines, completed.flows.size());
    completed.flows.push_back(row.flow);
    completed.completions.push_back(row.completion);
  }
  if (completed.flows.empty()) throw Error(fmt::format("{}: no flows", file));
  return completed;
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
