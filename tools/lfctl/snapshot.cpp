// SPDX-License-Identifier: GPL-2.0
// Snapshots: what there is, and which of them serves.
#include "liteflow/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "tools/lfctl/objects.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/units.h"

namespace liteflow::lfctl {
namespace {

bool is_id(const std::string &text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string age_of(const SnapshotInfo &snapshot) {
  return snapshot.age_ms ? human_age(snapshot.age_ms) : "-";
}

std::string mean_reward(const SnapshotInfo &snapshot) {
  if (!snapshot.reward_count) return "-";
  return fmt::format("{:.3f}", snapshot.reward_sum / static_cast<double>(snapshot.reward_count));
}

std::string of_inferences(std::uint64_t count, const SnapshotInfo &snapshot) {
  return fmt::format("{} ({})", count, human_percent(count, snapshot.inferences));
}

// A parameter set; what surely isn't one is refused here, where the file is known.
std::vector<std::byte> read_params(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes(LF_PARAMS_MAX + 1);
  file.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file && !file.eof()) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  lf_params header = {};
  if (bytes.size() >= sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != LF_PARAMS_MAGIC)
    throw Error(fmt::format("{}: not a parameter set; lf-codegen emit writes one", path));
  if (header.bytes != bytes.size())
    throw Error(fmt::format("{}: holds {} bytes of a parameter set of {}; write it again", path,
                            bytes.size(), header.bytes));
  return bytes;
}

}  // namespace

SnapshotInfo find_snapshot(Kernel &kernel, const std::string &which) {
  if (is_id(which)) {
    errno = 0;
    const auto id = std::strtoull(which.c_str(), nullptr, 10);
    if (errno || !id) throw Error(fmt::format("no snapshot {}: ids start at 1", which));
    return kernel.snapshot(id);
  }
  std::vector<SnapshotInfo> found;
  for (const SnapshotInfo &one : kernel.snapshots({})) {
    if (one.name == which) return one;
    if (one.name.starts_with(which)) found.push_back(one);
  }
  if (found.size() == 1) return found[0];
  if (found.empty())
    throw Error(fmt::format("no snapshot '{}': lfctl snapshot list shows them", which));
  std::string names;
  for (const SnapshotInfo &one : found)
    names += fmt::format("{}{} (id {})", names.empty() ? "" : ", ", one.name, one.id);
  throw Error(fmt::format("'{}' could be {}: give more of the name, or the id", which, names));
}

void snapshot_list(Context &context) {
  const auto snapshots = context.kernel.snapshots(context.arguments.text("APP"));
  if (context.output.json()) return context.output.print(to_json(snapshots));
  Table table({{"ID"},
               {"NAME", Table::Align::kLeft},
               {"APP", Table::Align::kLeft},
               {"STATE", Table::Align::kLeft},
               {"SHARE"},
               {"PINS"},
               {"INFERENCES"},
               {"CLIPPED"},
               {"REWARD"},
               {"AGE"}});
  for (const SnapshotInfo &one : snapshots)
    table.add({std::to_string(one.id), printable(one.name), printable(one.app),
               to_string(one.state), one.share ? human_share(one.share) : "-",
               std::to_string(one.pins), std::to_string(one.inferences),
               human_percent(one.clipped, one.inferences), mean_reward(one), age_of(one)});
  context.output.print(table.text());
}

void snapshot_show(Context &context) {
  const auto one = find_snapshot(context.kernel, context.arguments.text("SNAPSHOT"));
  if (context.output.json()) return context.output.print(to_json(one));
  std::string text;
  const auto add = [&text](const char *name, const std::string &value) {
    text += fmt::format("{:<11} {}\n", name, value);
  };
  add("id", std::to_string(one.id));
  add("name", printable(one.name));
  add("app", printable(one.app));
  add("state",
      one.share ? fmt::format("{}, {} of new flows", to_string(one.state), human_share(one.share))
                : to_string(one.state));
  add("pins", std::to_string(one.pins));
  add("age", age_of(one));
  add("shape", fmt::format("{:016x}, {} inputs, {} outputs, {} multiplications", one.shape,
                           one.n_in, one.n_out, one.macs));
  add("inferences", std::to_string(one.inferences));
  add("clipped", of_inferences(one.clipped, one));
  add("explored", of_inferences(one.explored, one));
  add("failed", of_inferences(one.failed, one));
  add("reward", fmt::format("{} (mean of {})", mean_reward(one), one.reward_count));
  context.output.print(text);
}

void snapshot_activate(Context &context) {
  const auto id = find_snapshot(context.kernel, context.arguments.text("SNAPSHOT")).id;
  context.kernel.activate(id, context.arguments.has("--repin"));
  if (context.output.json()) context.output.print(Json{{"snapshot", id}});
}

void snapshot_canary(Context &context) {
  const auto id = find_snapshot(context.kernel, context.arguments.text("SNAPSHOT")).id;
  const auto share = context.arguments.share("--share");
  context.kernel.canary(id, share);
  if (context.output.json())
    context.output.print(Json{{"snapshot", id}, {"share", share / 1000.0}});
}

void snapshot_rollback(Context &context) {
  const std::string &app = context.arguments.text("APP");
  context.kernel.rollback(app, context.arguments.has("--repin"));
  if (context.output.json()) context.output.print(Json{{"app", app}});
}

void snapshot_load(Context &context) {
  const std::string &name = context.arguments.text("--name");
  if (is_id(name))
    throw Error(fmt::format("--name {}: a number would be taken for an id; add a letter", name));
  const auto params = read_params(context.arguments.text("FILE"));
  const auto base = find_snapshot(context.kernel, context.arguments.text("BASE")).id;
  const auto id = context.kernel.load(base, name, params);
  if (context.output.json())
    context.output.print(Json{{"snapshot", id}, {"name", name}});
  else
    context.output.print(fmt::format("{}\n", id));
}

}  // namespace liteflow::lfctl
