// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/pretrain.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/aurora/adapter.h"
#include "daemon/aurora/learner.h"
#include "daemon/aurora/report.h"
#include "daemon/aurora/results.h"
#include "daemon/training/blas.h"
#include "daemon/training/file.h"
#include "daemon/training/picture.h"
#include "daemon/training/progress.h"
#include "daemon/training/script.h"

namespace liteflow {
namespace {

using namespace aurora;
using nlohmann::json;

// Half the latency weight of online tuning. Training that weighs a queue by more
// gives up throughput on all links at once, which nothing in a changing domain
// wins back; tuning has one path before it, and less weight lets a queue stand.
constexpr RewardWeights kTraining = {.throughput = 0.5, .latency = 0.1, .loss = 0.3};

// By requirement and, in a comparison, controller.
using Validations = std::map<std::string, Validation>;

struct Candidate {
  std::uint64_t seed = 0;
  Trained trained;
  Validations validations;
  double score = 0;
};

Policy policy_of(const Learner &learner) {
  return [&learner](const float *state) {
    float mean = 0;
    learner.mean(state, 1, &mean);
    return static_cast<double>(mean);
  };
}

Learner learner_of(const Course &course, const std::string &model) {
  LearnerOptions options;
  options.shape = course.train.shape;
  options.critic_inputs = kCriticInputs + options.shape.weights;
  Learner learner(options);
  learner.load(model, "trained model");
  return learner;
}

Judge judge_of(const Course &course, const Requirement &r) {
  // Controllers are compared in [0,1] terms, whatever the training was for.
  const RewardForm form = course.train.environment.form;
  return {form == RewardForm::published ? RewardForm::scale_free : form, r.weights};
}

Validation validate_model(const Course &course, const std::string &model, const Requirement &r, double sigma,
                          const std::vector<Scenario> &set) {
  const Learner learner = learner_of(course, model);
  const Policy policy = policy_of(learner);
  std::optional<RewardWeights> objective;
  if (course.train.environment.preference) objective = r.weights;
  return validate(set, [&] { return policy_controller(policy, sigma, objective); }, judge_of(course, r));
}

Candidate train_one(const Course &course, std::uint64_t seed, const std::vector<Scenario> &set,
                    std::atomic<std::uint64_t> &done) {
  TrainOptions how = course.train;
  how.seed = seed;
  Candidate c;
  c.seed = seed;
  c.trained = train(how, done);
  for (const Requirement &r : course.judged) {
    const Validation &v = c.validations[r.name] = validate_model(course, c.trained.model, r, 0, set);
    c.score += score(v) / static_cast<double>(course.judged.size());
  }
  return c;
}

// Seeds are trained and validated by `jobs` threads; each has generators of its
// own, so that neither their number nor their order changes a result.
std::vector<Candidate> train_all(const Course &course, const PretrainOptions &o, const std::vector<Scenario> &set) {
  std::vector<Candidate> all(o.seeds);
  std::atomic<std::uint64_t> done{0};
  std::atomic<unsigned> next{0}, finished{0};
  std::exception_ptr failure;
  std::mutex guard;
  const auto work = [&] {
    use_one_thread();
    try {
      for (unsigned i = next++; i < o.seeds; i = next++) all[i] = train_one(course, o.first_seed + i, set, done);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(guard);
      failure = std::current_exception();
      next = o.seeds;
    }
    finished++;
  };
  const unsigned jobs = std::min(o.jobs, o.seeds);
  Progress progress("pretrain " + course.name, "decisions", course.train.steps * o.seeds);
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

// The model, as it ships and exploring, beside the reference controllers; each
// for every requirement.
Validations compare(const Course &course, const std::string &model, const std::vector<Scenario> &set) {
  Validations all;
  for (const Requirement &r : course.judged) {
    const auto name = [&](const char *who) { return r.name.empty() ? who : fmt::format("{}, {}", who, r.name); };
    const Judge judge = judge_of(course, r);
    all[name("network")] = validate_model(course, model, r, 0, set);
    all[name("network exploring")] = validate_model(course, model, r, kShippedSigma, set);
    all[name("cubic-like")] = validate(set, cubic_like, judge);
    all[name("bbr-like")] = validate(set, bbr_like, judge);
    const Policy zero = [](const float *) { return 0.0; };
    all[name("constant 0")] = validate(set, [&] { return policy_controller(zero, 0); }, judge);
  }
  return all;
}

// States that the model meets on training links while it explores as it will
// in the kernel: one row per line, no header.
std::string calibration(const Course &course, const std::string &model, bool quick) {
  constexpr int kDecisions = 400;
  const int links = quick ? 10 : 150, every = 20;
  const Learner learner = learner_of(course, model);
  const Policy policy = policy_of(learner);
  Rng rng(0x63616c6962ULL);
  std::string text;
  for (int i = 0; i < links; i++) {
    Environment environment(rng.next(), course.train.environment);
    environment.reset();
    const auto &objectives = course.train.objectives;
    if (!objectives.empty()) environment.set_weights(objectives[static_cast<std::size_t>(i) % objectives.size()]);
    const std::size_t phase = rng.below(every);
    for (int step = 0; step < kDecisions; step++) {
      // The first states differ most (the start phase's queue drains): keep them.
      if (step == 0 || static_cast<std::size_t>(step) % every == phase)
        for (std::size_t k = 0; k < environment.inputs(); k++)
          text += fmt::format("{:.6g}{}", environment.state()[k], k + 1 < environment.inputs() ? ',' : '\n');
      const double mean = policy(environment.state());
      environment.step(mean, mean + kShippedSigma * rng.normal(), kShippedSigma);
    }
  }
  return text;
}

void print_validation(const std::string &who, const Validation &validation) {
  for (const auto &[name, c] : validation)
    fmt::print("{:<22} {:<8} {:>6.1f} {:>6.1f} {:>8.1f} {:>7.2f} {:>7.2f} {:>7.2f} {:>6.2f} {:>7.3f}\n", who, name,
               100 * c.mean.utilisation, 100 * c.worst_utilisation, c.mean.queue_ms, c.mean.queue_share,
               100 * c.mean.drop_share, c.mean.settle_seconds, c.mean.jain, c.mean.reward);
}

double millions(std::uint64_t steps) { return static_cast<double>(steps) * 1e-6; }

Line objective_line(const Course &course, const Candidate &c, std::size_t objective, bool emphasised) {
  const RewardWeights &w = course.train.objectives[objective];
  Line line{fmt::format("{:.1f} / {:.1f} / {:.1f}", w.throughput, w.latency, w.loss), {}, emphasised};
  for (const CurvePoint &p : c.trained.curve) {
    const auto found = p.objectives.find(objective);
    if (found != p.objectives.end()) line.points.emplace_back(millions(p.step), found->second);
  }
  return line;
}

// All seeds; of the chosen one, each objective.
void draw(const Course &course, const std::vector<Candidate> &all, const Candidate &best, const std::string &path) {
  Panel seeds{fmt::format("{} pretraining: reward of all seeds", course.name), {}, true};
  for (const Candidate &c : all) {
    Line line{fmt::format("seed {}{}", c.seed, c.seed == best.seed ? " (ships)" : ""), {}, c.seed == best.seed};
    for (const CurvePoint &p : c.trained.curve) line.points.emplace_back(millions(p.step), p.reward);
    seeds.lines.push_back(line);
  }
  std::vector<Panel> panels = {seeds};
  if (!course.train.objectives.empty()) {
    Panel named{fmt::format("seed {}: objectives throughput / latency / loss", best.seed), {}, true};
    for (const std::size_t o : course.shown) named.lines.push_back(objective_line(course, best, o, true));
    Panel rest{fmt::format("seed {}: all {} landmarks", best.seed, course.train.objectives.size()), {}, false};
    for (std::size_t o = 0; o < course.train.objectives.size(); o++)
      if (Line line = objective_line(course, best, o, false); !line.points.empty()) rest.lines.push_back(line);
    panels.push_back(named);
    panels.push_back(rest);
  }
  plot({"decisions (millions)", "mean reward per decision"}, panels, 12, path);
}

void print_table(const Validations &test) {
  fmt::print("{:<22} {:<8} {:>6} {:>6} {:>8} {:>7} {:>7} {:>7} {:>6} {:>7}\n", "controller", "class", "util%", "worst",
             "queue ms", "/base", "drop%", "settle", "jain", "reward");
  for (const auto &[name, v] : test) print_validation(name, v);
}

json results_of(const Course &course, const PretrainOptions &o, const std::vector<Candidate> &all,
                const Candidate &best, const Validations &test) {
  json result = {{"name", "pretrain-" + course.name}, {"parameters", to_json(course, o)}, {"chosen_seed", best.seed}};
  for (const Candidate &c : all) {
    json seed = {{"seed", c.seed},
                 {"validation_score", c.score},
                 {"curve", to_json(c.trained.curve, course.train.objectives)}};
    for (const auto &[name, v] : c.validations) {
      if (name.empty())
        seed["validation"] = to_json(v);
      else
        seed["validation"][name] = to_json(v);
    }
    result["seeds"].push_back(seed);
  }
  for (const auto &[name, v] : test) result["test"][name] = to_json(v);
  return result;
}

}  // namespace

void check(const PretrainOptions &o, const std::string &name) {
  const auto refuse = [&](const std::string &what) { throw Error("pretrain " + name + ": " + what); };
  if (!o.seeds) refuse("--seeds 0: at least one seed must be trained");
  if (!o.jobs) refuse("--jobs 0: at least one job is needed");
  if (!o.steps) refuse("--steps 0: at least one decision must be taken");
  if (o.output.empty()) refuse("--output is empty: name the model file to write");
  if (o.reward != "scale-free" && o.reward != "published")
    refuse("--reward " + o.reward + ": must be scale-free or published");
}

void set_scale(TrainOptions &t, const PretrainOptions &o) {
  t.steps = o.steps;
  if (!o.quick) return;
  t.steps = std::min<std::uint64_t>(o.steps, 40'000);
  t.environments = 32;
  t.horizon = 64;
  t.minibatch = 512;
}

int pretrain(const Course &course, const PretrainOptions &options) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Candidate> all = train_all(course, options, validation_set(options.quick));
  const auto best = std::max_element(all.begin(), all.end(),
                                     [](const Candidate &a, const Candidate &b) { return a.score < b.score; });
  const Validations test = compare(course, best->trained.model, test_set(options.quick));
  json result = results_of(course, options, all, *best, test);

  const std::string stem = stem_of(options.output);
  write_file(options.output, best->trained.model);
  write_file(stem + "-calibration.csv", calibration(course, best->trained.model, options.quick));
  const std::string figures = options.results_dir + "/pretrain-" + course.name;
  std::filesystem::create_directories(options.results_dir);
  draw(course, all, *best, figures + ".png");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result["meta"] = {{"wall_seconds", seconds}, {"jobs", options.jobs}, {"blas_core", blas_core()},
                    {"version", LF_VERSION}};
  write_file(figures + ".json", result.dump(1) + "\n");

  print_table(test);
  fmt::print("seed {} ships; the figures are of the test set, which had no part in that choice\n", best->seed);
  fmt::print("wrote {0}, {1}-calibration.csv, {2}.json and .png in {3:.0f} s\n", options.output, stem, figures,
             seconds);
  return 0;
}

int pretrain_aurora(const PretrainOptions &options) {
  check(options, "aurora");
  Course course;
  course.name = "aurora";
  course.network = "30-32-16-1 tanh, linear mean";
  course.reward = options.reward;
  course.train.shape = kAuroraShape;
  if (options.reward == "published") course.train.environment.form = RewardForm::published;
  set_scale(course.train, options);
  course.train.environment.weights = kTraining;
  course.judged = {{"", kTraining}};
  return pretrain(course, options);
}

}  // namespace liteflow
