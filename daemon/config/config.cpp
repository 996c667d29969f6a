// SPDX-License-Identifier: GPL-2.0
#include "daemon/config/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "codegen/error.h"
#include "daemon/config/tables.h"

namespace liteflow {
namespace {

constexpr double kMostSlots = 5000;  // of a trial; as many are kept from before it

// Where in the file something is, for errors.
struct Place {
  std::string file, key;
  unsigned line = 0;

  [[noreturn]] void fail(const std::string &what) const {
    throw Error(fmt::format("{}:{}: {}: {}", file, line, key, what));
  }
};

class Parser {
 public:
  explicit Parser(std::string file) : file_(std::move(file)) {}

  Config parse(const toml::table &root);

 private:
  Place place(const std::string &key, const toml::node &node) const {
    return {file_, key, node.source().begin.line};
  }
  const toml::table &table(const std::string &key, const toml::node &node) const;
  std::vector<const toml::table *> tables(const std::string &key, const toml::table &root) const;

  template <typename T>
  void section(const std::string &prefix, const toml::table &from, const OptionTable<T> &options,
               const std::set<std::string_view> &others, T &to) const;
  template <typename T>
  void value(const Place &place, const toml::node &from, const Option<T> &option, T &to) const;

  AppOptions app(const toml::table &from) const;
  void check_host(const toml::table &from, const HostOptions &host) const;
  void check_app(const toml::table &from, const AppOptions &app) const;
  void check_estimate(const toml::table &from, const AppOptions &app) const;
  void check_names(const Config &config, const toml::table &root) const;
  void require(const std::string &key, const std::string &value, const toml::table &from) const {
    if (value.empty()) place(key, from).fail("is required");
  }

  std::string file_;
};

const char *type_name(const toml::node &node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a float";
    case toml::node_type::boolean: return "a boolean";
    default: return "a date or time";
  }
}

template <typename T>
void check_range(const Place &place, double value, const Option<T> &option) {
  if (std::isfinite(value) && value >= option.low && value <= option.high) return;
  if (std::isinf(option.high)) place.fail(fmt::format("must be {} or more", option.low));
  place.fail(fmt::format("must be from {} to {}", option.low, option.high));
}

std::string text(const Place &place, const toml::node &node,
                 const std::vector<std::string_view> &choices) {
  const auto value = node.value_exact<std::string>();
  if (!value) place.fail(fmt::format("must be a string, not {}", type_name(node)));
  if (!choices.empty() && std::find(choices.begin(), choices.end(), *value) == choices.end())
    place.fail(fmt::format("must be one of: {}", fmt::join(choices, ", ")));
  return *value;
}

std::vector<std::string> strings(const Place &place, const toml::node &node) {
  const auto *list = node.as_array();
  if (!list) place.fail(fmt::format("must be a list of strings, not {}", type_name(node)));
  std::vector<std::string> values;
  for (const auto &entry : *list) values.push_back(text(place, entry, {}));
  return values;
}

std::vector<double> numbers(const Place &place, const toml::node &node) {
  const auto *list = node.as_array();
  if (!list) place.fail(fmt::format("must be a list of numbers, not {}", type_name(node)));
  std::vector<double> values;
  for (const auto &entry : *list) {
    if (!entry.is_number()) place.fail(fmt::format("must be a list of numbers, not of {}", type_name(entry)));
    values.push_back(*entry.value<double>());
  }
  return values;
}

template <typename T>
void Parser::value(const Place &place, const toml::node &from, const Option<T> &option,
                   T &to) const {
  const auto set = [&]<typename V>(V T::*field) {
    if constexpr (std::is_same_v<V, std::string>) {
      to.*field = text(place, from, option.choices);
    } else if constexpr (std::is_same_v<V, std::vector<std::string>>) {
      to.*field = strings(place, from);
    } else if constexpr (std::is_same_v<V, std::vector<double>>) {
      to.*field = numbers(place, from);
      for (const double number : to.*field) check_range(place, number, option);
    } else if constexpr (std::is_same_v<V, bool>) {
      if (!from.is_boolean())
        place.fail(fmt::format("must be true or false, not {}", type_name(from)));
      to.*field = *from.value_exact<bool>();
    } else if constexpr (std::is_same_v<V, std::int64_t>) {
      if (!from.is_integer())
        place.fail(fmt::format("must be an integer, not {}", type_name(from)));
      to.*field = *from.value_exact<std::int64_t>();
      check_range(place, static_cast<double>(to.*field), option);
    } else {
      if (!from.is_number()) place.fail(fmt::format("must be a number, not {}", type_name(from)));
      to.*field = *from.value<double>();
      check_range(place, to.*field, option);
    }
  };
  std::visit(set, option.field);
}

template <typename T>
void Parser::section(const std::string &prefix, const toml::table &from,
                     const OptionTable<T> &options, const std::set<std::string_view> &others,
                     T &to) const {
  for (const auto &[key, node] : from) {
    const std::string_view name = key.str();
    if (others.contains(name)) continue;
    const Place where = place(fmt::format("{}.{}", prefix, name), node);
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&](const auto &o) { return o.name == name; });
    if (option == options.end()) {
      std::vector<std::string_view> known(others.begin(), others.end());
      for (const auto &o : options) known.push_back(o.name);
      where.fail(fmt::format("unknown key; known here: {}", fmt::join(known, ", ")));
    }
    value(where, node, *option, to);
  }
}

