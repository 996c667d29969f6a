// SPDX-License-Identifier: GPL-2.0
#include "daemon/config/config.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codegen/error.h"
#include "daemon/config/tables.h"

namespace liteflow {
namespace {

const std::string kHost = "[[host]]\nname = \"h\"\n";
const std::string kApp =
    "[[app]]\nname = \"cc\"\nadapter = \"aurora\"\nmodel = \"m.pt\"\ncalibration = \"c.csv\"\n";

const std::string kLb =
    "[[app]]\nname = \"lb\"\nadapter = \"lb\"\nmodel = \"m.pt\"\ncalibration = \"c.csv\"\n";

std::string error_of(const std::string &text) {
  try {
    parse_config(text, "f.toml");
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

TEST(Config, TakesWhatIsGivenAndDefaults) {
  const Config config = parse_config(
      kHost + kApp + "seed = 7\nhosts = [\"h\"]\n[app.gate]\nalpha = 0.1\n[app.update]\nrepin = true\n"
                     "canary_share = 1\n[app.options]\nlearning_rate = 0.001\nkeep = true\nn = 3\n",
      "f.toml");
  ASSERT_EQ(config.apps.size(), 1u);
  EXPECT_EQ(config.apps[0].seed, 7);
  EXPECT_EQ(config.apps[0].interval_ms, 200);
  EXPECT_EQ(config.apps[0].gate.alpha, 0.1);
  EXPECT_TRUE(config.apps[0].update.repin);
  EXPECT_EQ(config.apps[0].update.canary_share, 1);
  EXPECT_EQ(config.apps[0].update.confidence, 0.95);
  EXPECT_EQ(config.apps[0].gate.rule, "necessary");
  EXPECT_EQ(config.apps[0].options.at("learning_rate"), "0.001");
  EXPECT_EQ(config.apps[0].options.at("keep"), "true");
  EXPECT_EQ(config.apps[0].options.at("n"), "3");
  EXPECT_EQ(config.hosts[0].link, "local");
}

TEST(Config, NamesLineKeyAndRemedy) {
  struct Case {
    std::string text, where, what;
  };
  const std::vector<Case> cases{
      {"[daemon]\nlog_leve = \"info\"\n", "f.toml:2: daemon.log_leve:", "known here: log_level"},
      {"[daemon]\nlog_level = \"loud\"\n", "f.toml:2: daemon.log_level:", "must be one of: trace"},
      {"[demon]\n", "f.toml:1: demon:", "known are [daemon]"},
      {"[builder]\ntimeout_s = \"1\"\n", "f.toml:2: builder.timeout_s:", "must be an integer, not a string"},
      {"[builder]\ntimeout_s = 0\n", "f.toml:2: builder.timeout_s:", "must be from 1 to 3600"},
      {kHost + "link = \"remote\"\n" + kApp, "f.toml:1: host.address:", "is required"},
      {kHost + "address = \"a:1\"\n" + kApp, "f.toml:3: host.address:", "remote"},
      {kHost + "allow_insecure = 1\n", "f.toml:3: host.allow_insecure:", "must be true or false"},
      {kHost + "[[app]]\nname = \"cc\"\n", "f.toml:3: app.adapter:", "is required"},
      {kHost + kApp + "seed = 1.5\n", "f.toml:8: app.seed:", "not a float"},
      {kHost + kApp + "hosts = [\"x\"]\n", "f.toml:8: app.hosts:", "name of no [[host]]"},
      {kHost + kApp + "hosts = \"h\"\n", "f.toml:8: app.hosts:", "must be a list of strings"},
      {kHost + kHost + kApp, "f.toml:4: host.name:", "names two hosts"},
      {kHost + kApp + kApp, "f.toml:9: app.name:", "names two apps"},
      {kHost + kApp + "[app.gate]\nwindow = 1\n", "f.toml:9: app.gate.window:", "must be from 2 to"},
      {kHost + kApp + "[app.gate]\nmax_variance = -1.0\n", "app.gate.max_variance:", "must be 0 or more"},
      {kHost + kApp + "[app.update]\npath = \"both\"\n", "f.toml:9: app.update.path:", "auto, params"},
      {kHost + kApp + "[app.update]\ncanary_s = 5.9\n", "f.toml:3: app.update.canary_s:",
       "too short to judge a new snapshot: with slot_s and `slots` as they are, 6 s or more"},
      {kHost + kApp + "[app.update]\ncanary_share = 0\nwatch_s = 5.9\n", "f.toml:3: app.update.watch_s:",
       "6 s or more, or 0 to watch nothing"},
      {kHost + kApp + "[app.update]\ncanary_share = 0\nrepin = true\nturns_s = 11.9\n",
       "f.toml:3: app.update.turns_s:", "12 s or more, or 0 for no turns"},
      {kHost + kApp + "[app.update]\nwatch_s = 5001\n", "f.toml:3: app.update.slot_s:",
       "no more than 5000 slots are kept of canary_s, turns_s and watch_s: raise slot_s to 1.0002 or more"},
      {kHost + kApp + "[app.update]\ncanary_s = 86400\n", "f.toml:3: app.update.slot_s:", "17.28 or more"},
      {kHost + kApp + "[app.estimate]\nask = true\n", "f.toml:9: app.estimate.ask:",
       "is for the adapters sched and lb, not for aurora"},
      {kHost + kLb + "[app.estimate]\nask = true\n", "f.toml:8: app.estimate.path_mbit:", "two paths or more"},
      {kHost + kLb + "[app.estimate]\npath_mbit = 20\n", "f.toml:9: app.estimate.path_mbit:",
       "must be a list of numbers, not an integer"},
      {kHost + kLb + "[app.estimate]\npath_mbit = [20, \"much\"]\n", "f.toml:9: app.estimate.path_mbit:",
       "must be a list of numbers, not of a string"},
      {kHost + kLb + "[app.estimate]\npath_mbit = [20, 0]\n", "f.toml:9: app.estimate.path_mbit:",
       "must be 0.001 or more"},
      {kHost + kApp + "[app.options]\nx = [1]\n", "f.toml:9: app.options.x:", "must be a string"},
      {"[builder]\nsign_key = \"k\"\n", "f.toml:1: builder.sign_key:", "sign_cert"},
      {"[daemon\n", "f.toml:1:", ""},
      {kApp, "f.toml:", "at least one [[host]]"},
      {"host = 1\n" + kApp, "f.toml:1: host:", "[[host]]"},
  };
  for (const auto &c : cases) {
    const std::string error = error_of(c.text);
    EXPECT_NE(error.find(c.where), std::string::npos) << c.text << "gave: " << error;
    EXPECT_NE(error.find(c.what), std::string::npos) << c.text << "gave: " << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(Config, AnEstimateNamesThePathsRates) {
  const Config config = parse_config(kHost + kLb + "[app.estimate]\nask = true\npath_mbit = [20, 2.5]\n", "f.toml");
  EXPECT_EQ(config.apps[0].estimate.path_mbit, (std::vector<double>{20, 2.5}));
}

TEST(Config, SaysWhatChangedAndTakesWhatItCan) {
  Config before = parse_config(kHost + kApp, "f");
  const Config now = parse_config(
      kHost + kApp + "seed = 2\n[app.gate]\nalpha = 0.2\n[daemon]\nlog_level = \"debug\"\n", "f");
  const auto changes = config_changes(before, now);
  EXPECT_EQ(changes, (std::vector<std::string>{
                         "app[cc].gate.alpha: 0.05 -> 0.2",
                         "app[cc].seed: 1 -> 2 (takes effect after a restart)",
                         "daemon.log_level: info -> debug"}));
  reload_config(before, now);
  EXPECT_EQ(before.apps[0].gate.alpha, 0.2);
  EXPECT_EQ(before.apps[0].seed, 1);
  EXPECT_EQ(before.daemon.log_level, "debug");
}

TEST(Config, EveryDefaultIsWithinItsRange) {
  const auto check = []<typename T>(const OptionTable<T> &table) {
    const T section{};
    for (const auto &option : table) {
      if (const auto *field = std::get_if<double T::*>(&option.field)) {
        EXPECT_GE(section.**field, option.low) << option.name;
        EXPECT_LE(section.**field, option.high) << option.name;
      }
      if (const auto *field = std::get_if<std::int64_t T::*>(&option.field)) {
        EXPECT_GE(static_cast<double>(section.**field), option.low) << option.name;
        EXPECT_LE(static_cast<double>(section.**field), option.high) << option.name;
      }
      const auto *text = std::get_if<std::string T::*>(&option.field);
      if (text && !option.choices.empty()) {
        const auto &choices = option.choices;
        EXPECT_NE(std::find(choices.begin(), choices.end(), section.**text), choices.end())
            << option.name;
      }
      EXPECT_FALSE(option.doc.empty()) << option.name;
    }
  };
  check(daemon_table());
  check(builder_table());
  check(host_table());
  check(app_table());
  check(gate_table());
  check(update_table());
  check(estimate_table());
}

TEST(Config, ACanaryComesFirstUnlessToldOtherwise) {
  const std::string update = kHost + kApp + "[app.update]\n";
  EXPECT_EQ(parse_config(update, "f").apps[0].update.canary_share, 0.1);
  EXPECT_EQ(parse_config(update + "canary_s = 6.0\n", "f").apps[0].update.canary_s, 6);
  EXPECT_EQ(parse_config(update + "watch_s = 5000\n", "f").apps[0].update.watch_s, 5000);
  EXPECT_EQ(parse_config(update + "canary_share = 0\ncanary_s = 0\n", "f").apps[0].update.canary_s, 0);
  EXPECT_EQ(parse_config(update + "canary_share = 0\nwatch_s = 0\n", "f").apps[0].update.watch_s, 0);
  EXPECT_EQ(parse_config(update + "watch_s = 1\n", "f").apps[0].update.watch_s, 1) << "the canary proves";
}

TEST(Config, TheSampleFileHasNoError) {
  const Config config = read_config(LF_SAMPLE_CONFIG);
  EXPECT_EQ(config.apps.at(0).name, "cc");
}

TEST(Config, TheReferenceTellsEveryKey) {
  const std::string page = config_reference();
  for (const auto *key : {"`decisions`", "`kdir`", "`tls_ca`", "`interval_ms`", "`alpha`", "`first_path`"})
    EXPECT_NE(page.find(key), std::string::npos) << key;
  EXPECT_NE(page.find("float: 0 to 1. Default: `0.05`. SIGHUP changes it."), std::string::npos);
}

TEST(Config, AMissingFileIsAnError) {
  EXPECT_THROW(read_config("/nonexistent/liteflowd.toml"), Error);
}

}  // namespace
}  // namespace liteflow
