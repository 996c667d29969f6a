// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/figures.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "codegen/error.h"

namespace liteflow::bench {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

nlohmann::json host() {
  utsname name{};
  uname(&name);
  double load[3] = {};
  getloadavg(load, 3);
  return {{"cpu", cpu_name()},
          {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
          {"load", {rounded(load[0], 2), rounded(load[1], 2), rounded(load[2], 2)}},
          {"kernel", name.release},
          {"compiler", "gcc " __VERSION__}};
}

void check_numbers(const nlohmann::json &value, const std::string &path) {
  if (value.is_null()) throw Error(path + ": not a number");
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    throw Error(path + ": not a finite number");
  if (!value.is_structured()) return;
  for (const auto &item : value.items()) check_numbers(item.value(), path + "." + item.key());
}

}  // namespace

double percentile(std::vector<double> values, double p) {
  if (values.empty()) throw Error("a percentile of nothing");
  std::sort(values.begin(), values.end());
  const double rank = std::clamp(p, 0.0, 100.0) / 100 * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(rank);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (rank - static_cast<double>(low));
}

double rounded(double value, int digits) {
  const double unit = std::pow(10, digits);
  return std::round(value * unit) / unit;
}

nlohmann::json spread(const std::vector<double> &values, int digits) {
  const auto at = [&](double p) { return rounded(percentile(values, p), digits); };
  return {{"n", values.size()}, {"min", at(0)},  {"p10", at(10)}, {"median", at(50)},
          {"p90", at(90)},      {"p99", at(99)}, {"max", at(100)}};
}

nlohmann::json make_result(const std::string &name, nlohmann::json parameters,
                           nlohmann::json figures, nlohmann::json meta) {
  meta["host"] = host();
  nlohmann::json result = {{"name", name},
                           {"parameters", std::move(parameters)},
                           {"figures", std::move(figures)},
                           {"meta", std::move(meta)}};
  check_result(result);
  return result;
}

void check_result(const nlohmann::json &result) {
  if (!result.is_object()) throw Error("a result must be an object");
  if (!result.contains("name") || !result["name"].is_string())
    throw Error("a result needs a name");
  for (const char *member : {"parameters", "figures", "meta"})
    if (!result.contains(member) || !result[member].is_object())
      throw Error(fmt::format("a result needs an object \"{}\"", member));
  check_numbers(result, result["name"].get<std::string>());
}

void write_result(const std::string &path, const nlohmann::json &result) {
  check_result(result);
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::trunc);
  file << result.dump(2) << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0)
    throw Error(path + ": can't be written");
}

nlohmann::json read_result(const std::string &path) {
  std::ifstream file(path);
  if (!file) throw Error(path + ": can't be read");
  try {
    const nlohmann::json result = nlohmann::json::parse(file);
    check_result(result);
    return result;
  } catch (const std::exception &e) {
    throw Error(path + ": " + e.what());
  }
}

}  // namespace liteflow::bench
