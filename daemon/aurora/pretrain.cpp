// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/pretrain.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/aurora/adapter.h"
#include "daemon/aurora/blas.h"
#include "daemon/aurora/learner.h"
#include "daemon/aurora/progress.h"
#include "daemon/aurora/report.h"

namespace liteflow {
namespace {

using namespace aurora;
using nlohmann::json;

struct Candidate {
  std::uint64_t seed = 0;
  Trained trained;
  Validation validation;
  double score = 0;
};

TrainOptions train_options(const PretrainOptions &o, std::uint64_t seed) {
  TrainOptions t;
  t.seed = seed;
  t.steps = o.steps;
  if (o.quick) {
    t.steps = std::min<std::uint64_t>(o.steps, 40'000);
    t.environments = 32;
    t.horizon = 64;
    t.minibatch = 512;
  }
  t.environment.form = o.reward == "published" ? RewardForm::published : RewardForm::scale_free;
  return t;
}

void check(const PretrainOptions &o) {
  if (!o.seeds) throw Error("pretrain aurora: --seeds 0: at least one seed must be trained");
  if (!o.jobs) throw Error("pretrain aurora: --jobs 0: at least one job is needed");
  if (!o.steps) throw Error("pretrain aurora: --steps 0: at least one decision must be taken");
  if (o.output.empty()) throw Error("pretrain aurora: --output is empty: name the model file to write");
  if (o.reward != "scale-free" && o.reward != "published")
    throw Error("pretrain aurora: --reward " + o.reward + ": must be scale-free or published");
}

Policy policy_of(const Learner &learner) {
  return [&learner](const float *state) {
    float mean = 0;
    learner.mean(state, 1, &mean);
    return static_cast<double>(mean);
  };
}

Validation validate_model(const std::string &model, double sigma, const std::vector<Scenario> &set) {
  Learner learner{LearnerOptions{}};
  learner.load(model, "trained model");
  const Policy policy = policy_of(learner);
  return validate(set, [&] { return policy_controller(policy, sigma); });
}

// Seeds are trained and validated by `jobs` threads; each has generators of its
// own, so that neither their number nor their order changes a result.
std::vector<Candidate> train_all(const PretrainOptions &o, const std::vector<Scenario> &set) {
  std::vector<Candidate> all(o.seeds);
  std::atomic<std::uint64_t> done{0};
  std::atomic<unsigned> next{0}, finished{0};
  std::exception_ptr failure;
  std::mutex guard;
  const auto work = [&] {
    use_one_thread();
    try {
      for (unsigned i = next++; i < o.seeds; i = next++) {
        all[i].seed = o.first_seed + i;
        all[i].trained = train(train_options(o, all[i].seed), done);
        all[i].validation = validate_model(all[i].trained.model, 0, set);
        all[i].score = score(all[i].validation);
      }
    } catch (...) {
      const std::lock_guard<std::mutex> lock(guard);
      failure = std::current_exception();
      next = o.seeds;
    }
    finished++;
  };
  const unsigned jobs = std::min(o.jobs, o.seeds);
  Progress progress("pretrain aurora", "decisions", train_options(o, 1).steps * o.seeds);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < jobs; i++) threads.emplace_back(work);
  while (finished < jobs) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    progress.show(done);
  }
  for (auto &t : threads) t.join();
  progress.finish(done);
  if (failure) std::rethrow_exception(failure);
  return all;
}

// The model, as it ships and exploring, beside the reference controllers.
std::map<std::string, Validation> compare(const std::string &model, const std::vector<Scenario> &set) {
  return {{"network", validate_model(model, 0, set)},
          {"network, exploring", validate_model(model, kShippedSigma, set)},
          {"cubic-like", validate(set, cubic_like)},
          {"bbr-like", validate(set, bbr_like)},
          {"constant 0", validate(set, [] { return policy_controller([](const float *) { return 0.0; }, 0); })}};
}

// States that the model meets on training links while it explores as it will
// in the kernel: one row per line, no header.
std::string calibration(const std::string &model, bool quick) {
  constexpr int kEpisode = 400;
  const int links = quick ? 10 : 75, every = 20;
  Learner learner{LearnerOptions{}};
  learner.load(model, "trained model");
  const Policy policy = policy_of(learner);
  Rng rng(0x63616c6962ULL);
  std::string text;
  for (int i = 0; i < links; i++) {
    Environment::Options options;
    options.episode = kEpisode;
    Environment environment(rng.next(), options);
    environment.reset();
    const std::size_t phase = rng.below(every);
    for (int step = 0; step < kEpisode; step++) {
      // The first states differ most (the start phase's queue drains): keep them.
      if (step == 0 || static_cast<std::size_t>(step) % every == phase)
        for (std::size_t k = 0; k < kInputs; k++)
          text += fmt::format("{:.6g}{}", environment.state()[k], k + 1 < kInputs ? ',' : '\n');
      const double mean = policy(environment.state());
      environment.step(mean, mean + kShippedSigma * rng.normal(), kShippedSigma);
    }
  }
  return text;
}

json to_json(const Validation &validation) {
  json j;
  for (const auto &[name, c] : validation)
    j[name] = {{"scenarios", c.scenarios},
               {"utilisation", c.mean.utilisation},
               {"utilisation_worst", c.worst_utilisation},
               {"queueing_delay_ms", c.mean.queue_ms},
               {"queueing_delay_over_base_rtt", c.mean.queue_share},
               {"queueing_delay_over_base_rtt_worst", c.worst_queue_share},
               {"dropped_share", c.mean.drop_share},
               {"settle_s", c.mean.settle_seconds},
               {"clamped_share", c.mean.clamped_share},
               {"reward", c.mean.reward},
               {"reward_worst", c.worst_reward}};
  return j;
}

json parameters(const PretrainOptions &o) {
  const TrainOptions t = train_options(o, o.first_seed);
  return {{"network", "30-32-16-1 tanh, linear mean"},
          {"algorithm", "PPO, clip 0.2, GAE, separate critic that also sees the simulator's truth"},
          {"reward", o.reward},
          {"reward_weights",
           {{"throughput", t.environment.weights.throughput},
            {"latency", t.environment.weights.latency},
            {"loss", t.environment.weights.loss},
            {"smoothness_per_action", t.smoothness}}},
          {"seeds", o.seeds},
          {"first_seed", o.first_seed},
          {"decisions_per_seed", t.steps},
          {"environments", t.environments},
          {"horizon", t.horizon},
          {"epochs", t.epochs},
          {"minibatch", t.minibatch},
          {"learning_rate", t.learning_rate},
          {"discount", t.discount},
          {"lambda", t.lambda},
          {"sigma_initial", t.sigma},
          {"sigma_least", t.sigma_min},
          {"sigma_shipped", kShippedSigma},
          {"quick", o.quick}};
}

json curve_json(const std::vector<CurvePoint> &curve) {
  json steps = json::array(), rewards = json::array(), sigmas = json::array();
  for (const CurvePoint &p : curve) {
    steps.push_back(p.step);
    rewards.push_back(p.reward);
    sigmas.push_back(p.sigma);
  }
  return {{"decisions", steps}, {"reward", rewards}, {"sigma", sigmas}};
}

void print_validation(const std::string &who, const Validation &validation) {
  for (const auto &[name, c] : validation)
    fmt::print("{:<22} {:<8} {:>6.1f} {:>6.1f} {:>8.1f} {:>7.2f} {:>7.2f} {:>7.2f} {:>7.2f}\n", who, name,
               100 * c.mean.utilisation, 100 * c.worst_utilisation, c.mean.queue_ms, c.mean.queue_share,
               100 * c.mean.drop_share, c.mean.settle_seconds, c.mean.reward);
}

// Path without its extension.
std::string stem_of(const std::string &path) {
  const std::filesystem::path p(path);
  return (p.parent_path() / p.stem()).string();
}

}  // namespace

