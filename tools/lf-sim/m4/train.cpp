// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/train.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <numbers>
#include <numeric>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/blas.h"
#include "daemon/training/file.h"
#include "daemon/training/keys.h"
#include "tools/lf-sim/m4/lockstep.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/m4/periods.h"

namespace liteflow::sim::m4 {
namespace {

const std::vector<Key<TrainSettings>> &keys() {
  using S = TrainSettings;
  static const std::vector<Key<S>> all{
      {"hidden", &S::hidden, 3, 4096, "width of a flow's and a link's state"},
      {"graph", &S::graph, 1, 4096, "width between the layers of the graph network"},
      {"fluid", &S::fluid, 0, 1, "1: flows bring along their max-min fair share, and answers are ratios to it"},
      {"reach", &S::reach, 0, 1000, "shared links over which an event is felt; 0: all that are connected"},
      {"learning_rate", &S::learning_rate, 1e-7, 0.1, "AdamW step of the first epoch"},
      {"final_rate", &S::final_rate, 1e-4, 1, "share of it that is left at the end, by a cosine; 1: constant"},
      {"decay", &S::decay, 0, 1, "weight decay of matrices"},
      {"most_gradient", &S::most_gradient, 0, 1e6, "length to which a longer gradient is cut; 0: none"},
      {"every_event", &S::every_event, 0, 100, "weight of slowdowns predicted at every event"},
      {"quantile", &S::quantile, 0, 100, "weight of their quantiles"},
      {"left", &S::left, 0, 100, "weight of remaining sizes, where a trace has them"},
      {"queue", &S::queue, 0, 100, "weight of queue lengths, where a trace has them"},
      {"lockstep", &S::lockstep, 1, 10000, "busy periods that go in lock-step, of short ones more"},
      {"horizon", &S::horizon, 1, 10000, "events of each between gradient steps"},
      {"flows", &S::flows, 0, 1e9, "flows to an epoch; 0: as many as there are"},
      {"balance", &S::balance, 0, 1, "0: every busy period is as likely; 1: every length has as many flows"},
      {"epochs", &S::epochs, 1, 1e5, "passes"},
      {"patience", &S::patience, 1, 1e5, "epochs without a lesser validation error before it stops"},
      {"validation_share", &S::validation_share, 0.01, 0.9, "of the records, held back to judge by"},
      {"seed", &S::seed, 0, 1e15, "of everything that is drawn"},
  };
  return all;
}

std::size_t whole(double value) { return static_cast<std::size_t>(value); }

// Of the generators of a training; none is drawn from twice, so that an epoch does not depend on the one before.
enum Stream : std::uint64_t { for_split = 1, for_periods };
Rng generator(const TrainSettings &s, Stream stream, std::uint64_t number) {
  Rng seeds(static_cast<std::uint64_t>(s.seed));
  return Rng(seeds.next() ^ (static_cast<std::uint64_t>(stream) << 56) ^ number);
}

Step step_of(const TrainSettings &s, std::size_t epoch) {
  const double way = static_cast<double>(epoch) / s.epochs;
  Step step;
  step.learning_rate =
      s.learning_rate * (s.final_rate + (1 - s.final_rate) * (1 + std::cos(std::numbers::pi * way)) / 2);
  step.decay = s.decay;
  step.most_gradient = s.most_gradient;
  step.every_event = s.every_event;
  step.quantile = s.quantile;
  step.left = s.left;
  step.queue = s.queue;
  return step;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Means of means.
void add(Losses &all, const Losses &some) {
  const auto mean = [&](double Losses::*of, std::size_t Losses::*weight) {
    const auto a = static_cast<double>(all.*weight), b = static_cast<double>(some.*weight);
    if (a + b > 0) all.*of = (all.*of * a + some.*of * b) / (a + b);
  };
  mean(&Losses::slowdown, &Losses::completed);
  for (const auto of : {&Losses::every_event, &Losses::quantile, &Losses::left, &Losses::queue})
    mean(of, &Losses::events);
  all.completed += some.completed;
  all.events += some.events;
}

nlohmann::json to_json(const TrainSettings &s) {
  nlohmann::json json;
  for (const auto &k : keys()) json[k.name] = s.*(k.value);
  return json;
}

nlohmann::json to_json(const Errors &e) { return {e.mean, e.p90, e.p99}; }
Errors errors_of(const nlohmann::json &json) { return {json.at(0), json.at(1), json.at(2)}; }

nlohmann::json to_json(const Losses &l) {
  return {l.completed, l.events, l.slowdown, l.every_event, l.quantile, l.left, l.queue};
}
Losses losses_of(const nlohmann::json &json) {
  return {json.at(0), json.at(1), json.at(2), json.at(3), json.at(4), json.at(5), json.at(6)};
}

nlohmann::json to_json(const Training &t) {
  nlohmann::json json = {{"best_epoch", t.best},
                         {"validation_columns", {"mean", "p90", "p99"}},
                         {"training_columns",
                          {"completed", "events", "slowdown", "every_event", "quantile", "left", "queue"}},
                         {"first_validation", to_json(t.first)}};
  for (const char *curve : {"training", "validation", "seconds"}) json[curve] = nlohmann::json::array();
  for (const Epoch &e : t.epochs) {
    json["training"].push_back(to_json(e.training));
    json["validation"].push_back(to_json(e.validation));
    json["seconds"].push_back(e.seconds);
  }
  return json;
}

Training training_of(const nlohmann::json &json) {
  Training t{.epochs = {}, .best = json.at("best_epoch"), .first = errors_of(json.at("first_validation"))};
  for (std::size_t i = 0; i < json.at("training").size(); i++)
    t.epochs.push_back(
        {losses_of(json.at("training")[i]), errors_of(json.at("validation").at(i)), json.at("seconds").at(i)});
  return t;
}

// What a state must have been trained with to be resumed: more epochs are welcome where they change no rate.
nlohmann::json identity(const std::vector<Record> &records, const TrainSettings &settings) {
  nlohmann::json all = nlohmann::json::array();
  for (const Record &r : records) all.push_back({r.name, r.flows.size(), !r.sights.empty()});
  nlohmann::json s = to_json(settings);
  s.erase("patience");
  if (settings.final_rate == 1) s.erase("epochs");
  return {{"settings", s}, {"records", all}};
}

std::string read_state(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(file + ": cannot read the state of a training: begin anew, without --resume");
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

class Trainer {
 public:
  Trainer(const std::vector<Record> &records, const TrainSettings &settings, const TrainFiles &files,
          const TrainEvents &events)
      : records_(records), settings_(settings), files_(files), events_(events), model_(begin()) {}

  Training run() {
    while (training_.epochs.size() < whole(settings_.epochs) &&
           training_.epochs.size() - training_.best < whole(settings_.patience)) {
      epoch();
      save();
      if (events_.epoch) events_.epoch(training_);
    }
    return training_;
  }

 private:
  // A busy period, and the record that it is of.
  struct Source {
    const Record *record;
    Period period;
  };

  Model begin() {
    if (records_.size() < 2) throw Error("train m4: needs at least two records: one to learn from, one to judge by");
    for (const Record &r : records_)
      if (r.parameters.size() != kParameters)
        throw Error(fmt::format("{}: {} parameters, expected {}", r.name, r.parameters.size(), kParameters));
    std::vector<bool> judges(records_.size());
    for (const std::size_t i : held_back(records_.size(), settings_)) {
      judges[i] = true;
      validation_.push_back(&records_[i]);
    }
    for (std::size_t i = 0; i < records_.size(); i++) {
      if (judges[i]) continue;
      for (Period &p : periods_of(records_[i])) {
        lengths_.push_back(p.flows.size());
        sources_.push_back({&records_[i], std::move(p)});
      }
    }
    return files_.resume ? resume() : fresh();
  }

  Model fresh() {
    Model model(shape_of(settings_), static_cast<std::uint64_t>(settings_.seed));
    training_.first = evaluate(validation_, model.weights());
    write_weights(files_.weights, model.weights());
    return model;
  }

  Model resume() {
    const std::string file = files_.beside("-training.bin");
    auto [model, text] = Model::load_training(read_state(file), file);
    const auto progress = nlohmann::json::parse(text, nullptr, false);
    if (progress.is_discarded() || progress.value("identity", nlohmann::json()) != identity(records_, settings_))
      throw Error(file + ": a training on other records or with other settings: begin anew, without --resume");
    training_ = training_of(progress.at("training"));
    return std::move(model);
  }

  void epoch() {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t number = training_.epochs.size();
    Rng rng = generator(settings_, for_periods, number);
    const auto drawn = sample(lengths_, whole(settings_.flows), settings_.balance, rng);
    std::uint64_t of_epoch = 0;
    for (const std::size_t i : drawn) of_epoch += 2 * lengths_[i];
    Losses losses;
    // Gradient steps are of as many events, however short the periods are.
    const auto least_flows = whole(settings_.lockstep * settings_.horizon / 2);
    for (const auto &together : group(drawn, lengths_, whole(settings_.lockstep), least_flows, rng))
      learn(together, step_of(settings_, number), losses, of_epoch);
    const Weights weights = model_.weights();
    const Errors validation = evaluate(validation_, weights);
    if (!std::isfinite(losses.slowdown + losses.every_event + losses.quantile + validation.mean))
      throw Error(fmt::format("train m4: the loss of epoch {} is no finite number: lower learning_rate", number + 1));
    if (validation.mean < training_.best_mean()) {
      training_.best = number + 1;
      write_weights(files_.weights, weights);
    }
    training_.epochs.push_back({losses, validation, seconds_since(start)});
  }

  // One lock-step, from its beginning to its end.
  void learn(const std::vector<std::size_t> &together, const Step &step, Losses &losses, std::uint64_t of_epoch) {
    std::vector<Replay> replays;
    for (const std::size_t i : together) replays.emplace_back(*sources_[i].record, sources_[i].period, model_.shape());
    Lockstep lockstep(std::move(replays));
    model_.begin(lockstep.flow_places(), lockstep.link_places());
    for (bool more = true; more;) {
      std::vector<Frame> frames;
      Frame frame;
      while (frames.size() < whole(settings_.horizon) && (more = lockstep.next(frame)))
        frames.push_back(std::move(frame));
      if (frames.empty()) break;
      add(losses, model_.learn(frames, step));
      if (events_.learning) events_.learning(losses.events, of_epoch);
    }
  }

  void save() {
    const nlohmann::json curves = to_json(training_);
    write_file(files_.beside("-training.bin"),
               model_.save_training(
                   nlohmann::json{{"identity", identity(records_, settings_)}, {"training", curves}}.dump()));
    write_file(files_.beside("-training.json"),
               nlohmann::json{{"settings", to_json(settings_)},
                              {"training", curves},
                              {"records", {{"learnt", records_.size() - validation_.size()},
                                           {"held_back", validation_.size()}}},
                              {"busy_periods", sources_.size()},
                              {"parameters", model_.weights().size()},
                              {"meta", {{"blas_core", blas_core()}, {"version", LF_VERSION}}}}
                       .dump(1) + "\n");
    std::string csv = "epoch,slowdown,every_event,quantile,left,queue,validation_mean,validation_p90,validation_p99,"
                      "seconds\n";
    for (std::size_t i = 0; i < training_.epochs.size(); i++) {
      const auto &[l, e, seconds] = training_.epochs[i];
      csv += fmt::format("{},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.3f}\n", i + 1, l.slowdown,
                         l.every_event, l.quantile, l.left, l.queue, e.mean, e.p90, e.p99, seconds);
    }
    write_file(files_.beside("-training.csv"), csv);
  }

  const std::vector<Record> &records_;
  TrainSettings settings_;
  TrainFiles files_;
  TrainEvents events_;
  std::vector<Source> sources_;
  std::vector<std::size_t> lengths_;  // of each, in flows
  std::vector<const Record *> validation_;
  Training training_;
  Model model_;
};

}  // namespace

TrainSettings train_settings(const std::map<std::string, std::string> &values) {
  const auto settings = read_keys(values, "train m4", keys());
  check(shape_of(settings));
  return settings;
}

std::string train_keys() { return describe(keys()); }

TrainSettings published_settings() {
  TrainSettings s;
  s.hidden = kPublishedShape.hidden;
  s.graph = kPublishedShape.graph;
  s.fluid = 0;
  s.learning_rate = 1e-4;
  s.final_rate = 1;
  s.most_gradient = 0;
  s.every_event = s.quantile = 0;
  s.left = s.queue = 0.005;
  s.lockstep = 2;
  s.balance = 1;
  s.epochs = 15;
  return s;
}

Shape shape_of(const TrainSettings &s) {
  const auto number = [](double value) { return static_cast<std::uint32_t>(value); };
  return {number(s.hidden), number(s.graph), number(s.fluid), number(s.reach)};
}

std::string TrainFiles::beside(const std::string &ending) const { return stem_of(weights) + ending; }

std::vector<std::size_t> held_back(std::size_t records, const TrainSettings &settings) {
  std::vector<std::size_t> all(records);
  std::iota(all.begin(), all.end(), 0);
  Rng rng = generator(settings, for_split, 0);
  for (std::size_t i = records; i > 1; i--) std::swap(all[i - 1], all[rng.below(i)]);
  const double share = settings.validation_share * static_cast<double>(records);
  all.resize(std::clamp<std::size_t>(whole(share), 1, records - 1));
  return all;
}

Training train(const std::vector<Record> &records, const TrainSettings &settings, const TrainFiles &files,
               const TrainEvents &events) {
  return Trainer(records, settings, files, events).run();
}

}  // namespace liteflow::sim::m4
