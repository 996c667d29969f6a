// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/published.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "codegen/error.h"
#include "tools/lf-sim/flowsim/npy.h"
#include "tools/lf-sim/m3/slowdown.h"

namespace liteflow::sim::m3 {
namespace {

namespace fs = std::filesystem;

// What a folder's files are called behind their nouns: of feat_topo-pl-3_s0.npz it is _topo-pl-3_s0.
std::string ending_of(const std::string &folder) {
  std::error_code code;
  for (const auto &entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("feat_") && name.ends_with(".npz")) return name.substr(4, name.size() - 8);
  }
  throw Error(folder + ": no feat_*.npz in it: not a folder of m3's demo paths");
}

// Numbers of a file, as many as expected; 0: any number of them.
std::vector<double> numbers(const std::string &file, std::size_t expected) {
  std::vector<double> values = read_npy(file).values;
  if (expected && values.size() != expected)
    throw Error(fmt::format("{}: {} values, expected {}: its files are of different paths", file, values.size(),
                            expected));
  return values;
}

// Of an array in feat_*.npz.
std::vector<float> floats(const std::string &file, const std::string &array) {
  const auto all = read_npz(file);
  const auto found = all.find(array);
  if (found == all.end()) throw Error(fmt::format("{}: no array \"{}\" in it", file, array));
  return {found->second.values.begin(), found->second.values.end()};
}

Lot lot_of(const std::string &folder) {
  const std::vector<double> sizes = numbers(folder + "/fsize.npy", 0);
  const std::vector<double> starts = numbers(folder + "/fat.npy", sizes.size());
  const std::vector<double> ends = numbers(folder + "/fsd.npy", 2 * sizes.size());
  const auto last = static_cast<std::uint32_t>(ends.empty() ? 0 : *std::max_element(ends.begin(), ends.end()));
  std::vector<Link> links;
  for (std::uint32_t i = 0; i < last; i++)
    links.push_back({i, i + 1, i == 0 || i + 1 == last ? 10.0 : 40.0, 1000});
  Lot lot = empty_lot(links);
  for (std::size_t i = 0; i < sizes.size(); i++) {
    const Part part{i, static_cast<std::uint32_t>(ends[2 * i]), static_cast<std::uint32_t>(ends[2 * i + 1]),
                    static_cast<std::uint64_t>(sizes[i]), starts[i]};
    if (!(ends[2 * i] >= 0) || part.first >= part.last || !(sizes[i] >= 1))
      throw Error(fmt::format("{}: flow {}: {} bytes from {} to {}: no flow on a path", folder, i, sizes[i],
                              ends[2 * i], ends[2 * i + 1]));
    lot.parts.push_back(part);
  }
  return lot;
}

std::vector<Seen> truth_of(const std::string &folder, const std::string &ending, const Lot &lot) {
  const std::vector<double> ids = numbers(folder + "/fid" + ending + ".npy", 0);
  const std::vector<double> fct = numbers(folder + "/fct" + ending + ".npy", ids.size());
  const std::vector<double> ideal = numbers(folder + "/fct_i" + ending + ".npy", ids.size());
  std::vector<Seen> truth;
  for (std::size_t i = 0; i < ids.size(); i++) {
    if (!(ids[i] >= 0 && ids[i] < static_cast<double>(lot.parts.size())))
      throw Error(fmt::format("{}/fid{}.npy: flow {}: there are {}", folder, ending, ids[i], lot.parts.size()));
    const auto part = static_cast<std::uint32_t>(ids[i]);
    const Part &p = lot.parts[part];
    if (lot.foreground(p)) truth.push_back({fct[i] / ideal[i], p.bytes, p.first, p.last, part, true});
  }
  sort(truth);
  return truth;
}

std::vector<double> slowdowns_of(const PublishedPath &path) {
  std::vector<double> values;
  for (std::size_t i = 0; i < path.lot.parts.size(); i++)
    values.push_back(slowdown(published_alone(path.lot, path.lot.parts[i]), path.flowsim_ns[i]));
  return values;
}

template <typename Values, typename Published>
Agreement agreement(const Values &values, const Published &published) {
  Agreement a{.values = published.size(), .equal = 0};
  for (std::size_t i = 0; i < std::min<std::size_t>(values.size(), published.size()); i++)
    a.equal += values[i] == published[i];
  return a;
}

Agreement closeness(const std::vector<double> &values, const std::vector<double> &published) {
  Agreement a{.values = published.size(), .equal = 0};
  for (std::size_t i = 0; i < std::min(values.size(), published.size()); i++)
    a.equal += std::abs(values[i] - published[i]) <= 1e-6 * published[i] + 1;
  return a;
}

}  // namespace

std::vector<std::string> published_folders(const std::string &folder) {
  std::error_code code;
  std::vector<std::string> all;
  for (const auto &entry : fs::directory_iterator(folder, code))
    if (fs::exists(entry.path() / "fsize.npy")) all.push_back(entry.path().string());
  if (all.empty()) throw Error(folder + ": no folders with fsize.npy in it: give the folder of m3's demo paths");
  std::sort(all.begin(), all.end());
  return all;
}

PublishedPath read_published(const std::string &folder) {
  const std::string ending = ending_of(folder), features = folder + "/feat" + ending + ".npz";
  PublishedPath path{.folder = folder, .lot = lot_of(folder), .flowsim_ns = {}, .truth = {}, .parameters = {},
                     .maps = {}, .target = floats(features, "res_output"), .tail = {}};
  path.flowsim_ns = numbers(folder + "/fct_flowsim.npy", path.lot.parts.size());
  path.truth = truth_of(folder, ending, path.lot);
  const std::string file = folder + "/param" + ending + ".npy";
  path.parameters = published_parameters(numbers(file, 0), path.lot.nodes(), file);
  const std::size_t width = kMap + path.parameters.size();
  const std::vector<float> rows = floats(features, "res");
  if (rows.size() != path.lot.nodes() * width)
    throw Error(fmt::format("{}: {} values, expected {} for {} links", features, rows.size(),
                            path.lot.nodes() * width, path.lot.links.size()));
  for (std::size_t i = 0; i < rows.size(); i++) {
    if (i % width < kMap) path.maps.push_back(rows[i]);
    else if (i < width) path.tail.push_back(rows[i]);
  }
  return path;
}

Record record_of(const PublishedPath &path) {
  Record record{.name = path.folder, .links = path.lot.links.size(), .parameters = path.parameters,
                .seen = seen_of(path.lot, slowdowns_of(path)), .truth = path.truth, .foreground = {}};
  for (const Seen &s : path.truth) record.foreground.push_back(s.part);
  std::sort(record.foreground.begin(), record.foreground.end());
  return record;
}

PublishedCheck check_published(const PublishedPath &path) {
  const Distribution target = distribution_of(path.truth);
  std::vector<float> targets(target.values.begin(), target.values.end());
  for (float &v : targets) v = v > 0 ? v : 1;
  return {agreement(simulate(path.lot, {}, true).fct_ns, path.flowsim_ns),
          closeness(simulate(path.lot, {}, false).fct_ns, path.flowsim_ns),
          agreement(features_of(path.lot.links.size(), seen_of(path.lot, slowdowns_of(path))).maps, path.maps),
          agreement(targets, path.target), agreement(path.parameters, path.tail)};
}

}  // namespace liteflow::sim::m3
