// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/train.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/script.h"
#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

namespace fs = std::filesystem;

class Train : public testing::Test {
 protected:
  Train() {
    use_one_thread();
    fs::create_directories(folder_);
    for (std::uint64_t i = 0; i < 6; i++) records_.push_back(made_up_record(i, 50, 25000));
    settings_.hidden = settings_.graph = 8;
    settings_.learning_rate = 2e-2;
    settings_.horizon = 8;
    settings_.lockstep = 32;
    settings_.epochs = 3;
    settings_.validation_share = 0.34;
  }
  ~Train() override { fs::remove_all(folder_); }

  TrainFiles files(const std::string &name, bool resume = false) const {
    return {(folder_ / (name + ".m4")).string(), resume};
  }
  Training run(const TrainFiles &files, const TrainEvents &events = {}) const {
    return train(records_, settings_, files, events);
  }
  static std::string read(const std::string &file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }

  fs::path folder_ = fs::temp_directory_path() / ("lf-m4-train-" + std::to_string(getpid()));
  std::vector<Record> records_;
  TrainSettings settings_;
};

TEST_F(Train, improves_on_fluid_where_it_runs_by_itself) {
  std::uint64_t last = 0, total = 0;
  const Training t = run(files("a"), {.epoch = {}, .learning = [&](std::uint64_t done, std::uint64_t of) {
    last = done;
    total = of;
  }});
  ASSERT_EQ(t.epochs.size(), 3U);
  EXPECT_GT(t.first.mean, 0.25);
  EXPECT_LT(t.best_mean(), 0.7 * t.first.mean);
  EXPECT_LT(t.epochs.back().training.slowdown, t.epochs.front().training.slowdown);
  EXPECT_LT(t.epochs.back().training.quantile, t.epochs.front().training.quantile);
  EXPECT_EQ(last, 4U * 50 * 2);
  EXPECT_EQ(total, last);
  // What is left behind is the best one.
  std::vector<const Record *> held;
  for (const std::size_t i : held_back(records_.size(), settings_)) held.push_back(&records_[i]);
  EXPECT_EQ(evaluate(held, read_weights(files("a").weights)).mean, t.best_mean());
}

TEST_F(Train, writes_its_curves) {
  settings_.epochs = 2;
  settings_.flows = 40;
  const Training t = run(files("a"));
  const auto json = nlohmann::json::parse(read(files("a").beside("-training.json")));
  EXPECT_EQ(json.at("training").at("validation").size(), 2U);
  EXPECT_EQ(json.at("training").at("validation")[1][0].get<double>(), t.epochs[1].validation.mean);
  EXPECT_EQ(json.at("settings").at("hidden"), 8);
  EXPECT_EQ(json.at("records").at("held_back"), 2);
  const std::string csv = read(files("a").beside("-training.csv"));
  EXPECT_EQ(csv.substr(0, 15), "epoch,slowdown,");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
}

TEST_F(Train, the_same_again_and_resumed) {
  settings_.flows = 40;
  settings_.epochs = 3;
  settings_.final_rate = 1;
  run(files("a"));
  run(files("b"));
  EXPECT_EQ(read(files("a").weights), read(files("b").weights));
  settings_.epochs = 1;
  run(files("c"));
  settings_.epochs = 3;
  const Training t = run(files("c", true));
  EXPECT_EQ(t.epochs.size(), 3U);
  EXPECT_EQ(read(files("a").weights), read(files("c").weights));
  settings_.seed = 2;
  run(files("d"));
  EXPECT_NE(read(files("a").weights), read(files("d").weights));
}

TEST_F(Train, resumes_only_what_is_its_own) {
  EXPECT_THROW(run(files("a", true)), Error);
  settings_.flows = 20;
  settings_.epochs = 1;
  run(files("a"));
  settings_.learning_rate = 1e-3;
  EXPECT_THROW(run(files("a", true)), Error);
  settings_.learning_rate = 2e-2;
  EXPECT_NO_THROW(run(files("a", true)));
  records_.pop_back();
  EXPECT_THROW(run(files("a", true)), Error);
}

TEST_F(Train, patience_ends_it) {
  settings_.flows = 20;
  settings_.epochs = 20;
  settings_.patience = 2;
  settings_.learning_rate = 0;
  EXPECT_EQ(run(files("a")).epochs.size(), 2U);
}

TEST_F(Train, too_little_is_refused) {
  records_.resize(1);
  EXPECT_THROW(run(files("a")), Error);
  records_.push_back(records_[0]);
  records_[0].parameters.pop_back();
  EXPECT_THROW(run(files("a")), Error);
}

TEST(TrainSettings, are_read) {
  const auto s = train_settings({{"hidden", "32"}, {"reach", "2"}, {"balance", "0.5"}});
  EXPECT_EQ(shape_of(s), (Shape{32, 96, 1, 2}));
  EXPECT_EQ(s.balance, 0.5);
  EXPECT_THROW(train_settings({{"width", "32"}}), Error);
  EXPECT_THROW(train_settings({{"hidden", "-1"}}), Error);
  EXPECT_THROW(train_settings({{"epochs", "many"}}), Error);
  EXPECT_NE(train_keys().find("horizon = 32"), std::string::npos);
  EXPECT_EQ(shape_of(published_settings()), kPublishedShape);
}

}  // namespace
}  // namespace liteflow::sim::m4
