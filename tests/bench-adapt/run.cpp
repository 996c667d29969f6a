// SPDX-License-Identifier: GPL-2.0
#include "tests/bench-adapt/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "daemon/aurora/adapter.h"
#include "daemon/config/config.h"
#include "daemon/update/cpu_time.h"
#include "daemon/update/updater.h"
#include "tests/bench-adapt/environment.h"

namespace liteflow::bench {
namespace {

constexpr double kStep_s = 0.1;  // the loop looks at its clock as often, or as T

// The fake kernel takes a network's name for its module.
class NoCompiler final : public Builder {
 public:
  explicit NoCompiler(FakeLink &link) : Builder({}), link_(link) {}
  std::string build(const codegen::Network &network, const std::string &) override {
    return link_.add_module(network);
  }

 private:
  FakeLink &link_;
};

AppOptions options_of(const Case &what, std::uint64_t seed, const std::string &model,
                      const std::string &calibration) {
  const std::string text = fmt::format(
      "[[host]]\nname = \"sim\"\n[[app]]\nname = \"cc\"\nadapter = \"aurora\"\nmodel = \"{}\"\n"
      "calibration = \"{}\"\nseed = {}\n{}", model, calibration, seed, what.config);
  return parse_config(text, what.name).apps.at(0);
}

// The daemon's half: what it is given, and its clock.
struct Loop {
  Loop(const AppOptions &app, FakeLink &fake) : options(app), builder(fake), journal("") {}

  void start(std::unique_ptr<HostLink> link) {
    host.name = "sim";
    host.link = std::move(link);
    host.up = true;
    AdapterOptions tuner;
    tuner.model = options.model;
    tuner.seed = static_cast<std::uint64_t>(options.seed);
    tuner.values = options.options;
    Services services{builder, journal, metrics, [this] { return now; }};
    updater = std::make_unique<Updater>(options, make_aurora_adapter(tuner), nullptr, services);
    updater->add_host(host);
    updater->on_state(host, true);
    updater->step();
  }
  void hear(std::vector<std::byte> &&records) {
    BatchMessage batch;
    batch.app = "cc";
    batch.seq = ++seq;
    batch.record_bytes = sizeof(lf_cc_record);
    batch.records = std::move(records);
    const Loss loss = host.losses.add(batch);
    updater->on_batch(host, std::move(batch), loss);
  }

  AppOptions options;
  NoCompiler builder;
  Journal journal;
  Metrics metrics;
  Host host;
  SteadyTime now{std::chrono::seconds(1000)};
  std::uint64_t seq = 0;
  std::unique_ptr<Updater> updater;
};

Result result_of(const Metrics &metrics) {
  const Labels app{{"app", "cc"}}, host{{"app", "cc"}, {"host", "sim"}};
  Result result;
  for (const auto *name : {"activated", "canary", "turns", "promoted", "dropped", "kept", "rolled_back",
                           "unchanged", "refused", "mismatch", "superseded"}) {
    auto labels = host;
    labels["result"] = name;
    if (const double n = metrics.get("updates_total", labels); n > 0) result.updates[name] = n;
  }
  result.rounds = metrics.get("rounds_total", app);
  result.tune_cpu_s = metrics.get("tune_cpu_seconds_total", app);
  result.quantise_cpu_s = metrics.get("quantise_cpu_seconds_total", app);
  result.batch_bytes = metrics.get("batch_bytes_total", host);
  auto params = host;
  params["path"] = "params";
  result.staged_bytes = metrics.get("staged_bytes_total", params);
  return result;
}

}  // namespace

Result run(const Case &what, std::uint64_t seed, const std::string &model,
           const std::string &calibration) {
  const double cpu = cpu_seconds();
  const AppOptions options = options_of(what, seed, model, calibration);
  auto link = std::make_unique<FakeLink>("cc", aurora::kInputs, 1);
  FakeLink &fake = *link;
  Loop loop(options, fake);
  loop.start(std::move(link));
  WorldOptions how;
  how.seed = seed;
  how.sigma = what.frozen ? 0 : kShippedSigma;
  World world(fake, how);

  const SteadyTime begin = loop.now;
  const double interval_s = static_cast<double>(options.interval_ms) / 1000;
  const double step_s = std::min(kStep_s, interval_s);
  const double end_s = kPhaseSeconds * static_cast<double>(phases().size());
  std::vector<std::byte> records;
  double sent_at = 0;
  for (std::size_t i = 1; static_cast<double>(i) * step_s <= end_s + 1e-9; i++) {
    const double time = static_cast<double>(i) * step_s;
    world.run_until(time, records);
    loop.now = after(begin, time);
    if (what.frozen) {
      records.clear();
      continue;
    }
    if (time - sent_at >= interval_s - 1e-9) {
      sent_at = time;
      if (!records.empty()) loop.hear(std::exchange(records, {}));
    }
    loop.updater->step();
  }
  Result result = result_of(loop.metrics);
  result.seed = seed;
  result.phases = world.tallies();
  result.cpu_s = cpu_seconds() - cpu;
  return result;
}

}  // namespace liteflow::bench
