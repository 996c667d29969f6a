// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/job.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codegen/error.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/net/settings.h"
#include "tools/lf-sim/truth/trace.h"

namespace liteflow::sim::m4 {
namespace {

void read_sights(const std::string &file, Record &record) {
  TraceReader reader(file);
  record.sights.resize(2 * record.flows.size());
  for (TraceEvent event; reader.next(event);) {
    const auto known = [&](std::uint32_t flow) {
      if (flow >= record.flows.size())
        throw Error(fmt::format("{}: flow {} of a scenario with {}: the trace of another one", file, flow,
                                record.flows.size()));
    };
    known(event.flow);
    Sight &sight = record.sights[2 * std::size_t{event.flow} + (event.arrival ? 0 : 1)];
    for (const auto &[flow, left] : event.active) {
      known(flow);
      sight.left.emplace_back(flow, static_cast<float>(static_cast<double>(left) / record.flows[flow].bytes));
    }
    if (event.queues.size() > record.flows[event.flow].links.size())
      throw Error(fmt::format("{}: flow {} has more queues than links: the trace of another one", file, event.flow));
    for (const std::uint64_t bytes : event.queues) sight.queued.push_back(static_cast<float>(bytes) / 1e3F);
  }
}

}  // namespace

Record read_job(const std::string &directory) {
  const auto in = [&](const char *name) { return (std::filesystem::path(directory) / name).string(); };
  const Topology topology = read_topology(in("topology.txt"));
  const std::vector<Flow> flows = read_flows(in("flows.txt"), topology);
  const TcpSettings settings = read_settings(in("settings.json"));
  Record record = record_of(directory, topology, flows, routes_of(topology, flows),
                            read_completions(in("fct.txt"), flows), settings.wire, parameters_of(settings));
  if (std::filesystem::exists(in("trace.bin"))) read_sights(in("trace.bin"), record);
  return record;
}

}  // namespace liteflow::sim::m4
