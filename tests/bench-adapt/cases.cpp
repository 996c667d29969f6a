// SPDX-License-Identifier: GPL-2.0
#include "tests/bench-adapt/cases.h"

#include <fmt/format.h>

namespace liteflow::bench {
namespace {

// The adapter as in the demo: half a minute must be enough to learn something.
constexpr const char *kAdapter =
    "[app.options]\nlearning_rate = 1e-3\nwarm_up = 1024\nwindow = 2048\nupdate_every = 512\n"
    "critic_epochs = 4\n";
// What is different enough, as in the demo, and as it ships.
constexpr const char *kDemoGate = "alpha = 0.02\nquantile = 0.5\n";
// Not held to the model that it began with: as for a network that nobody trusts.
constexpr const char *kFree = "anchor = 0\n";
constexpr const char *kAtOnce = "canary_share = 0\nwatch_s = 0\npause_s = 0\n";

std::string config(int interval_ms, int round_ms, const std::string &gate,
                   const std::string &update) {
  return fmt::format("interval_ms = {}\n[app.gate]\n{}[app.update]\nmin_records = 1\n"
                     "round_ms = {}\n{}{}", interval_ms, gate, round_ms, update, kAdapter);
}

std::string gate(const std::string &rule, const std::string &more = kDemoGate) {
  return fmt::format("rule = \"{}\"\nwindow = 6\n{}", rule, more);
}

}  // namespace

std::vector<Case> rules() {
  // Half of the default times, since the path lives for 30 s only.
  const std::string canary = "canary_share = 0.1\ncanary_s = 10\nwatch_s = 15\npause_s = 0\n";
  std::vector<Case> cases;
  for (const std::string start : {"shipped", "mistuned"}) {
    const auto add = [&](const std::string &name, const std::string &about,
                         const std::string &text, bool frozen = false) {
      cases.push_back({name, about, text, frozen, start});
    };
    add("frozen", "no daemon", config(200, 1000, gate("necessary"), kAtOnce), true);
    add("every batch", "each round is activated", config(200, 1000, gate("every_batch"), kAtOnce));
    add("converged", "only what has settled", config(200, 1000, gate("converged"), kAtOnce));
    add("necessary", "settled, and 2 % of the range different for half of the rows",
        config(200, 1000, gate("necessary"), kAtOnce));
    add("necessary, strict", "settled, and 5 % different for every row (the default thresholds)",
        config(200, 1000, gate("necessary", ""), kAtOnce));
    add("necessary + watch", "as necessary; kept only where 10 s show that it is no worse, and rolled back otherwise",
        config(200, 1000, gate("necessary"), "canary_share = 0\nwatch_s = 10\npause_s = 0\n"));
    add("necessary + turns",
        "as necessary, and the running connections move; first in turns with the one before for 16 s",
        config(200, 1000, gate("necessary"),
               "canary_share = 0\nrepin = true\nturns_s = 16\nwatch_s = 10\npause_s = 0\n"));
    add("necessary + canary",
        "as necessary, first on 10 % of the new flows for 10 s (the default canary, but for its times)",
        config(200, 1000, gate("necessary"), canary));
    add("necessary + lax canary", "the same, but at most 20 % worse instead of 2 %",
        config(200, 1000, gate("necessary"), canary + "max_reward_drop = 0.2\n"));
    add("necessary, free", "as necessary, but not held to the model that it began with (`anchor = 0`)",
        config(200, 1000, gate("necessary"), kAtOnce) + kFree);
    add("necessary + turns, free", "that by turns",
        config(200, 1000, gate("necessary"),
               "canary_share = 0\nrepin = true\nturns_s = 16\nwatch_s = 10\npause_s = 0\n") + kFree);
    add("necessary + canary, free", "that with the canary", config(200, 1000, gate("necessary"), canary) + kFree);
  }
  return cases;
}

std::vector<Case> intervals() {
  std::vector<Case> cases;
  for (const int t : {10, 20, 50, 100, 200, 500, 1000, 2000, 5000})
    cases.push_back({fmt::format("{} ms", t), "necessary, free; a batch and a round every T",
                     config(t, t, gate("necessary"), kAtOnce) + kFree, false, "mistuned"});
  return cases;
}

}  // namespace liteflow::bench
