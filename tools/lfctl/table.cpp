// SPDX-License-Identifier: GPL-2.0
// The commands of lfctl. Help, man page, completion and parsing follow.
#include <algorithm>

#include "tools/lfctl/command.h"
#include "tools/lfctl/objects.h"

namespace liteflow::lfctl {
namespace {

const Parameter kApp = {"APP", Kind::kApp, "name of an app, such as cc"};
const Parameter kOneApp = {"APP", Kind::kApp, "only this app", false};
const Parameter kSnapshot = {"SNAPSHOT", Kind::kSnapshot, "id, name, or unique start of a name"};
const Parameter kCgroup = {"CGROUP", Kind::kDirectory,
                           "directory of a cgroup (v2), or the id that list shows"};
const Parameter kPrefix = {"PREFIX", Kind::kPrefix, "such as 10.1.0.0/16 or fd00:1::/32"};
const Parameter kMarkWord = {"mark", Kind::kKeyword, "of the sockets that take the path"};
const Parameter kMark = {"MARK", Kind::kMark, "mark and mask, such as 1 or 0x1/0xff"};
const Option kRepin = {"--repin", "", Kind::kFlag, "move running flows to it as well"};
const Option kCount = {"--count", "N", Kind::kNumber, "end after N messages"};

std::vector<Command> app_commands() {
  return {
      {"app", "list", {}, {}, "List the apps with their counters", "", "array of app", app_list},
      {"app",
       "set",
       {kApp,
        {"interval", Kind::kKeyword, "the batch interval T"},
        {"MS", Kind::kMilliseconds, "milliseconds, 10 to 5000"}},
       {},
       "Set the batch interval of an app",
       "Records of the app are sent at least this often.",
       "object: app, interval_ms",
       app_set},
  };
}

// What there is, and which of them serves.
std::vector<Command> snapshot_commands() {
  return {
      {"snapshot",
       "list",
       {kOneApp},
       {},
       "List the snapshots",
       "",
       "array of snapshot",
       snapshot_list},
      {"snapshot",
       "show",
       {kSnapshot},
       {},
       "Show a snapshot in full",
       "",
       "snapshot",
       snapshot_show},
      {"snapshot",
       "activate",
       {kSnapshot},
       {kRepin},
       "Let a snapshot serve new flows",
       "The active snapshot becomes previous, the previous one drains. Running flows keep the "
       "snapshot that they started with, unless --repin is given.",
       "object: snapshot",
       snapshot_activate},
      {"snapshot",
       "canary",
       {kSnapshot},
       {{"--share", "SHARE", Kind::kShare, "share of new flows: 0.1 or 10%; 0 withdraws it", true}},
       "Let a snapshot serve a share of new flows",
       "Only while a daemon is attached to judge it; the canary is dropped when that detaches or "
       "dies.",
       "object: snapshot, share",
       snapshot_canary},
      {"snapshot",
       "rollback",
       {kApp},
       {kRepin},
       "Make the previous snapshot active again",
       "",
       "object: app",
       snapshot_rollback},
  };
}

// How they come and go, and what they answer.
std::vector<Command> snapshot_changes() {
  return {
      {"snapshot",
       "unload",
       {kSnapshot},
       {{"--force", "", Kind::kFlag, "take it from whoever uses it; these flows fall back"}},
       "Remove a snapshot that nothing uses",
       "A snapshot that came as a kernel module leaves with its module. With --force the flows "
       "that use it fall back to the kernel's own behaviour. To force out the active snapshot give "
       "its whole name: an id is too easily mistaken.",
       "object: removed (array of id and name)",
       snapshot_unload},
      {"snapshot",
       "gc",
       {kOneApp},
       {},
       "Remove all drained snapshots",
       "Parameter snapshots go over netlink, those that came as kernel modules with their module.",
       "object: removed (array of id and name)",
       snapshot_gc},
      {"snapshot",
       "load",
       {{"BASE", Kind::kSnapshot, "snapshot whose compiled shape takes the parameters"},
        {"FILE", Kind::kFile, "parameter set as lf-codegen writes it"}},
       {{"--name", "NAME", Kind::kName, "name of the new snapshot", true}},
       "Load parameters for the shape of a snapshot",
       "The kernel proves the parameters safe and adds a standby snapshot.",
       "object: snapshot, name",
       snapshot_load},
      {"snapshot",
       "infer",
       {kSnapshot, {"FILE", Kind::kFile, "CSV: a row of inputs per line, no header"}},
       {},
       "Evaluate a snapshot on rows of inputs",
       "Prints a CSV row of outputs for each. No flow is touched.",
       "array of row",
       snapshot_infer},
  };
}

std::vector<Command> other_commands() {
  return {
      {"flow",
       "list",
       {kOneApp},
       {},
       "List the flows and the snapshots they are pinned to",
       "",
       "array of flow",
       flow_list},
      {"flow",
       "repin",
       {kApp},
       {{"--flow", "ID", Kind::kNumber, "only this flow; else all of the app"},
        {"--snapshot", "SNAPSHOT", Kind::kSnapshot, "to this snapshot; else to the active one"}},
       "Move running flows to a snapshot",
       "",
       "object: app, moved",
       flow_repin},
      {"objective",
       "list",
       {kOneApp},
       {},
       "List the objectives of cgroups",
       "",
       "array of objective",
       objective_list},
      {"objective",
       "set",
       {kApp, kCgroup, {"WEIGHTS", Kind::kWeights, "one for each, such as 0.6,0.3,0.1"}},
       {},
       "Set what the new flows of a cgroup strive for",
       "The app mocc takes weights of throughput, latency and loss; only their ratio counts. The "
       "name of the congestion control (liteflow_thr, liteflow_lat, liteflow_loss) goes before, "
       "the sysctl net.liteflow.cc.objective behind. Running flows keep what they have.",
       "objective",
       objective_set},
      {"objective",
       "delete",
       {kApp, kCgroup},
       {},
       "Take the objective of a cgroup away",
       "",
       "object: app, cgroup",
       objective_delete},
      {"lb", "path list", {}, {}, "List the paths of this network namespace", "",
       "array of lb path", lb_path_list},
      {"lb",
       "path add",
       {kPrefix, kMarkWord, kMark},
       {{"--weight", "W", Kind::kNumber, "capacity, in whatever unit all paths have"}},
       "Declare a path to a prefix",
       "A path is a mark that rules and routes pin to it (see lb setup). lf_lb.ko chooses among the "
       "paths to a prefix for each flow, and sets the mark of its socket, within the mask.",
       "object: prefix, mark",
       lb_path_add},
      {"lb",
       "path delete",
       {kPrefix, kMarkWord, kMark},
       {},
       "Take a path back",
       "Its flows leave it with their next packet.",
       "object: prefix, mark",
       lb_path_delete},
      {"lb",
       "setup",
       {kPrefix, {"HOPS", Kind::kText, "ADDRESS@DEVICE of each path, with commas between them"}},
       {{"--encap", "KIND:LIST", Kind::kText, "mpls, ip, ip6 or seg6, and what each path has of it"},
        {"--mark", "MARK", Kind::kMark, "of the first path, and mask; 1/0xff"},
        {"--table", "N", Kind::kNumber, "routing table of the first path; 100"},
        {"--apply", "", Kind::kFlag, "run the commands and declare the paths"}},
       "Print the rules and routes that make marks paths",
       "For each next hop, such as a VLAN that leads to one spine, a routing table of its own and a "
       "rule by which sockets with the mark look it up. An encapsulation, such as mpls:101,102 or "
       "seg6:fd00::1,fd00::2, has a label, tunnel end or segment for each. The paths must have the source address in "
       "common, and rp_filter must not be 1.",
       "array of object: prefix, mark, commands",
       lb_setup},
      {"sched",
       "setup",
       {{"DEV", Kind::kText, "device whose queue it is"}},
       {{"--dscp", "", Kind::kFlag, "go by DSCP, on a link further on; by skb->priority without"},
        {"--qdisc", "KIND", Kind::kText, "prio or ets; prio"},
        {"--parent", "ID", Kind::kText, "class of a shaper that it goes below, such as 10:1; root"},
        {"--bands", "LIST", Kind::kText, "of each band; as sysctl says, or its defaults"},
        {"--apply", "", Kind::kFlag, "run the commands"}},
       "Print the commands that make bands places in a queue",
       "lf_sched.ko marks packets, and the qdisc of a device schedules them: prio serves a band only "
       "while those before it are empty, ets lets the second and third share. A priority doesn't leave "
       "the host; on a shared link further on filters go by DSCP.",
       "object: commands",
       sched_setup},
      {"batch",
       "watch",
       {kOneApp},
       {kCount},
       "Print the records of batches as they come",
       "Records of the apps cc, mocc and lb are decoded, others are printed in hex.",
       "one batch per line",
       batch_watch},
      {"monitor",
       "",
       {},
       {kCount},
       "Print events as they come: swaps, fallbacks, drained ones",
       "",
       "one event per line",
       monitor},
      {"stats", "", {kOneApp}, {}, "Summarise what each app did", "", "array of stats", stats},
      {"completion",
       "bash",
       {},
       {},
       "Print the completion script for bash",
       "",
       "",
       print_completion},
      {"man", "", {}, {}, "Print the man page in roff", "", "", print_man},
  };
}

}  // namespace

const std::vector<Command> &commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> list = app_commands();
    for (auto more : {snapshot_commands(), snapshot_changes(), other_commands()})
      list.insert(list.end(), more.begin(), more.end());
    return list;
  }();
  return all;
}

