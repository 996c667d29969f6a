// SPDX-License-Identifier: GPL-2.0
// Programs in files.
#include <fmt/core.h>

#include <iterator>

#include "daemon/training/file.h"
#include "tools/lf-sim/net/lines.h"
#include "tools/lf-sim/workload/program.h"

namespace liteflow::sim {

Program read_program(const std::string &file, const Topology &topology) {
  Lines lines(file);
  Program program;
  while (lines.next()) {
    Step step;
    const HostPair pair = read_pair(lines, topology);
    step.source = pair.source;
    step.destination = pair.destination;
    step.bytes = read_bytes(lines);
    step.delay_ns = lines.real("the delay");
    if (step.delay_ns < 0) lines.fail("the delay is below 0");
    while (!lines.at_end()) {
      step.after.push_back(lines.whole("a step to wait for"));
      if (step.after.back() >= program.size())
        lines.fail(fmt::format("it waits for step {}: only earlier ones can be waited for", step.after.back()));
    }
    program.push_back(std::move(step));
  }
  if (program.empty()) throw Error(fmt::format("{}: no steps", file));
  return program;
}

void write_program(const std::string &file, const Program &program) {
  std::string text;
  for (const Step &step : program) {
    fmt::format_to(std::back_inserter(text), "{} {} {} {}", step.source, step.destination, step.bytes, step.delay_ns);
    for (const std::size_t before : step.after) fmt::format_to(std::back_inserter(text), " {}", before);
    text += '\n';
  }
  write_file(file, text);
}

}  // namespace liteflow::sim