int pretrain_aurora(const PretrainOptions &options) {
  check(options);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Candidate> all = train_all(options, validation_set(options.quick));
  const auto best = std::max_element(all.begin(), all.end(),
                                     [](const Candidate &a, const Candidate &b) { return a.score < b.score; });

  const std::map<std::string, Validation> test = compare(best->trained.model, test_set(options.quick));

  json result = {{"name", "pretrain-aurora"}, {"parameters", parameters(options)}, {"chosen_seed", best->seed}};
  std::vector<SeedRun> runs;
  for (const Candidate &c : all) {
    runs.push_back({c.seed, c.trained.curve, c.score});
    result["seeds"].push_back({{"seed", c.seed},
                               {"validation_score", c.score},
                               {"validation", to_json(c.validation)},
                               {"curve", curve_json(c.trained.curve)}});
  }
  for (const auto &[name, v] : test) result["test"][name] = to_json(v);

  const std::string stem = stem_of(options.output);
  write_file(options.output, best->trained.model);
  write_file(stem + "-calibration.csv", calibration(best->trained.model, options.quick));
  const std::string figures = options.results_dir + "/pretrain-aurora";
  std::filesystem::create_directories(options.results_dir);
  plot_curves(runs, best->seed, figures + ".png");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result["meta"] = {{"wall_seconds", seconds}, {"jobs", options.jobs}, {"blas_core", blas_core()},
                    {"version", LF_VERSION}};
  write_file(figures + ".json", result.dump(1) + "\n");

  fmt::print("{:<22} {:<8} {:>6} {:>6} {:>8} {:>7} {:>7} {:>7} {:>7}\n", "controller", "class", "util%", "worst",
             "queue ms", "/base", "drop%", "settle", "reward");
  for (const auto &[name, v] : test) print_validation(name, v);
  fmt::print("seed {} ships; the figures are of the test set, which had no part in that choice\n", best->seed);
  fmt::print("wrote {0}, {1}-calibration.csv, {2}.json and .png in {3:.0f} s\n", options.output, stem, figures,
             seconds);
  return 0;
}

}  // namespace liteflow