const std::vector<Option> &global_options() {
  static const std::vector<Option> all = {
      {"--json", "", Kind::kFlag, "print JSON"},
      {"--pretty", "", Kind::kFlag, "print JSON, indented"},
      {"--version", "", Kind::kFlag, "print the version"},
      {"--help", "", Kind::kFlag, "print help, of an object or verb where one is given"},
  };
  return all;
}

std::vector<std::string> objects() {
  std::vector<std::string> names;
  for (const Command &command : commands())
    if (names.empty() || names.back() != command.object) names.push_back(command.object);
  return names;
}

std::vector<const Command *> verbs_of(const std::string &object) {
  std::vector<const Command *> found;
  for (const Command &command : commands())
    if (command.object == object) found.push_back(&command);
  return found;
}

std::string name_of(const Command &command) {
  return command.verb.empty() ? command.object : command.object + " " + command.verb;
}

std::string usage(const Command &command) {
  std::string text = name_of(command);
  const auto add = [&text](const std::string &part, bool required) {
    text += required ? " " + part : " [" + part + "]";
  };
  for (const Parameter &one : command.parameters) add(one.name, one.required);
  for (const Option &one : command.options)
    add(one.value.empty() ? one.name : one.name + " " + one.value, one.required);
  return text;
}

}  // namespace liteflow::lfctl
