// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/training/rng.h"

namespace liteflow::sim::m4 {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Adds the wall time until its end to a counter.
class Stopwatch {
 public:
  explicit Stopwatch(double &seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  double &seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Engine::Engine(const std::vector<double> &rates, const Weights &weights, const std::vector<float> &parameters,
               const Options &options)
    : options_(options), scene_(rates, weights.shape), inference_(weights, parameters, kernels().front()) {}

void Engine::add(EngineFlow flow) {
  const auto refuse = [&](const std::string &why) { throw Error(fmt::format("m4: flow {} {}", flow.id, why)); };
  if (!(flow.start_ns >= now_)) refuse(fmt::format("starts at {} ns, but it is {} ns already", flow.start_ns, now_));
  if (flow.links.empty()) refuse("has no route");
  if (!(flow.bytes > 0)) refuse("has no bytes");
  waiting_.push({std::move(flow), turns_++});
}

std::optional<Done> Engine::next(double until_ns) {
  for (;;) {
    const double arrival = waiting_.empty() ? kNever : waiting_.top().flow.start_ns;
    const double completion = ends_.empty() ? kNever : ends_.value();
    if (std::min(arrival, completion) > until_ns || std::min(arrival, completion) == kNever) {
      if (until_ns < kNever) now_ = std::max(now_, until_ns);
      return std::nullopt;
    }
    if (completion <= arrival) return complete();
    arrive();
  }
}

void Engine::arrive() {
  const EngineFlow flow = waiting_.top().flow;
  waiting_.pop();
  now_ = flow.start_ns;
  Slot slot;
  {
    const Stopwatch watch(counters_.scene_seconds);
    slot = scene_.arrive(
        now_, {.links = flow.links, .bytes = flow.bytes, .bits = flow.bits, .ideal_ns = flow.ideal_ns});
  }
  if (active_.size() < scene_.slots()) active_.resize(scene_.slots());
  Rng rng(options_.seed + flow.id * 0x9e3779b97f4a7c15ULL);
  active_[slot] = {.id = flow.id, .luck = options_.draw ? rng.uniform() : options_.level, .judged = false, .last = {}};
  counters_.most_active = std::max(counters_.most_active, scene_.active());
  update();
}

Done Engine::complete() {
  const Slot slot = ends_.slot();
  now_ = ends_.value();
  ends_.erase(slot);
  {
    const Stopwatch watch(counters_.scene_seconds);
    scene_.leave(now_, slot);
  }
  update();
  return {active_[slot].id, now_};
}

void Engine::update() {
  const Stopwatch watch(counters_.network_seconds);
  inference_.update(scene_);
  const Touch &touch = scene_.touched();
  counters_.events++;
  counters_.touched_flows += touch.flows.size();
  counters_.touched_links += touch.links.size();
  for (std::size_t row = 0; row < touch.flows.size(); row++) {
    const Slot slot = touch.flows[row];
    ends_.set(slot, std::max(now_, scene_.start(slot) + slowdown(slot, row) * scene_.ideal(slot)));
  }
}

double Engine::slowdown(Slot slot, std::size_t row) {
  const auto answers = inference_.answers(row);
  const double base = scene_.touched().base[row];
  if (!options_.draw && options_.level == 0) return std::max(1.0, base * ratio_of(answers[0]));
  Active &a = active_[slot];
  // It is still there: what is predicted now is of those that are, too.
  if (a.judged)
    a.luck = luck_among_left(a.luck, a.last.share(std::log((now_ - scene_.start(slot)) / scene_.ideal(slot))));
  a.judged = true;
  a.last = Quantiles(answers.subspan(1), std::log(base));
  return std::max(1.0, std::exp(a.last.value(a.luck)));
}

}  // namespace liteflow::sim::m4
