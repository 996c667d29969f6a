// SPDX-License-Identifier: GPL-2.0
// Clusters in the JSON of Parsimon, m3 and m4.
#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "codegen/error.h"
#include "tools/lf-sim/net/fabrics.h"

namespace liteflow::sim {

namespace {

using json = nlohmann::json;

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Cluster read(const json &root) {
    for (const json &plane : root.at("planes"))
      for (const json &spine : plane) see(spine);
    for (const json &pod : root.at("pods")) {
      for (const json &fabric : pod.at("fabs")) see(fabric);
      for (const json &rack : pod.at("racks")) read_rack(rack);
    }
    cluster_.topology = Topology(switches_.size());
    for (std::size_t id = 0; id < switches_.size(); id++) {
      if (!seen_[id]) fail(fmt::format("no node {}: ids must go from 0 on without a gap", id));
      if (switches_[id]) cluster_.topology.set_switch(static_cast<NodeId>(id));
    }
    for (const json &pod : root.at("pods")) {
      for (const json &rack : pod.at("racks")) add_cables(rack.at("host2tor"));
      add_cables(pod.at("tor2fab"));
    }
    add_cables(root.at("fab2spine"));
    return std::move(cluster_);
  }

 private:
  [[noreturn]] void fail(const std::string &message) const { throw Error(fmt::format("{}: {}", file_, message)); }

  void read_rack(const json &rack) {
    see(rack.at("tor"));
    std::vector<NodeId> hosts;
    for (const json &host : rack.at("hosts")) {
      see(host);
      hosts.push_back(host.at("id").get<NodeId>());
    }
    cluster_.racks.push_back(std::move(hosts));
  }

  void see(const json &node) {
    const auto id = node.at("id").get<std::uint64_t>();
    if (id >= 1U << 24U) fail(fmt::format("node id {} is out of range", id));
    if (id >= seen_.size()) {
      seen_.resize(id + 1);
      switches_.resize(id + 1);
    }
    if (seen_[id]) fail(fmt::format("node {} stands there twice", id));
    seen_[id] = true;
    switches_[id] = node.at("kind") == "Switch";
  }

  void add_cables(const json &cables) {
    for (const json &cable : cables) {
      try {
        cluster_.topology.add_cable(cable.at("a").get<NodeId>(), cable.at("b").get<NodeId>(),
                                    cable.at("bandwidth").get<double>() * 1e-9, cable.at("delay").get<std::int64_t>());
      } catch (const Error &error) {
        fail(error.what());
      }
    }
  }

  std::string file_;
  Cluster cluster_;
  std::vector<bool> seen_, switches_;  // by id
};

}  // namespace

Cluster read_cluster(const std::string &file) {
  std::ifstream in(file);
  if (!in) throw Error(fmt::format("{}: {}", file, std::strerror(errno)));
  try {
    return Reader(file).read(json::parse(in));
  } catch (const json::exception &error) {
    throw Error(fmt::format("{}: no cluster as Parsimon writes it: {}", file, error.what()));
  }
}

}  // namespace liteflow::sim
