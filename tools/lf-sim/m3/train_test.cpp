// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/train.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

namespace fs = std::filesystem;

class Train : public testing::Test {
 protected:
  Train() {
    use_one_thread();
    fs::create_directories(folder_);
    for (std::uint64_t i = 0; i < 40; i++) records_.push_back(made_up_record(i));
    settings_.dim = settings_.mlp = 16;
    settings_.layers = 1;
    settings_.heads = 2;
    settings_.dropout = 0.1;
    settings_.learning_rate = 5e-3;
    settings_.views = 1;
    settings_.epochs = 12;
    settings_.least_foreground = 0;
    settings_.whole_target = 0;
    settings_.validation_share = 0.25;
  }
  ~Train() override { fs::remove_all(folder_); }

  TrainFiles files(const std::string &name, bool resume = false) const {
    return {(folder_ / (name + ".pt")).string(), resume};
  }
  Training run(const TrainFiles &files) const { return train(records_, settings_, files, [](const Training &) {}); }
  static std::string read(const std::string &file) { return read_checkpoint(file); }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("m3-train-{}", getpid());
  std::vector<Record> records_;
  TrainSettings settings_;
};

TEST_F(Train, improves_on_flowsim) {
  const Training t = run(files("a"));
  EXPECT_EQ(t.epochs.size(), 12U);
  EXPECT_NEAR(t.first, t.flowsim, 1e-5);
  EXPECT_GT(t.best, 1U);
  EXPECT_LT(t.best_loss(), 0.7 * t.flowsim);
  EXPECT_LT(t.epochs.back().training, t.epochs.front().training);
  // What is left behind is the best one.
  std::vector<Sample> held;
  Rng rng(1);
  settings_.window = 1;
  for (const std::size_t i : held_back(records_.size(), settings_)) held.push_back(sample_of(records_[i], {}, rng));
  const Model model = Model::load(read(files("a").model), "a.pt");
  EXPECT_LT(model.loss(held), 0.8 * t.flowsim);
  EXPECT_EQ(model.shape(), shape_of(settings_, Layout::tcp));
}

TEST_F(Train, few_shown_flows_and_the_whole_as_the_target) {
  settings_.least_foreground = 2;
  settings_.whole_target = 1;
  settings_.views = 2;
  const Training t = run(files("a"));
  EXPECT_LT(t.best_loss(), 0.8 * t.flowsim);
}

TEST_F(Train, writes_its_curves) {
  settings_.epochs = 3;
  const Training t = run(files("a"));
  std::ifstream in(files("a").beside("-training.json"));
  const auto json = nlohmann::json::parse(in);
  EXPECT_EQ(json.at("training").at("validation").size(), 3U);
  EXPECT_EQ(json.at("training").at("validation")[2].get<double>(), t.epochs[2].validation);
  EXPECT_EQ(json.at("settings").at("dim"), 16);
  EXPECT_EQ(json.at("paths").at("held_back"), 10);
  const std::string csv = read(files("a").beside("-training.csv"));
  EXPECT_EQ(csv.substr(0, csv.find('\n')), "epoch,training,validation,seconds");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
}

TEST_F(Train, resumed_it_ends_as_if_it_had_not_stopped) {
  settings_.final_rate = 1;
  settings_.epochs = 6;
  run(files("whole"));
  settings_.epochs = 3;
  run(files("parts"));
  settings_.epochs = 6;
  const Training t = run(files("parts", true));
  EXPECT_EQ(t.epochs.size(), 6U);
  EXPECT_EQ(read(files("whole").model), read(files("parts").model));
  const auto of = [&](const char *name) {
    auto json = nlohmann::json::parse(read(files(name).beside("-training.json")));
    json["training"].erase("seconds");
    return json["training"];
  };
  EXPECT_EQ(of("whole"), of("parts"));
}

TEST_F(Train, refuses_to_resume_what_was_another_training) {
  EXPECT_THROW(run(files("a", true)), Error);  // nothing there
  settings_.epochs = 2;
  run(files("a"));
  settings_.decay = 0.5;
  EXPECT_THROW(run(files("a", true)), Error);
  settings_.decay = TrainSettings().decay;
  records_.pop_back();
  EXPECT_THROW(run(files("a", true)), Error);
}

TEST_F(Train, stops_when_it_no_longer_gets_better) {
  settings_.learning_rate = 0.1;
  settings_.patience = 2;
  settings_.epochs = 50;
  const Training t = run(files("a"));
  EXPECT_LT(t.epochs.size(), 50U);
  EXPECT_EQ(t.epochs.size(), t.best + 2);
}

TEST_F(Train, holds_back_a_share_by_the_seed) {
  const auto held = held_back(40, settings_);
  EXPECT_EQ(held.size(), 10U);
  EXPECT_EQ(std::set<std::size_t>(held.begin(), held.end()).size(), 10U);
  EXPECT_EQ(held_back(40, settings_), held);
  EXPECT_EQ(held_back(2, settings_).size(), 1U);
  settings_.seed = 2;
  EXPECT_NE(held_back(40, settings_), held);
}

TEST_F(Train, needs_two_paths) {
  records_.resize(1);
  EXPECT_THROW(run(files("a")), Error);
}

TEST_F(Train, settings_by_name) {
  const TrainSettings s = train_settings({{"epochs", "7"}, {"log_ratio", "0"}});
  EXPECT_EQ(s.epochs, 7);
  EXPECT_FALSE(shape_of(s, Layout::tcp).log_ratio);
  EXPECT_THROW(train_settings({{"epoch", "7"}}), Error);
  EXPECT_THROW(train_settings({{"window", "0"}}), Error);
  EXPECT_THROW(train_settings({{"dim", "9"}}), Error);
  EXPECT_NE(train_keys().find("patience"), std::string::npos);
  EXPECT_EQ(shape_of(published_settings(), Layout::published), kPublishedShape);
}

}  // namespace
}  // namespace liteflow::sim::m3
