// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/workload.h"

#include <array>

#include "daemon/sched/allreduce.h"
#include "daemon/sched/rpc.h"
#include "daemon/sched/web.h"
#include "daemon/training/sizes.h"

namespace liteflow::sched {
namespace {

void search(Trace &trace, std::uint64_t until_us, Rng &site, Rng &life) {
  browse(trace, {Sizes::web_search, false}, until_us, site, life);
}

void mining(Trace &trace, std::uint64_t until_us, Rng &site, Rng &life) {
  browse(trace, {Sizes::data_mining, false}, until_us, site, life);
}

Sizes either(Rng &rng) { return rng.chance(0.5) ? Sizes::web_search : Sizes::data_mining; }

void header_first(Trace &trace, std::uint64_t until_us, Rng &site, Rng &life) {
  browse(trace, {either(site), true}, until_us, site, life);
}

void mix(Trace &trace, std::uint64_t until_us, Rng &site, Rng &life) {
  const Sizes sizes = either(site);
  browse(trace, {sizes, site.chance(0.3)}, until_us, site, life);
  call(trace, until_us, site, life);
  all_reduce(trace, until_us, site, life);
}

// Whatever is known before a flow's end says nothing of its size: it is sent piece by
// piece, as it is made, and no flow is less than a piece.
void independent(Trace &trace, std::uint64_t until_us, Rng &site, Rng &life) {
  constexpr std::uint64_t kPiece = 4096;
  const Sizes sizes = either(site);
  const std::size_t peers = 1 + site.below(20);
  const double pause_us = site.log_uniform(5e3, 200e3);
  const auto pause = [&] { return static_cast<std::uint64_t>(life.exponential(pause_us)); };
  for (std::uint64_t now = kSecond + pause(); now < until_us; now += pause()) {
    const std::size_t c = trace.open(now, {.peer = static_cast<std::uint32_t>(4000 + life.below(peers)), .port = 80,
                                           .passive = true, .cgroup = 40});
    trace.receive(c, now, 300);
    trace.close(c, trace.send(c, now + 500, kPiece + draw_size(sizes, life), kPiece, Path{}));
  }
}

constexpr std::array<Workload, 7> kWorkloads = {{{"web, web search", search},
                                                 {"web, data mining", mining},
                                                 {"web, header first", header_first},
                                                 {"all-reduce", all_reduce},
                                                 {"RPC", call},
                                                 {"mix", mix},
                                                 {"control", independent, true}}};

}  // namespace

std::span<const Workload> workloads() { return kWorkloads; }

std::vector<lf_sched_record> simulate(const Workload &workload, std::uint64_t seed, double seconds) {
  Rng site(seed), life(seed ^ 0x6c696665ULL);
  Trace trace;
  workload.run(trace, static_cast<std::uint64_t>(seconds * kSecond), site, life);
  return trace.replay().ended();
}

}  // namespace liteflow::sched
