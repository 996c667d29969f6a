// SPDX-License-Identifier: GPL-2.0
// lf-sim topology: fabrics as files.
#include <memory>

#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/net/fabrics.h"

namespace liteflow::sim {

namespace {

void add_fat_tree(CLI::App &app, const std::string &output, Chosen &chosen) {
  auto spec = std::make_shared<FatTree>();
  CLI::App *command = app.add_subcommand("fat-tree", "Racks in pods, planes of spines; 32 hosts by default");
  command->add_option("--pods", spec->pods, "Pods")->capture_default_str();
  command->add_option("--racks", spec->racks, "Racks in a pod")->capture_default_str();
  command->add_option("--hosts", spec->hosts, "Hosts in a rack")->capture_default_str();
  command->add_option("--planes", spec->planes, "Fabric switches in a pod")->capture_default_str();
  command->add_option("--spines", spec->spines, "Spines in a plane")->capture_default_str();
  command->add_option("--host-rate", spec->host_rate, "Gbit/s of hosts' links")->capture_default_str();
  command->add_option("--fabric-rate", spec->fabric_rate, "Gbit/s of the others")->capture_default_str();
  command->add_option("--delay", spec->delay_ns, "ns of each link")->capture_default_str();
  command->callback(
      [spec, &output, &chosen] { chosen = [spec, &output] { write_topology(output, fat_tree(*spec)); }; });
}

void add_leaf_spine(CLI::App &app, const std::string &output, Chosen &chosen) {
  auto spec = std::make_shared<LeafSpine>();
  CLI::App *command = app.add_subcommand("leaf-spine", "Leaves with hosts, and spines between them");
  command->add_option("--leaves", spec->leaves, "Leaves")->capture_default_str();
  command->add_option("--spines", spec->spines, "Spines")->capture_default_str();
  command->add_option("--hosts", spec->hosts, "Hosts at a leaf")->capture_default_str();
  command->add_option("--host-rate", spec->host_rate, "Gbit/s of hosts' links")->capture_default_str();
  command->add_option("--fabric-rate", spec->fabric_rate, "Gbit/s of the others")->capture_default_str();
  command->add_option("--delay", spec->delay_ns, "ns of each link")->capture_default_str();
  command->callback(
      [spec, &output, &chosen] { chosen = [spec, &output] { write_topology(output, leaf_spine(*spec)); }; });
}

void add_parking_lot(CLI::App &app, const std::string &output, Chosen &chosen) {
  auto spec = std::make_shared<ParkingLot>();
  CLI::App *command = app.add_subcommand("parking-lot", "One path, with hosts on the way");
  command->add_option("--hosts", spec->hosts, "Hosts: 3, 5 and 7 are m3's")->capture_default_str();
  command->add_option("--host-rate", spec->host_rate, "Gbit/s at the ends")->capture_default_str();
  command->add_option("--fabric-rate", spec->fabric_rate, "Gbit/s within")->capture_default_str();
  command->callback(
      [spec, &output, &chosen] { chosen = [spec, &output] { write_topology(output, parking_lot(*spec)); }; });
}

void add_cluster(CLI::App &app, const std::string &output, Chosen &chosen) {
  auto file = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand("cluster", "From the JSON of Parsimon, m3 and m4");
  command->add_option("FILE", *file, "The JSON")->required();
  command->callback([file, &output, &chosen] {
    chosen = [file, &output] { write_topology(output, read_cluster(*file).topology); };
  });
}

}  // namespace

void add_topology(CLI::App &app, Chosen &chosen) {
  static std::string output;
  CLI::App *command = app.add_subcommand("topology", "Write a fabric's topology");
  command->require_subcommand(1);
  command->add_option("-o,--output", output, "File to write")->required();
  command->fallthrough();
  for (const auto add : {add_fat_tree, add_leaf_spine, add_parking_lot, add_cluster}) add(*command, output, chosen);
}

}  // namespace liteflow::sim
