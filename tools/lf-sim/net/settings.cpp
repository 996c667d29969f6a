// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/settings.h"

#include <cmath>
#include <fstream>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/file.h"

namespace liteflow::sim {
namespace {

using Json = nlohmann::ordered_json;

struct Name {
  Congestion transport;
  const char *name;
};
constexpr Name kNames[] = {{Congestion::dctcp, "dctcp"},
                           {Congestion::cubic, "cubic"},
                           {Congestion::newreno, "newreno"},
                           {Congestion::bbr, "bbr"}};

constexpr std::uint32_t kLeastHeader = 42;  // IPv4, TCP without options, PPP

// Each field with its name, for reading and for writing.
template <typename Settings, typename Visit>
void visit(Settings &s, const Visit &field) {
  field("buffer_kb", s.buffer_kb);
  field("ecn_k_kb", s.ecn_k_kb);
  field("window_kb", s.window_kb);
  field("first_window", s.first_window);
  field("min_rto_ms", s.min_rto_ms);
  field("payload", s.wire.payload);
  field("header", s.wire.header);
  field("open_at_start", s.open_at_start);
  field("lead_ms", s.lead_ms);
  field("jitter_ns", s.jitter_ns);
  field("seed", s.seed);
  field("limit_s", s.limit_s);
}

void in_range(const char *name, double value, double least, double most) {
  if (!(value >= least && value <= most))
    throw Error(fmt::format("settings: {} = {}: must lie in [{}, {}]", name, value, least, most));
}

void get(const Json &value, bool &to) {
  if (!value.is_boolean()) throw Error("is not true or false");
  to = value.get<bool>();
}

void get(const Json &value, double &to) {
  if (!value.is_number()) throw Error("is not a number");
  to = value.get<double>();
}

template <typename Whole>
void get(const Json &value, Whole &to) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<Whole>::max())
    throw Error("is not a whole number of that range");
  to = value.get<Whole>();
}

}  // namespace

Congestion congestion_of(const std::string &name) {
  for (const Name &n : kNames)
    if (name == n.name) return n.transport;
  throw Error(fmt::format("transport \"{}\" is unknown: use dctcp, cubic, newreno or bbr", name));
}

std::string name_of(Congestion transport) {
  for (const Name &n : kNames)
    if (transport == n.transport) return n.name;
  throw Error("transport is none of the four");
}

void check(const TcpSettings &s) {
  in_range("buffer_kb", s.buffer_kb, 10, 1e6);
  in_range("ecn_k_kb", s.ecn_k_kb, 0, s.buffer_kb);
  in_range("window_kb", s.window_kb, 2e-3 * s.wire.payload, 1e6);
  in_range("first_window", s.first_window, 1, 1000);
  in_range("min_rto_ms", s.min_rto_ms, 0.1, 1000);
  in_range("payload", s.wire.payload, 100, 9000);
  in_range("header", s.wire.header, kLeastHeader, 200);
  in_range("lead_ms", s.lead_ms, 0.1, 1000);
  in_range("jitter_ns", s.jitter_ns, 0, 1e6);
  in_range("limit_s", s.limit_s, 1e-3, 1e5);
  if (s.transport == Congestion::dctcp && s.ecn_k_kb == 0)
    throw Error("settings: ecn_k_kb = 0: DCTCP needs a queue that marks");
  if (s.transport == Congestion::bbr && s.ecn_k_kb > 0)
    throw Error(fmt::format("settings: ecn_k_kb = {}: BBR takes no notice of marks; set it to 0", s.ecn_k_kb));
}

void write_settings(const std::string &file, const TcpSettings &settings) {
  Json json;
  json["transport"] = name_of(settings.transport);
  visit(settings, [&](const char *name, const auto &value) { json[name] = value; });
  write_file(file, json.dump(2) + "\n");
}

TcpSettings read_settings(const std::string &file) {
  std::ifstream in(file);
  if (!in) throw Error(file + ": cannot read the settings");
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) throw Error(file + ": is no JSON object");
  TcpSettings s;
  std::size_t known = 0;
  const auto read = [&](const char *name, const auto &take) {
    const auto found = json.find(name);
    if (found == json.end()) return;
    known++;
    try {
      take(*found);
    } catch (const Error &e) {
      throw Error(fmt::format("{}: {}: {}", file, name, e.what()));
    }
  };
  read("transport", [&](const Json &value) {
    if (!value.is_string()) throw Error("is not a name");
    s.transport = congestion_of(value.get<std::string>());
  });
  std::string names = "transport";
  visit(s, [&](const char *name, auto &value) {
    read(name, [&](const Json &from) { get(from, value); });
    names += std::string(", ") + name;
  });
  if (known < json.size())
    throw Error(fmt::format("{}: has {} fields that are unknown; known are {}", file, json.size() - known, names));
  try {
    check(s);
  } catch (const Error &e) {
    throw Error(file + ": " + e.what());
  }
  return s;
}

}  // namespace liteflow::sim
