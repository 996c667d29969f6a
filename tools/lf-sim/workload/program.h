// SPDX-License-Identifier: GPL-2.0
// Program: flows of an application, which wait for each other: collectives, chains of requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/lf-sim/net/network.h"

namespace liteflow::sim {

struct Step {
  NodeId source = 0, destination = 0;
  std::uint64_t bytes = 0;
  std::vector<std::size_t> after;  // steps that must be done before it begins, each an earlier one
  double delay_ns = 0;             // from then, or from 0 if there are none, to its beginning
};

using Program = std::vector<Step>;

struct ProgramRun {
  std::vector<double> start_ns, done_ns;  // of each step
  double end_ns = 0;                      // of the last one: the application's completion
};

// Runs it over a network that has nothing else to do. Flow ids are the steps' places. Error if a step waits for itself
// or a later one, has no bytes, or the network says nothing more before all are done.
ProgramRun run_program(Network &network, const Program &program);

// Ring all-reduce (Patarasuk and Yuan, 2009): 2 (n - 1) rounds, in each of which every host sends an nth of the bytes
// to the next one when it has what it got in the round before. repeats: one after the other, with that compute time
// before each.
Program ring_all_reduce(const std::vector<NodeId> &hosts, std::uint64_t bytes, std::size_t repeats, double compute_ns);
// Binary tree all-reduce: everything up to the root and down again.
Program tree_all_reduce(const std::vector<NodeId> &hosts, std::uint64_t bytes, std::size_t repeats, double compute_ns);
// Clients that ask servers in turn, each with so many requests open at a time: a request, to one server or to several
// at once, then after a server's work its answer; the last answer lets the client ask again.
struct Requests {
  std::vector<NodeId> clients, servers;
  std::size_t count = 100;  // of each client
  std::size_t window = 1;
  std::size_t fan_out = 1;  // servers that a request goes to
  std::uint64_t request_bytes = 41;
  std::uint64_t answer_least = 100'000, answer_most = 1'000'000;  // drawn evenly
  double work_ns = 87'000;
  std::uint64_t seed = 1;
};
Program request_chains(const Requests &spec);

// A file: a line for each step, SOURCE DESTINATION BYTES DELAY_NS AFTER..., AFTER being numbers of earlier lines from
// 0. Error with file and line. hosts: those of the topology.
Program read_program(const std::string &file, const Topology &topology);
void write_program(const std::string &file, const Program &program);

}  // namespace liteflow::sim
