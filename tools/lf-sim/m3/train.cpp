// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/train.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/blas.h"
#include "daemon/training/file.h"
#include "daemon/training/keys.h"

namespace liteflow::sim::m3 {
namespace {

constexpr double kSaveEvery = 60;  // seconds; the state is thrice as large as the network

const std::vector<Key<TrainSettings>> &keys() {
  using S = TrainSettings;
  static const std::vector<Key<S>> all{
      {"log_ratio", &S::log_ratio, 0, 1, "1: the network answers the log-ratio to flowSim; 0: the slowdown less 1"},
      {"dim", &S::dim, 2, 4096, "width of the transformer, a multiple of 2 heads"},
      {"layers", &S::layers, 1, 64, "blocks of the transformer"},
      {"heads", &S::heads, 1, 64, "heads of its attention"},
      {"mlp", &S::mlp, 1, 4096, "units of each hidden layer behind it"},
      {"learning_rate", &S::learning_rate, 1e-7, 0.1, "AdamW step of the first epoch"},
      {"final_rate", &S::final_rate, 1e-4, 1, "share of it that is left at the end, by a cosine; 1: constant"},
      {"decay", &S::decay, 0, 1, "weight decay of the transformer's matrices"},
      {"dropout", &S::dropout, 0, 0.9, "share of values dropped in the transformer"},
      {"mlp_dropout", &S::mlp_dropout, 0, 0.9, "and behind each hidden layer of the MLP"},
      {"batch", &S::batch, 1, 10000, "samples to a gradient step"},
      {"epochs", &S::epochs, 1, 1e5, "passes over the paths"},
      {"patience", &S::patience, 1, 1e5, "epochs without a better validation loss before it stops"},
      {"window", &S::window, 0.01, 1, "least share of a path's foreground in a sample"},
      {"least_foreground", &S::least_foreground, 0, 1e6, "flows that a sample shows as foreground at least; 0: all"},
      {"whole_target", &S::whole_target, 0, 1, "1: the target is of the whole window's foreground"},
      {"views", &S::views, 1, 100, "samples of each path in an epoch"},
      {"validation_share", &S::validation_share, 0.01, 0.9, "of the paths, held back to judge by"},
      {"seed", &S::seed, 0, 1e15, "of everything that is drawn"},
  };
  return all;
}

std::size_t whole(double value) { return static_cast<std::size_t>(value); }

View view_of(const TrainSettings &s) {
  return {.window = s.window, .least_foreground = whole(s.least_foreground), .whole_target = s.whole_target != 0};
}

// Of the many generators of a training; none is drawn from twice, so that an epoch does not depend on the one before.
enum Stream : std::uint64_t { for_split = 1, for_order, for_views, for_validation };
Rng generator(const TrainSettings &s, Stream stream, std::uint64_t number) {
  Rng seeds(static_cast<std::uint64_t>(s.seed));
  return Rng(seeds.next() ^ (static_cast<std::uint64_t>(stream) << 56) ^ number);
}

void shuffle(std::vector<std::size_t> &v, Rng &rng) {
  for (std::size_t i = v.size(); i > 1; i--) std::swap(v[i - 1], v[rng.below(i)]);
}

std::vector<std::size_t> shuffled(std::size_t n, Rng rng) {
  std::vector<std::size_t> v(n);
  std::iota(v.begin(), v.end(), 0);
  shuffle(v, rng);
  return v;
}

double flowsim_loss(const std::vector<Sample> &samples) {
  double sum = 0;
  for (const Sample &s : samples)
    for (std::size_t i = 0; i < kOutputs; i++)
      if (s.target.values[i] > 0 && s.features.foreground.values[i] > 0)
        sum += std::abs(s.features.foreground.values[i] / s.target.values[i] - 1);
  return sum / static_cast<double>(samples.size() * kOutputs);
}

double rate_of(const TrainSettings &s, std::size_t epoch) {
  const double way = static_cast<double>(epoch) / s.epochs;
  return s.learning_rate * (s.final_rate + (1 - s.final_rate) * (1 + std::cos(std::numbers::pi * way)) / 2);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

nlohmann::json to_json(const TrainSettings &s) {
  nlohmann::json json;
  for (const auto &k : keys()) json[k.name] = s.*(k.value);
  return json;
}

nlohmann::json to_json(const Training &t) {
  nlohmann::json json = {{"best_epoch", t.best}, {"first_validation", t.first}, {"flowsim_validation", t.flowsim}};
  for (const char *curve : {"training", "validation", "seconds"}) json[curve] = nlohmann::json::array();
  for (const Epoch &e : t.epochs) {
    json["training"].push_back(e.training);
    json["validation"].push_back(e.validation);
    json["seconds"].push_back(e.seconds);
  }
  return json;
}

Training training_of(const nlohmann::json &json) {
  Training t{.epochs = {},
             .best = json.at("best_epoch"),
             .first = json.at("first_validation"),
             .flowsim = json.at("flowsim_validation")};
  for (std::size_t i = 0; i < json.at("training").size(); i++)
    t.epochs.push_back({json.at("training")[i], json.at("validation").at(i), json.at("seconds").at(i)});
  return t;
}

// What a state must have been trained with to be resumed: more epochs are welcome.
nlohmann::json identity(const std::vector<Record> &records, const TrainSettings &settings) {
  nlohmann::json names = nlohmann::json::array();
  for (const Record &r : records) names.push_back({r.name, r.seen.size(), r.truth.size()});
  nlohmann::json s = to_json(settings);
  s.erase("patience");
  if (settings.final_rate == 1) s.erase("epochs");
  return {{"settings", s}, {"records", names}};
}

class Trainer {
 public:
  Trainer(const std::vector<Record> &records, const TrainSettings &settings, const TrainFiles &files)
      : records_(records), settings_(settings), files_(files), view_(view_of(settings)), model_(begin()) {}

  Training run(const std::function<void(const Training &)> &done) {
    while (training_.epochs.size() < whole(settings_.epochs) &&
           training_.epochs.size() - training_.best < whole(settings_.patience)) {
      epoch();
      if (seconds_since(saved_) > kSaveEvery) save();
      done(training_);
    }
    save();
    return training_;
  }

 private:
  Model begin() {
    check(view_);
    if (records_.size() < 2) throw Error("train m3: needs at least two paths: one to learn from, one to judge by");
    std::vector<bool> judges(records_.size());
    for (const std::size_t i : held_back(records_.size(), settings_)) {
      judges[i] = true;
      Rng rng = generator(settings_, for_validation, i);
      for (std::size_t k = 0; k < whole(settings_.views); k++)
        validation_.push_back(sample_of(records_[i], view_, rng));
    }
    for (std::size_t i = 0; i < records_.size(); i++)
      if (!judges[i]) learnt_.push_back(i);
    return files_.resume ? resume() : fresh();
  }

  Model fresh() {
    const Layout layout =
        records_[0].parameters.size() == size_of(Layout::published) ? Layout::published : Layout::tcp;
    Model model(shape_of(settings_, layout), static_cast<std::uint64_t>(settings_.seed));
    training_.first = model.loss(validation_);
    training_.flowsim = flowsim_loss(validation_);
    write_file(files_.model, model.save());
    return model;
  }

  Model resume() {
    const std::string file = files_.beside("-training.pt");
    auto [model, text] = Model::load_training(read_checkpoint(file), file);
    const auto progress = nlohmann::json::parse(text, nullptr, false);
    if (progress.is_discarded() || progress.value("identity", nlohmann::json()) != identity(records_, settings_))
      throw Error(file + ": a training on other paths or with other settings: begin anew, without --resume");
    training_ = training_of(progress.at("training"));
    return std::move(model);
  }

  void epoch() {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t number = training_.epochs.size(), per_path = whole(settings_.views);
    const auto turns = shuffled(learnt_.size() * per_path, generator(settings_, for_order, number));
    Rng rng = generator(settings_, for_views, number);
    const Step step{.learning_rate = rate_of(settings_, number), .decay = settings_.decay,
                    .dropout = settings_.dropout, .mlp_dropout = settings_.mlp_dropout};
    std::vector<Sample> batch;
    double sum = 0;
    for (std::size_t i = 0; i < turns.size(); i++) {
      batch.push_back(sample_of(records_[learnt_[turns[i] / per_path]], view_, rng));
      if (batch.size() < whole(settings_.batch) && i + 1 < turns.size()) continue;
      sum += model_.learn(batch, step) * static_cast<double>(batch.size());
      batch.clear();
    }
    const double validation = model_.loss(validation_);
    if (!std::isfinite(sum + validation))
      throw Error(fmt::format("train m3: the loss of epoch {} is no finite number: lower learning_rate", number + 1));
    if (validation < training_.best_loss()) {
      training_.best = number + 1;
      write_file(files_.model, model_.save());
    }
    training_.epochs.push_back({sum / static_cast<double>(turns.size()), validation, seconds_since(start)});
  }

  void save() {
    saved_ = std::chrono::steady_clock::now();
    const nlohmann::json curves = to_json(training_);
    write_file(files_.beside("-training.pt"),
               model_.save_training(
                   nlohmann::json{{"identity", identity(records_, settings_)}, {"training", curves}}.dump()));
    write_file(files_.beside("-training.json"),
               nlohmann::json{{"settings", to_json(settings_)},
                              {"training", curves},
                              {"paths", {{"learnt", learnt_.size()}, {"held_back", records_.size() - learnt_.size()}}},
                              {"parameters", parameters_of(model_.shape())},
                              {"meta", {{"blas_core", blas_core()}, {"version", LF_VERSION}}}}
                       .dump(1) + "\n");
    std::string csv = "epoch,training,validation,seconds\n";
    for (std::size_t i = 0; i < training_.epochs.size(); i++) {
      const Epoch &e = training_.epochs[i];
      csv += fmt::format("{},{:.6f},{:.6f},{:.3f}\n", i + 1, e.training, e.validation, e.seconds);
    }
    write_file(files_.beside("-training.csv"), csv);
  }

  const std::vector<Record> &records_;
  TrainSettings settings_;
  TrainFiles files_;
  View view_;
  std::vector<std::size_t> learnt_;
  std::vector<Sample> validation_;
  Training training_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  Model model_;
};

}  // namespace

TrainSettings train_settings(const std::map<std::string, std::string> &values) {
  const auto settings = read_keys(values, "train m3", keys());
  check(shape_of(settings, Layout::tcp));
  return settings;
}

std::string train_keys() { return describe(keys()); }

TrainSettings published_settings() {
  TrainSettings s;
  s.log_ratio = 0;
  s.dim = kPublishedShape.dim;
  s.layers = kPublishedShape.layers;
  s.heads = kPublishedShape.heads;
  s.mlp = kPublishedShape.mlp;
  s.learning_rate = 1e-4;
  s.final_rate = 1;
  s.mlp_dropout = 0;
  s.epochs = s.patience = 500;
  s.window = s.views = 1;
  s.least_foreground = s.whole_target = 0;
  return s;
}

Shape shape_of(const TrainSettings &s, Layout layout) {
  return {layout, whole(s.dim), whole(s.layers), whole(s.heads), whole(s.mlp), s.log_ratio != 0};
}

std::string TrainFiles::beside(const std::string &ending) const { return stem_of(model) + ending; }

std::vector<std::size_t> held_back(std::size_t records, const TrainSettings &settings) {
  auto all = shuffled(records, generator(settings, for_split, 0));
  const double share = settings.validation_share * static_cast<double>(records);
  all.resize(std::clamp<std::size_t>(whole(share), 1, records - 1));
  return all;
}

Training train(const std::vector<Record> &records, const TrainSettings &settings, const TrainFiles &files,
               const std::function<void(const Training &)> &done) {
  return Trainer(records, settings, files).run(done);
}

}  // namespace liteflow::sim::m3
