// SPDX-License-Identifier: GPL-2.0
// Engine: the network's predictions as a simulation. What completes next is what is predicted to complete next; what is
// predicted of a flow is asked anew only when an event touches it (m4, arXiv 2503.01770).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "tools/lf-sim/flowsim/slot_heap.h"
#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/quantiles.h"
#include "tools/lf-sim/m4/scene.h"
#include "tools/lf-sim/m4/weights.h"
#include "tools/lf-sim/net/network.h"

namespace liteflow::sim::m4 {

struct Options {
  // Each flow's slowdown is drawn from the distribution that the network predicts, instead of the one value that is
  // least wrong about that flow: distributions over flows, their tails above all, become as wide as they should be.
  bool draw = false;
  double level = 0;
  std::uint64_t seed = 1;  // of what is drawn, with the flow's id
};

struct Counters {
  std::uint64_t events = 0;                            // arrivals and completions
  std::uint64_t touched_flows = 0, touched_links = 0;  // added up over events
  std::size_t most_active = 0;
  double scene_seconds = 0, network_seconds = 0;  // wall time: graph and fluid; everything behind them
};

// What a flow is to the engine.
struct EngineFlow {
  std::uint64_t id = 0;
  double start_ns = 0;
  std::vector<LinkId> links;  // at least one, each once
  double bytes = 0, bits = 0, ideal_ns = 0;
};

// Memory grows with the numbers of links and of flows that are active, not with that of flows that were. One thread at
// a time.
class Engine {
 public:
  // rates: bits/ns of each link; parameters: parameters_of(). Error if they don't fit the weights.
  Engine(const std::vector<double> &rates, const Weights &weights, const std::vector<float> &parameters,
         const Options &options = {});

  // Error for a flow that starts in the past, or has no links or bytes.
  void add(EngineFlow flow);
  // As Network::next().
  std::optional<Done> next(double until_ns);

  const Counters &counters() const { return counters_; }
  const Scene &scene() const { return scene_; }
  const Inference &inference() const { return inference_; }

 private:
  struct Waiting {
    EngineFlow flow;
    std::uint64_t turn = 0;  // of equal starts, the one that was added first
    bool operator>(const Waiting &other) const {
      return std::pair(flow.start_ns, turn) > std::pair(other.flow.start_ns, other.turn);
    }
  };
  struct Active {
    std::uint64_t id = 0;
    double luck = 0;  // the share of those like it that are faster, of all that are still there
    bool judged = false;
    Quantiles last;
  };

  void arrive();
  Done complete();
  void update();
  double slowdown(Slot slot, std::size_t row);

  Options options_;
  Scene scene_;
  Inference inference_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  std::vector<Active> active_;  // by slot
  SlotHeap ends_;
  double now_ = 0;
  std::uint64_t turns_ = 0;
  Counters counters_;
};

}  // namespace liteflow::sim::m4