const toml::table &Parser::table(const std::string &key, const toml::node &node) const {
  if (!node.is_table()) place(key, node).fail(fmt::format("must be a table: [{}]", key));
  return *node.as_table();
}

std::vector<const toml::table *> Parser::tables(const std::string &key,
                                                const toml::table &root) const {
  std::vector<const toml::table *> found;
  const toml::node *node = root.get(key);
  if (!node) throw Error(fmt::format("{}: needs at least one [[{}]] section", file_, key));
  if (!node->is_array_of_tables())
    place(key, *node).fail(fmt::format("must be written [[{}]], one for each", key));
  for (const auto &entry : *node->as_array()) found.push_back(entry.as_table());
  return found;
}

AppOptions Parser::app(const toml::table &from) const {
  AppOptions app;
  section("app", from, app_table(), {"gate", "update", "estimate", "options"}, app);
  if (const auto *node = from.get("gate"))
    section("app.gate", table("app.gate", *node), gate_table(), {}, app.gate);
  if (const auto *node = from.get("update"))
    section("app.update", table("app.update", *node), update_table(), {}, app.update);
  if (const auto *node = from.get("estimate"))
    section("app.estimate", table("app.estimate", *node), estimate_table(), {}, app.estimate);
  if (const auto *node = from.get("options")) {
    for (const auto &[key, entry] : table("app.options", *node)) {
      const Place where = place(fmt::format("app.options.{}", key.str()), entry);
      if (entry.is_string())
        app.options.emplace(key.str(), *entry.value<std::string>());
      else if (entry.is_boolean())
        app.options.emplace(key.str(), *entry.value<bool>() ? "true" : "false");
      else if (entry.is_integer())
        app.options.emplace(key.str(), std::to_string(*entry.value<std::int64_t>()));
      else if (entry.is_floating_point())
        app.options.emplace(key.str(), fmt::format("{}", *entry.value<double>()));
      else
        where.fail("must be a string, a number or a boolean");
    }
  }
  check_app(from, app);
  return app;
}

void Parser::check_host(const toml::table &from, const HostOptions &host) const {
  require("host.name", host.name, from);
  if (host.link == "remote") require("host.address", host.address, from);
  if (host.link == "local" && !host.address.empty())
    place("host.address", *from.get("address")).fail("belongs to link = \"remote\" only");
}

