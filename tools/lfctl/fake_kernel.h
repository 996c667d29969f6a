// SPDX-License-Identifier: GPL-2.0
// A kernel for tests: says what it was given to say and remembers what it was
// asked to change.
#pragma once

#include <cerrno>
#include <deque>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tools/lfctl/kernel.h"
#include "tools/lfctl/run.h"

namespace liteflow::lfctl {

class FakeKernel : public Kernel {
 public:
  std::vector<AppInfo> all_apps;
  std::vector<SnapshotInfo> all_snapshots;
  std::vector<FlowInfo> all_flows;
  std::vector<ObjectiveInfo> all_objectives;
  std::vector<LbPathInfo> all_lb_paths;
  std::deque<BatchMessage> batches;
  std::deque<EventMessage> events;
  std::map<std::string, int> modules;            // name to errno of its removal
  std::map<std::string, NetlinkError> refusals;  // by start of the call
  std::uint64_t lost = 0;
  std::vector<std::string> calls;

  std::vector<AppInfo> apps() override { return all_apps; }

  AppInfo app(const std::string &name) override {
    for (const AppInfo &one : all_apps)
      if (one.name == name) return one;
    throw NetlinkError(ENOENT, "app " + name + ": no such app");
  }

  std::vector<SnapshotInfo> snapshots(const std::string &app) override {
    std::vector<SnapshotInfo> found;
    for (const SnapshotInfo &one : all_snapshots)
      if (app.empty() || one.app == app) found.push_back(one);
    return found;
  }

  SnapshotInfo snapshot(std::uint64_t id) override {
    for (const SnapshotInfo &one : all_snapshots)
      if (one.id == id) return one;
    throw NetlinkError(ENOENT, "snapshot " + std::to_string(id) + ": no such snapshot");
  }

  std::vector<FlowInfo> flows(const std::string &app) override {
    std::vector<FlowInfo> found;
    for (const FlowInfo &one : all_flows)
      if (app.empty() || one.app == app) found.push_back(one);
    return found;
  }

  void set_interval(const std::string &app, std::chrono::milliseconds interval) override {
    call("set_interval " + app + " " + std::to_string(interval.count()));
  }
  std::uint64_t load(std::uint64_t base, const std::string &name,
                     const std::vector<std::byte> &params) override {
    call("load " + std::to_string(base) + " " + name + " " + std::to_string(params.size()));
    return 9;
  }
  void activate(std::uint64_t id, bool repin) override {
    call("activate " + std::to_string(id) + (repin ? " repin" : ""));
  }
  void canary(std::uint64_t id, std::uint32_t share) override {
    call("canary " + std::to_string(id) + " " + std::to_string(share));
  }
  void rollback(const std::string &app, bool repin) override {
    call("rollback " + app + (repin ? " repin" : ""));
  }
  void unload(std::uint64_t id, const std::string &name, bool force) override {
    call("unload " + std::to_string(id) + (name.empty() ? "" : " " + name) +
         (force ? " force" : ""));
  }
  std::uint64_t repin(const std::string &app, std::uint64_t flow, std::uint64_t id) override {
    call("repin " + app + " " + std::to_string(flow) + " " + std::to_string(id));
    return 2;
  }
  std::vector<ObjectiveInfo> objectives(const std::string &app) override {
    std::vector<ObjectiveInfo> found;
    for (const ObjectiveInfo &one : all_objectives)
      if (app.empty() || one.app == app) found.push_back(one);
    return found;
  }
  void set_objective(const ObjectiveInfo &objective) override {
    std::string what = "set_objective " + objective.app + " " + std::to_string(objective.cgroup);
    for (const double weight : objective.weights) what += " " + std::to_string(weight);
    call(what);
  }
  void delete_objective(const std::string &app, std::uint64_t cgroup) override {
    call("delete_objective " + app + " " + std::to_string(cgroup));
  }
  // Two outputs for each row: the sum of its inputs, and half of it.
  std::vector<std::int32_t> infer(std::uint64_t id,
                                  const std::vector<std::int32_t> &inputs) override {
    const std::size_t width = snapshot(id).n_in;
    std::vector<std::int32_t> outputs;
    for (std::size_t i = 0; i < inputs.size(); i += width) {
      std::int32_t sum = 0;
      for (std::size_t j = 0; j < width; j++) sum += inputs[i + j];
      outputs.insert(outputs.end(), {sum, sum / 2});
    }
    return outputs;
  }

