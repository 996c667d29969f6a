// SPDX-License-Identifier: GPL-2.0
#include "tests/bench-adapt/world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "codegen/interpret.h"
#include "daemon/aurora/environment.h"
#include "tests/bench-adapt/environment.h"

namespace liteflow::bench {
namespace {

// tcp_liteflow.ko's reward for Aurora: weights of throughput, latency and loss.
constexpr std::int32_t kWeights[] = LF_AURORA_WEIGHTS;
constexpr double kRounds = 10;  // of srtt, that a highest delivery rate is kept for

}  // namespace

void Tally::add(const Tally &other) {
  seconds += other.seconds;
  delivered += other.delivered;
  capacity += other.capacity;
  queue += other.queue;
  reward += other.reward;
  decisions += other.decisions;
}

World::World(FakeLink &link, const WorldOptions &options)
    : link_(link), options_(options), draw_(options.seed ^ 0xca), connections_(options.connections),
      tallies_(phases().size()) {
  for (std::size_t i = 0; i < connections_.size(); i++) {
    connections_[i].lives = Rng(options.seed * 1000 + i);
    connections_[i].explores = Rng(options.seed * 1000 + i + 500);
  }
}

void World::run_until(double time, std::vector<std::byte> &records) {
  if (std::exchange(moves_, link_.moves()) != moves_)
    for (auto &connection : connections_)
      if (connection.flow) adopt(connection, link_.active());
  for (auto &connection : connections_) {
    if (!connection.flow) begin(connection, 0);
    while (connection.due <= time) decide(connection, records);
  }
  const auto snapshots = link_.snapshots("cc");
  for (const auto &snapshot : snapshots)
    if (const auto found = rewards_.find(snapshot.id); found != rewards_.end())
      link_.add_reward(snapshot.id, found->second.first, found->second.second);
  rewards_.clear();
}

void World::begin(Connection &c, double time) {
  c.born = time;
  c.ends = time + options_.least_life_s + c.lives.exponential(options_.life_s);
  const auto spec = path_from(time);
  c.flow = std::make_unique<aurora::Flow>(spec, c.lives.next(), next_flow_++);
  c.start.emplace(spec.link.rate, c.lives);
  c.start->begin(*c.flow);
  c.most[0] = c.most[1] = c.most_since = 0;
  c.base_us = 0;
  c.decided = false;
  pin(c);
  advance(c);
}

// A new flow's snapshot: the canary's share of them, else the active one.
void World::pin(Connection &c) {
  std::uint64_t chosen = link_.active();
  for (const auto &snapshot : link_.snapshots("cc"))
    if (snapshot.state == LF_STATE_CANARY && draw_.chance(snapshot.share / 1000.0))
      chosen = snapshot.id;
  adopt(c, chosen);
}

void World::adopt(Connection &c, std::uint64_t snapshot) {
  c.snapshot = snapshot;
  auto &network = networks_[c.snapshot];
  if (!network) network = std::make_shared<const codegen::Network>(link_.network(c.snapshot));
  c.network = network;
}

void World::advance(Connection &c) {
  c.flow->advance();
  c.due = c.born + c.flow->link().seconds();
}

void World::decide(Connection &c, std::vector<std::byte> &records) {
  if (c.due >= c.ends) return begin(c, c.ends);
  note_delivery(c);
  if (c.start->advance(*c.flow)) return advance(c);
  if (!c.flow->limited()) {
    if (c.decided) earn(c);
    c.decided = true;
    tally(c);
  }
  std::array<float, aurora::kInputs> state{};
  c.flow->inputs(state.data());
  std::array<std::int32_t, aurora::kInputs> in{};
  std::transform(state.begin(), state.end(), in.begin(), [](float v) { return codegen::to_q16(v); });
  std::int32_t out = 0;
  codegen::run(*c.network, in, std::span(&out, 1));
  const double mean = codegen::from_q16(out);
  const double action = mean + options_.sigma * c.explores.normal();
  lf_cc_record record = c.flow->act(mean, action, options_.sigma);
  c.base_us = record.base_rtt_us;
  record.snapshot = c.snapshot;
  record.time_ns += static_cast<std::uint64_t>(c.born * 1e9);
  const auto *bytes = reinterpret_cast<const std::byte *>(&record);
  records.insert(records.end(), bytes, bytes + sizeof record);
  advance(c);
}

// As lf_cc_interval() does it, START included: of a limited interval only more is news.
void World::note_delivery(Connection &c) {
  const double now = c.flow->link().seconds(), rate = c.flow->delivered_rate();
  if (c.flow->limited()) {
    if (rate > std::max(c.most[0], c.most[1])) c.most[0] = rate;
    return;
  }
  if (now - c.most_since > kRounds * c.flow->srtt_us() * 1e-6) {
    c.most[1] = c.most[0];
    c.most[0] = 0;
    c.most_since = now;
  }
  c.most[0] = std::max(c.most[0], rate);
}

// As lf_cc_reward() does it, by what the connection itself has measured; but the
// base RTT is that of the decision before.
void World::earn(Connection &c) {
  const lf_measure &m = c.flow->measure();
  const double throughput = c.flow->delivered_rate() / std::max({c.most[0], c.most[1], 1.0});
  const double latency = m.rtt_us && c.base_us ? std::min(1.0, 1.0 * c.base_us / m.rtt_us) : 1;
  const double loss = m.sent ? 1.0 * std::min(m.lost, m.sent) / m.sent : 0;
  auto &[sum, count] = rewards_[c.snapshot];
  sum += (kWeights[0] * throughput + kWeights[1] * latency + kWeights[2] * (1 - loss)) / LF_ONE;
  count++;
}

// The simulator's truth, which no kernel knows.
void World::tally(const Connection &c) {
  const aurora::Outcome o = aurora::outcome_of(*c.flow);
  const double seconds = c.flow->measure().duration_us * 1e-6;
  const auto phase = std::min(static_cast<std::size_t>(c.due / kPhaseSeconds), tallies_.size() - 1);
  Tally &t = tallies_[phase];
  t.seconds += seconds;
  t.delivered += o.delivered_rate * seconds;
  t.capacity += o.capacity * seconds;
  t.queue += std::max(0.0, o.rtt - o.base_rtt) * seconds;
  t.reward += aurora::reward(o, aurora::RewardForm::scale_free, {});
  t.decisions++;
}

}  // namespace liteflow::bench
