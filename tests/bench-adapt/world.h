// SPDX-License-Identifier: GPL-2.0
// World: connections of a host whose kernel is FakeLink, each on a simulated
// path of its own. They come and go, keep the snapshot that they began with unless
// they are moved, report records and earn rewards as tcp_liteflow.ko counts them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "codegen/network.h"
#include "daemon/aurora/flow.h"
#include "daemon/aurora/start.h"
#include "daemon/link/fake_link.h"
#include "daemon/training/rng.h"

namespace liteflow::bench {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::size_t connections = 16;  // at any time
  double life_s = 6;             // mean of the exponential part of a connection's life
  double least_life_s = 2;
  double sigma = 0;              // exploration
};

// What was true of the connections in one phase; their start phases don't count.
struct Tally {
  double seconds = 0;    // of intervals, over all connections
  double delivered = 0;  // bytes
  double capacity = 0;   // bytes that the paths could have carried meanwhile
  double queue = 0;      // seconds of delay beyond the path's own, weighted by time
  double reward = 0;     // sum over decisions of the simulator's reward
  std::uint64_t decisions = 0;

  void add(const Tally &other);
  double utilisation() const { return capacity > 0 ? delivered / capacity : 0; }
  double queue_ms() const { return seconds > 0 ? 1e3 * queue / seconds : 0; }
  double mean_reward() const { return decisions ? reward / static_cast<double>(decisions) : 0; }
};

class World {
 public:
  World(FakeLink &link, const WorldOptions &options);

  // To this time; what was reported is appended to records.
  void run_until(double time, std::vector<std::byte> &records);
  const std::vector<Tally> &tallies() const { return tallies_; }  // by phase

 private:
  struct Connection {
    std::unique_ptr<aurora::Flow> flow;
    std::optional<aurora::StartPhase> start;
    Rng lives{0}, explores{0};  // its own: the same lives whatever it decides
    double born = 0, ends = 0;
    double due = 0;  // when its interval is over
    std::uint64_t snapshot = 0;
    std::shared_ptr<const codegen::Network> network;
    double most[2] = {0, 0}, most_since = 0;  // highest delivery rates, as the kernel keeps them
    std::uint32_t base_us = 0;
    bool decided = false;  // the network chose the rate of the interval that ends
  };
  void begin(Connection &connection, double time);
  void advance(Connection &connection);
  void decide(Connection &connection, std::vector<std::byte> &records);
  void pin(Connection &connection);
  void adopt(Connection &connection, std::uint64_t snapshot);
  void note_delivery(Connection &connection);
  void earn(Connection &connection);
  void tally(const Connection &connection);

  FakeLink &link_;
  WorldOptions options_;
  Rng draw_;  // who becomes the canary's
  std::vector<Connection> connections_;
  std::map<std::uint64_t, std::shared_ptr<const codegen::Network>> networks_;
  std::map<std::uint64_t, std::pair<double, std::uint64_t>> rewards_;  // not yet in the link
  std::vector<Tally> tallies_;
  std::uint64_t next_flow_ = 1, moves_ = 0;
};

}  // namespace liteflow::bench
