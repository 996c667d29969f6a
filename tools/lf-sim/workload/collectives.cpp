// SPDX-License-Identifier: GPL-2.0
// Programs of distributed training and of request-answer services.
#include <fmt/core.h>

#include <algorithm>

#include "codegen/error.h"
#include "daemon/training/rng.h"
#include "tools/lf-sim/workload/program.h"

namespace liteflow::sim {

namespace {

void check_hosts(const std::vector<NodeId> &hosts, std::uint64_t bytes) {
  if (hosts.size() < 2) throw Error("an all-reduce needs two hosts at least");
  if (bytes < hosts.size()) throw Error(fmt::format("{} bytes are too few to reduce on {} hosts", bytes, hosts.size()));
}

}  // namespace

Program ring_all_reduce(const std::vector<NodeId> &hosts, std::uint64_t bytes, std::size_t repeats, double compute_ns) {
  check_hosts(hosts, bytes);
  const std::size_t n = hosts.size(), rounds = 2 * (n - 1);
  Program program;
  for (std::size_t round = 0; round < repeats * rounds; round++) {
    const bool first = round % rounds == 0;
    const std::size_t before = program.size() - (round > 0 ? n : 0);
    for (std::size_t i = 0; i < n; i++) {
      Step step{hosts[i], hosts[(i + 1) % n], (bytes + n - 1) / n, {}, first ? compute_ns : 0};
      // What a host computes on, all of the ring has; what it passes on, it got from the one before.
      if (round > 0 && first)
        for (std::size_t j = 0; j < n; j++) step.after.push_back(before + j);
      else if (round > 0)
        step.after.push_back(before + (i + n - 1) % n);
      program.push_back(std::move(step));
    }
  }
  return program;
}

Program tree_all_reduce(const std::vector<NodeId> &hosts, std::uint64_t bytes, std::size_t repeats, double compute_ns) {
  check_hosts(hosts, bytes);
  const std::size_t n = hosts.size();
  Program program;
  std::vector<std::size_t> last;  // steps that end a repeat
  for (std::size_t repeat = 0; repeat < repeats; repeat++) {
    std::vector<std::size_t> up(n), down(n);  // step by which i sends up, and is sent to
    std::vector<std::size_t> ended;
    for (std::size_t i = n; i-- > 1;) {
      Step step{hosts[i], hosts[(i - 1) / 2], bytes, last, compute_ns};
      for (const std::size_t child : {2 * i + 1, 2 * i + 2})
        if (child < n) step.after.push_back(up[child]);
      if (2 * i + 1 < n) step.delay_ns = 0;  // its children have waited
      up[i] = program.size();
      program.push_back(std::move(step));
    }
    for (std::size_t i = 1; i < n; i++) {
      const std::size_t parent = (i - 1) / 2;
      Step step{hosts[parent], hosts[i], bytes, {}, 0};
      if (parent > 0)
        step.after.push_back(down[parent]);
      else
        for (const std::size_t child : {std::size_t{1}, std::size_t{2}})
          if (child < n) step.after.push_back(up[child]);
      down[i] = program.size();
      ended.push_back(down[i]);
      program.push_back(std::move(step));
    }
    last = ended;
  }
  return program;
}

Program request_chains(const Requests &spec) {
  if (spec.clients.empty() || spec.servers.empty()) throw Error("requests need a client and a server");
  if (spec.window == 0 || spec.count == 0) throw Error("requests: count and window are at least 1");
  for (const NodeId client : spec.clients)
    if (std::find(spec.servers.begin(), spec.servers.end(), client) != spec.servers.end())
      throw Error(fmt::format("requests: host {} is both client and server", client));
  if (spec.fan_out == 0 || spec.fan_out > spec.servers.size())
    throw Error(fmt::format("requests: a fan-out of {} with {} servers", spec.fan_out, spec.servers.size()));
  if (spec.answer_least == 0 || spec.answer_least > spec.answer_most)
    throw Error(fmt::format("requests: answers of {} to {} bytes", spec.answer_least, spec.answer_most));
  Rng rng(spec.seed);
  Program program;
  for (std::size_t c = 0; c < spec.clients.size(); c++) {
    std::vector<std::vector<std::size_t>> answers;  // to each request
    for (std::size_t i = 0; i < spec.count; i++) {
      answers.emplace_back();
      for (std::size_t k = 0; k < spec.fan_out; k++) {
        const NodeId client = spec.clients[c], server = spec.servers[(c + i * spec.fan_out + k) % spec.servers.size()];
        Step request{client, server, spec.request_bytes, {}, 0};
        if (i >= spec.window) request.after = answers[i - spec.window];
        program.push_back(std::move(request));
        const std::uint64_t bytes = spec.answer_least + rng.below(spec.answer_most - spec.answer_least + 1);
        answers[i].push_back(program.size());
        program.push_back({server, client, bytes, {program.size() - 1}, spec.work_ns});
      }
    }
  }
  return program;
}

}  // namespace liteflow::sim
