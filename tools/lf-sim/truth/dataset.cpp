// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/dataset.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "daemon/training/progress.h"
#include "tools/lf-sim/net/digest.h"
#include "tools/lf-sim/net/routing.h"
#include "tools/lf-sim/truth/truth.h"

namespace liteflow::sim {
namespace {

using Json = nlohmann::ordered_json;
constexpr auto kPoll = std::chrono::milliseconds(50);

std::string digest_of_job(const std::string &directory) {
  try {
    return digest_of({directory + "/topology.txt", directory + "/flows.txt", directory + "/settings.json"});
  } catch (const Error &error) {
    throw Error(fmt::format("{}; a job needs topology.txt, flows.txt and settings.json", error.what()));
  }
}

void write_result(const std::string &directory, const TruthRun &run, bool trace) {
  Json json;
  json["inputs"] = digest_of_job(directory);
  json["trace"] = trace;
  json["flows"] = run.completions.size();
  json["late"] = run.late;
  json["events"] = run.events;
  json["marked"] = run.marked;
  json["dropped"] = run.dropped;
  json["simulated_s"] = run.simulated_s;
  json["wall_s"] = run.wall_s;
  json["cpu_s"] = run.cpu_s;
  write_file(directory + "/result.json", json.dump(2) + "\n");
}

void run_job(const std::string &directory, bool trace, const std::function<void(std::size_t)> &progress) {
  const Topology topology = read_topology(directory + "/topology.txt");
  const std::vector<Flow> flows = read_flows(directory + "/flows.txt", topology);
  const TcpSettings settings = read_settings(directory + "/settings.json");
  const TruthRun run = run_truth(topology, flows, routes_of(topology, flows), settings,
                                 trace ? directory + "/trace.bin" : "", progress);
  write_completions(directory + "/fct.txt", flows, run.completions);
  if (settings.open_at_start) write_completions(directory + "/fct_app.txt", flows, application_clock(run));
  write_result(directory, run, trace);
}

std::size_t flows_of(const std::string &directory) {
  std::size_t flows = 0;
  std::ifstream(directory + "/flows.txt") >> flows;
  return flows;
}

// What the processes have done, for the one that shows it.
class Counts {
 public:
  explicit Counts(std::size_t jobs) : bytes_(sizeof(Count) * (jobs + 1)) {
    void *memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw Error(fmt::format("no memory to share: {}", std::strerror(errno)));
    counts_ = static_cast<Count *>(memory);
    for (std::size_t i = 0; i < jobs; i++) new (&counts_[i]) Count(0);
  }
  ~Counts() { munmap(counts_, bytes_); }
  Counts(const Counts &) = delete;
  Counts &operator=(const Counts &) = delete;

  std::atomic<std::uint64_t> &operator[](std::size_t job) { return counts_[job]; }

 private:
  using Count = std::atomic<std::uint64_t>;
  static_assert(Count::is_always_lock_free);
  std::size_t bytes_;
  Count *counts_ = nullptr;
};

// In a process of its own, which ends with it.
[[noreturn]] void work(const std::string &directory, bool trace, std::atomic<std::uint64_t> &count) {
  const int log = open((directory + "/log.txt").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  try {
    run_job(directory, trace, [&](std::size_t done) { count = done; });
  } catch (const std::exception &e) {
    fmt::print(stderr, "{}\n", e.what());
    std::fflush(stderr);
    _exit(1);
  }
  std::remove((directory + "/log.txt").c_str());
  _exit(0);
}

std::string failure(const std::string &directory, int status) {
  const std::string how = WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status)) : "failed";
  std::string line;
  std::getline(std::ifstream(directory + "/log.txt") >> std::ws, line);
  return fmt::format("{}: the simulation {}: {}; see {}/log.txt", directory, how, line, directory);
}

}  // namespace

void write_job(const std::string &directory, const Topology &topology, const std::vector<Flow> &flows,
               const TcpSettings &settings) {
  check(settings);
  write_topology(directory + "/topology.txt", topology);
  write_flows(directory + "/flows.txt", flows);
  write_settings(directory + "/settings.json", settings);
}

bool job_done(const std::string &directory, bool trace) {
  const std::string inputs = digest_of_job(directory);
  std::ifstream in(directory + "/result.json");
  const Json json = in ? Json::parse(in, nullptr, false) : Json();
  return json.is_object() && json.value("inputs", "") == inputs && (!trace || json.value("trace", false)) &&
         std::filesystem::exists(directory + "/fct.txt");
}

DatasetRun run_jobs(const std::vector<std::string> &directories, std::size_t processes, bool trace) {
  if (processes == 0) throw Error("0 processes: give at least one");
  DatasetRun result;
  std::vector<std::string> jobs;
  std::uint64_t flows = 0;
  for (const std::string &directory : directories) {
    if (job_done(directory, trace)) {
      result.skipped++;
      continue;
    }
    jobs.push_back(directory);
    flows += flows_of(directory);
  }
  Counts counts(jobs.size());
  Progress progress(fmt::format("ns-3, {} simulations", jobs.size()), "flows", flows);
  const auto done = [&] {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < jobs.size(); i++) sum += counts[i];
    return sum;
  };
  std::map<pid_t, std::size_t> running;
  std::size_t next = 0;
  while (next < jobs.size() || !running.empty()) {
    for (; next < jobs.size() && running.size() < processes; next++) {
      std::fflush(nullptr);
      const pid_t child = fork();
      if (child < 0) throw Error(fmt::format("cannot start a process: {}", std::strerror(errno)));
      if (child == 0) work(jobs[next], trace, counts[next]);
      running[child] = next;
    }
    std::this_thread::sleep_for(kPoll);
    for (auto it = running.begin(); it != running.end();) {
      int status = 0;
      if (waitpid(it->first, &status, WNOHANG) != it->first) {
        ++it;
        continue;
      }
      if (status == 0)
        result.ran++;
      else
        result.failed.push_back(failure(jobs[it->second], status));
      it = running.erase(it);
    }
    progress.show(done());
  }
  if (!jobs.empty()) progress.finish(done());
  return result;
}

}  // namespace liteflow::sim
