// SPDX-License-Identifier: GPL-2.0
// What an event costs m4, by the number of active flows that it touches: lf-bench-m4 [CPU SECONDS for each row].
//
// Flows over a fat tree of 32 hosts come and go one by one, so that their number stands still; weights are random, for
// which the loops do not care. The touched are told, since not all that are active are connected.
#include <fmt/format.h>

#include <time.h>

#include <cstdlib>
#include <deque>
#include <exception>
#include <string>

#include "daemon/training/rng.h"
#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/net/wire.h"

namespace liteflow::sim::m4 {
namespace {

// Of this thread alone, which others on the machine do not change.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

Weights random_weights(const Shape &shape) {
  Rng rng(1);
  Weights w{shape, {}};
  for (const Part &p : parts_of(shape)) {
    auto &values = w.values.emplace_back(p.size());
    for (float &v : values) v = static_cast<float>(rng.uniform(-0.1, 0.1));
  }
  return w;
}

class Bench {
 public:
  Bench(const Topology &topology, const Shape &shape, const Kernels &kernels)
      : topology_(topology), hosts_(topology.hosts()), ecmp_(topology), scene_(topology.rates(), shape),
        inference_(random_weights(shape), parameters_of({}), kernels) {}

  void row(const std::string &name, std::size_t active, double limit) {
    while (there_.size() < active) arrive();
    double network = 0, scene = 0;
    std::size_t events = 0, flows = 0, links = 0;
    for (const double start = cpu_seconds(); cpu_seconds() < start + limit; events += 2)
      for (const bool leaves : {true, false}) {
        const double before = cpu_seconds();
        if (leaves) leave();
        else arrive();
        const double between = cpu_seconds();
        inference_.update(scene_);
        scene += between - before;
        network += cpu_seconds() - between;
        flows += scene_.touched().flows.size();
        links += scene_.touched().links.size();
      }
    const auto n = static_cast<double>(events);
    fmt::print("{:24} {:7} {:9.1f} {:9.1f} {:10.4f} {:10.4f}\n", name, active, static_cast<double>(flows) / n,
               static_cast<double>(links) / n, scene / n * 1e3, network / n * 1e3);
  }

 private:
  void arrive() {
    const NodeId from = hosts_[rng_.below(hosts_.size())];
    NodeId to = from;
    while (to == from) to = hosts_[rng_.below(hosts_.size())];
    const Route route = ecmp_.route(from, to, rng_.next());
    now_ += 100;
    const auto bytes = static_cast<std::uint64_t>(rng_.log_uniform(1e3, 1e6));
    there_.push_back(scene_.arrive(now_, {.links = route,
                                          .bytes = static_cast<double>(bytes),
                                          .bits = wire_bits({}, bytes),
                                          .ideal_ns = ideal_ns({}, topology_, route, bytes)}));
  }

  void leave() {
    scene_.leave(now_ += 100, there_.front());
    there_.pop_front();
  }

  const Topology &topology_;
  std::vector<NodeId> hosts_;
  Ecmp ecmp_;
  Scene scene_;
  Inference inference_;
  Rng rng_{1};
  double now_ = 0;
  std::deque<Slot> there_;
};

int run(double limit) {
  const Topology topology = fat_tree({});
  fmt::print("{:24} {:>7} {:>9} {:>9} {:>10} {:>10}\n", "network", "active", "flows", "links", "ms scene",
             "ms network");
  for (const Kernels &k : kernels()) {
    Bench whole(topology, {}, k), near(topology, {.reach = 1}, k), published(topology, kPublishedShape, k);
    for (const std::size_t active : {10, 20, 50, 100, 1000}) {
      whole.row(fmt::format("64-96 {}", k.name), active, limit);
      near.row(fmt::format("64-96 {} reach 1", k.name), active, limit);
      published.row(fmt::format("published {}", k.name), active, limit);
    }
  }
  return 0;
}

}  // namespace
}  // namespace liteflow::sim::m4

int main(int argc, char **argv) {
  try {
    return liteflow::sim::m4::run(argc > 1 ? std::strtod(argv[1], nullptr) : 1);
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-m4: {}\n", e.what());
    return 1;
  }
}
