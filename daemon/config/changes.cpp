// SPDX-License-Identifier: GPL-2.0
// What SIGHUP finds changed, and what of it can be taken over.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

#include "daemon/config/config.h"
#include "daemon/config/tables.h"

namespace liteflow {
namespace {

template <typename T>
std::string value_text(const T &section, const Option<T> &option) {
  return std::visit([&](auto field) { return fmt::format("{}", section.*field); }, option.field);
}

struct Value {
  std::string text;
  bool reload = false;
  bool operator==(const Value &) const = default;
};
using Values = std::map<std::string, Value>;

template <typename T>
void flatten(const std::string &prefix, const T &section, const OptionTable<T> &table, Values &to) {
  for (const auto &option : table)
    to[fmt::format("{}.{}", prefix, option.name)] = {value_text(section, option), option.reload};
}

Values flatten(const Config &config) {
  Values values;
  flatten("daemon", config.daemon, daemon_table(), values);
  flatten("builder", config.builder, builder_table(), values);
  for (const auto &host : config.hosts)
    flatten(fmt::format("host[{}]", host.name), host, host_table(), values);
  for (const auto &app : config.apps) {
    const auto prefix = fmt::format("app[{}]", app.name);
    flatten(prefix, app, app_table(), values);
    flatten(prefix + ".gate", app.gate, gate_table(), values);
    flatten(prefix + ".update", app.update, update_table(), values);
    flatten(prefix + ".estimate", app.estimate, estimate_table(), values);
    for (const auto &[key, value] : app.options) values[prefix + ".options." + key] = {value, false};
  }
  return values;
}

template <typename T>
void take(T &section, const T &from, const OptionTable<T> &table) {
  for (const auto &option : table)
    if (option.reload)
      std::visit([&](auto field) { section.*field = from.*field; }, option.field);
}

}  // namespace

std::vector<std::string> config_changes(const Config &from, const Config &to) {
  const Values before = flatten(from), after = flatten(to);
  Values all = before;
  all.insert(after.begin(), after.end());
  std::vector<std::string> changes;
  for (const auto &[key, value] : all) {
    const auto old = before.find(key), now = after.find(key);
    if (old != before.end() && now != after.end() && old->second == now->second) continue;
    changes.push_back(fmt::format("{}: {} -> {}{}", key,
                                  old == before.end() ? "(none)" : old->second.text,
                                  now == after.end() ? "(none)" : now->second.text,
                                  value.reload ? "" : " (takes effect after a restart)"));
  }
  return changes;
}

void reload_config(Config &config, const Config &to) {
  take(config.daemon, to.daemon, daemon_table());
  take(config.builder, to.builder, builder_table());
  for (auto &app : config.apps)
    for (const auto &other : to.apps) {
      if (other.name != app.name) continue;
      take(app, other, app_table());
      take(app.gate, other.gate, gate_table());
      take(app.update, other.update, update_table());
      take(app.estimate, other.estimate, estimate_table());
    }
}

}  // namespace liteflow
