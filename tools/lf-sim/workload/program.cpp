// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/program.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <utility>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

void check(const Program &program) {
  for (std::size_t i = 0; i < program.size(); i++) {
    if (program[i].bytes == 0) throw Error(fmt::format("step {} has no bytes", i));
    if (!(program[i].delay_ns >= 0)) throw Error(fmt::format("step {}: the delay is below 0", i));
    for (const std::size_t before : program[i].after)
      if (before >= i)
        throw Error(fmt::format("step {} waits for step {}: only earlier ones can be waited for", i, before));
  }
}

class Player {
 public:
  Player(Network &network, const Program &program)
      : network_(network), program_(program), waits_(program.size()), followers_(program.size()) {
    run_.start_ns.resize(program.size());
    run_.done_ns.resize(program.size());
    for (std::size_t i = 0; i < program.size(); i++) {
      waits_[i] = program[i].after.size();
      for (const std::size_t before : program[i].after) followers_[before].push_back(i);
      if (waits_[i] == 0) due_.emplace(program[i].delay_ns, i);
    }
  }

  ProgramRun run() {
    for (std::size_t left = program_.size(); left > 0;) {
      const double until = due_.empty() ? std::numeric_limits<double>::max() : due_.top().first;
      const std::optional<Done> done = network_.next(until);
      if (done) {
        end(done->flow, done->time_ns);
        left--;
      } else if (due_.empty()) {
        throw Error(fmt::format("{} steps of the program never end", left));
      } else {
        begin();
      }
    }
    run_.end_ns = run_.done_ns.empty() ? 0 : *std::max_element(run_.done_ns.begin(), run_.done_ns.end());
    return std::move(run_);
  }

 private:
  void begin() {
    const auto [time, i] = due_.top();
    due_.pop();
    const Step &step = program_[i];
    // Whole nanoseconds, and none before the clock's.
    const auto start_ns = static_cast<std::int64_t>(std::ceil(time));
    run_.start_ns[i] = static_cast<double>(start_ns);
    network_.add({i, step.source, step.destination, step.bytes, start_ns});
  }

  void end(std::size_t i, double time) {
    run_.done_ns.at(i) = time;
    for (const std::size_t next : followers_[i])
      if (--waits_[next] == 0) due_.emplace(time + program_[next].delay_ns, next);
  }

  using Due = std::pair<double, std::size_t>;
  Network &network_;
  const Program &program_;
  std::vector<std::size_t> waits_;
  std::vector<std::vector<std::size_t>> followers_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  ProgramRun run_;
};

}  // namespace

ProgramRun run_program(Network &network, const Program &program) {
  check(program);
  return Player(network, program).run();
}

}  // namespace liteflow::sim