void Parser::check_app(const toml::table &from, const AppOptions &app) const {
  require("app.name", app.name, from);
  require("app.adapter", app.adapter, from);
  require("app.model", app.model, from);
  require("app.calibration", app.calibration, from);
  if (app.estimate.ask) check_estimate(*from.get("estimate")->as_table(), app);
  const auto &update = app.update;
  // A slot ends with the first look after slot_s: as many as would just fit don't.
  const double least_s = update.slot_s * static_cast<double>(update.slots + 1);
  const auto check_length = [&](const char *key, double seconds, double least, const char *remedy) {
    if (seconds < least)
      place(std::string("app.update.") + key, from)
          .fail(fmt::format("is too short to judge a new snapshot: with slot_s and `slots` as they are, "
                            "{} s or more{}", least, remedy));
  };
  if (update.canary_share > 0)
    check_length("canary_s", update.canary_s, least_s, "");
  else if (update.repin && update.turns_s > 0)
    check_length("turns_s", update.turns_s, 2 * least_s, ", or 0 for no turns");
  else if (update.watch_s > 0)
    check_length("watch_s", update.watch_s, least_s, ", or 0 to watch nothing");
  const double longest_s = std::max({update.canary_s, update.turns_s, update.watch_s});
  if (longest_s > kMostSlots * update.slot_s)
    place("app.update.slot_s", from)
        .fail(fmt::format("no more than {} slots are kept of canary_s, turns_s and watch_s: raise slot_s "
                          "to {} or more, or shorten the longest one",
                          kMostSlots, longest_s / kMostSlots));
}

void Parser::check_estimate(const toml::table &from, const AppOptions &app) const {
  if (app.adapter != "sched" && app.adapter != "lb")
    place("app.estimate.ask", *from.get("ask"))
        .fail(fmt::format("is for the adapters sched and lb, not for {}", app.adapter));
  if (app.adapter == "lb" && app.estimate.path_mbit.size() < 2)
    place("app.estimate.path_mbit", from).fail("give the rates of two paths or more, such as [40000, 40000]");
}

void Parser::check_names(const Config &config, const toml::table &root) const {
  std::set<std::string> hosts, apps;
  const auto host_tables = tables("host", root), app_tables = tables("app", root);
  for (std::size_t i = 0; i < config.hosts.size(); i++)
    if (!hosts.insert(config.hosts[i].name).second)
      place("host.name", *host_tables[i]->get("name")).fail("names two hosts; give each its own");
  for (std::size_t i = 0; i < config.apps.size(); i++) {
    if (!apps.insert(config.apps[i].name).second)
      place("app.name", *app_tables[i]->get("name")).fail("names two apps; an app has one model");
    for (const auto &host : config.apps[i].hosts)
      if (!hosts.contains(host))
        place("app.hosts", *app_tables[i]->get("hosts"))
            .fail(fmt::format("\"{}\" is the name of no [[host]]", host));
  }
}

Config Parser::parse(const toml::table &root) {
  Config config;
  for (const auto &[key, node] : root)
    if (const auto name = key.str();
        name != "daemon" && name != "builder" && name != "host" && name != "app")
      place(std::string(name), node)
          .fail("unknown section; known are [daemon], [builder], [[host]] and [[app]]");
  if (const auto *node = root.get("daemon"))
    section("daemon", table("daemon", *node), daemon_table(), {}, config.daemon);
  if (const auto *node = root.get("builder"))
    section("builder", table("builder", *node), builder_table(), {}, config.builder);
  if (config.builder.sign_key.empty() != config.builder.sign_cert.empty())
    place("builder.sign_key", *root.get("builder")).fail("goes together with sign_cert");
  for (const auto *from : tables("host", root)) {
    HostOptions host;
    section("host", *from, host_table(), {}, host);
    check_host(*from, host);
    config.hosts.push_back(std::move(host));
  }
  for (const auto *from : tables("app", root)) config.apps.push_back(app(*from));
  check_names(config, root);
  return config;
}

}  // namespace

Config parse_config(const std::string &text, const std::string &name) {
  try {
    return Parser(name).parse(toml::parse(text, name));
  } catch (const toml::parse_error &error) {
    throw Error(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
}

Config read_config(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!(text << file.rdbuf()))
    throw Error(fmt::format("{}: can't read this file; `liteflowd config-reference` tells what it "
                            "may hold", path));
  return parse_config(text.str(), path);
}

}  // namespace liteflow