  std::vector<LbPathInfo> lb_paths() override { return all_lb_paths; }
  void add_lb_path(const LbPath &path) override {
    call("add_lb_path " + describe(path) + " mask " + std::to_string(path.mask) + " weight " +
         std::to_string(path.weight));
  }
  void delete_lb_path(const LbPath &path) override { call("delete_lb_path " + describe(path)); }
  void run(const std::vector<std::string> &words) override {
    std::string what = "run";
    for (const std::string &word : words) what += " " + word;
    call(what);
  }

  void subscribe(const std::string &group) override { call("subscribe " + group); }

  // One message of each kind at a time; when there is none left, ended() is true.
  void receive(std::chrono::milliseconds, const std::function<void(BatchMessage &&)> &on_batch,
               const std::function<void(EventMessage &&)> &on_event) override {
    if (!batches.empty()) {
      on_batch(std::move(batches.front()));
      batches.pop_front();
    }
    if (!events.empty()) {
      on_event(std::move(events.front()));
      events.pop_front();
    }
  }
  bool ended() const { return batches.empty() && events.empty(); }
  std::uint64_t overruns() const override { return lost; }

  bool is_module(const std::string &name) override { return modules.count(name) != 0; }
  int remove_module(const std::string &name) override {
    call("remove_module " + name);
    return modules.at(name);
  }

 private:
  // The last four bytes of the prefix are enough to tell.
  static std::string describe(const LbPath &path) {
    std::string text;
    for (std::size_t i = 12; i < 16; i++) text += std::to_string(path.prefix[i]) + ".";
    return text + "/" + std::to_string(path.length) + " mark " + std::to_string(path.mark);
  }

  void call(const std::string &what) {
    calls.push_back(what);
    for (const auto &[start, error] : refusals)
      if (what.starts_with(start)) throw error;
  }
};

struct Result {
  int status = 0;
  std::string out, err;
};

// Run a command line as the program would, at 2026-01-02 03:04:05.678 UTC.
inline Result run_words(FakeKernel &kernel, const std::vector<std::string> &words) {
  std::ostringstream out, err;
  const auto now = std::chrono::system_clock::time_point(std::chrono::milliseconds(1767323045678));
  const int status =
      run(words, kernel, {out, err, [&kernel] { return kernel.ended(); }, [now] { return now; }});
  return {status, out.str(), err.str()};
}

// The same, from one line with spaces between the words.
inline Result run_line(FakeKernel &kernel, const std::string &line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return run_words(kernel, words);
}

inline SnapshotInfo make_snapshot(std::uint64_t id, const std::string &name, lf_state state) {
  SnapshotInfo snapshot;
  snapshot.app = "cc";
  snapshot.name = name;
  snapshot.id = id;
  snapshot.state = state;
  snapshot.n_in = 3;
  snapshot.n_out = 2;
  return snapshot;
}

inline AppInfo make_app(const std::string &name) {
  AppInfo app;
  app.name = name;
  app.n_in = 3;
  app.n_out = 2;
  app.in_ranges = {{-1, 10}};
  app.out_ranges = {{0, 0.5}};
  app.record_bytes = 216;
  app.interval_ms = 200;
  app.flows = 12;
  app.inferences = 1000;
  app.failed = 1;
  app.clamped = 123;
  app.fallbacks = 2;
  app.reported = 500;
  app.dropped = 5;
  app.asked = 40;
  app.answered = 37;
  app.late = 3;
  app.stale = 2;
  app.attached = true;
  return app;
}

}  // namespace liteflow::lfctl
