// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/stager.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>

#include "codegen/interpret.h"
#include "daemon/update/cpu_time.h"

namespace liteflow {
namespace {

using Clock = std::chrono::steady_clock;

// Removes what can't be used; what is left behind is collected later.
void discard(HostLink &link, std::uint64_t id, const std::string &name) {
  try {
    link.unload(id, name);
  } catch (const Error &) {
  }
}

Staged stage_params(HostLink &link, const codegen::Network &network, std::uint64_t base) {
  Staged staged{.path = "params", .bytes = network.params.size()};
  const auto start = Clock::now();
  staged.id = link.stage_params(base, network.name(), network.params);
  staged.load_s = seconds_since(start);
  return staged;
}

Staged stage_module(HostLink &link, Builder &builder, const codegen::Network &network) {
  Staged staged{.path = "module"};
  const double cpu = cpu_seconds();
  auto start = Clock::now();
  std::string ko;
  try {
    ko = builder.build(network, link.info().kernel_release);
  } catch (const LinkDown &) {
    throw;
  } catch (const Error &error) {
    throw StageError("build_failed", error.what());
  }
  staged.build_s = seconds_since(start);
  staged.build_cpu_s = cpu_seconds() - cpu;
  staged.bytes = ko.size();
  start = Clock::now();
  staged.id = link.stage_module(network.name(), ko);
  staged.load_s = seconds_since(start);
  return staged;
}

}  // namespace

Staged stage(HostLink &link, Builder &builder, const codegen::Network &network,
             const std::string &path) {
  const auto snapshots = link.snapshots(network.app);
  const auto same = [&](const SnapshotInfo &s) { return s.name == network.name(); };
  if (const auto s = std::find_if(snapshots.begin(), snapshots.end(), same); s != snapshots.end())
    return {.id = s->id, .path = "present"};
  const auto shape = network.shape();
  const auto base = std::find_if(snapshots.begin(), snapshots.end(),
                                 [&](const SnapshotInfo &s) { return s.shape == shape; });
  if (path == "params" && base == snapshots.end())
    throw StageError("refused", "the kernel has no snapshot of this shape to put parameters in, and "
                                "app.update.path allows no module");
  try {
    return path == "module" || base == snapshots.end()
               ? stage_module(link, builder, network)
               : stage_params(link, network, base->id);
  } catch (const HostError &error) {
    throw StageError("refused", error.what());
  }
}

void verify_on_host(HostLink &link, std::uint64_t id, const codegen::Network &network,
                    const Matrix &rows) {
  const std::vector<std::int32_t> inputs = to_fixed(rows);
  const std::size_t n_in = network.n_in, n_out = network.n_out;
  std::vector<std::int32_t> expected(rows.rows * n_out);
  for (std::size_t row = 0; row < rows.rows; row++)
    codegen::run(network, std::span(inputs).subspan(row * n_in, n_in),
                 std::span(expected).subspan(row * n_out, n_out));
  const auto found = link.infer(id, inputs);
  if (found == expected) return;
  discard(link, id, network.name());
  if (found.size() != expected.size())
    throw StageError("mismatch", fmt::format("the kernel gave {} outputs for {} rows of {}",
                                             found.size(), rows.rows, n_out));
  const auto at = static_cast<std::size_t>(
      std::mismatch(found.begin(), found.end(), expected.begin()).first - found.begin());
  throw StageError("mismatch", fmt::format("row {} output {}: the kernel computes {}, the "
                                           "interpreter {}; not activated", at / n_out, at % n_out,
                                           found[at], expected[at]));
}

std::vector<std::int32_t> to_fixed(const Matrix &rows) {
  std::vector<std::int32_t> values(rows.values.size());
  std::transform(rows.values.begin(), rows.values.end(), values.begin(), codegen::to_q16);
  return values;
}

Matrix from_fixed(const std::vector<std::int32_t> &values, std::size_t columns) {
  Matrix rows(columns ? values.size() / columns : 0, columns);
  std::transform(values.begin(), values.end(), rows.values.begin(), codegen::from_q16);
  return rows;
}

}  // namespace liteflow
