// SPDX-License-Identifier: GPL-2.0
// lf-bench-swap, in a guest with lf_bench_swap.ko and one snapshot of the app
// "bench": what a change of snapshot costs the caller and the inferences, and
// how long new weights take until they decide.
//
//   lf-bench-swap SWAPS A.params B.params SNAPSHOT.ko...
//
// Prints JSON. Times by CLOCK_MONOTONIC, as the module's.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "codegen/error.h"
#include "daemon/netlink/client.h"

namespace liteflow::bench {
namespace {

const std::string kDir = "/sys/kernel/debug/lf_bench_swap/";
constexpr int kRounds = 10;  // of swaps, each followed by as long of calls that only read
constexpr int kLoads = 200;  // parameter sets loaded and activated

double now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw Error(path + ": can't be read");
  return text.str();
}

std::vector<std::byte> read_bytes(const std::string &path) {
  const std::string text = read_file(path);
  const auto *first = reinterpret_cast<const std::byte *>(text.data());
  return {first, first + text.size()};
}

void hammer(bool on) {
  std::ofstream(kDir + "run") << (on ? 1 : 0) << std::flush;
}

// One run of the hammer's histogram, added to what others found.
class Latency {
 public:
  void add() {
    std::istringstream text(read_file(kDir + "latency"));
    std::string word;
    double failed = 0, value = 0, n = 0;
    text >> word >> failed;
    failed_ += failed;
    text >> word >> word >> value >> word >> value >> word >> value;
    max_ = std::max(max_, value);
    while (text >> word >> value >> n) counts_[value] += n;
  }

  nlohmann::json json() const {
    double all = 0;
    for (const auto &[ns, n] : counts_) all += n;
    const auto at = [&](double share) {
      double seen = 0;
      for (const auto &[ns, n] : counts_)
        if ((seen += n) >= share * all) return ns;
      return max_;
    };
    return {{"inferences", all}, {"failed", failed_},      {"median", at(0.5)},  {"p99", at(0.99)},
            {"p999", at(0.999)}, {"p99999", at(0.99999)}, {"max", max_}};
  }

 private:
  std::map<double, double> counts_;
  double failed_ = 0, max_ = 0;
};

// When the module saw the first decision of this snapshot.
double first_served(std::uint64_t id) {
  for (const double start = now_ns(); now_ns() - start < 5e9;) {
    std::istringstream text(read_file(kDir + "serving"));
    std::uint64_t serving = 0;
    double since = 0;
    text >> serving >> since;
    if (serving == id) return since;
  }
  throw Error(fmt::format("snapshot {} never decided", id));
}

// A snapshot that just lost its role may have flows for a moment.
void unload_when_drained(NetlinkClient &client, std::uint64_t id) {
  for (int i = 0;; ++i) try {
      return client.unload(id);
    } catch (const NetlinkError &e) {
      if (e.code() != EBUSY || i == 1000) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

struct Times {
  std::vector<double> load, activate, serving, total;

  void add(double start, double loaded, double activated, double served) {
    load.push_back(loaded - start);
    activate.push_back(activated - loaded);
    serving.push_back(served - loaded);
    total.push_back(std::max(served, activated) - start);
  }
  nlohmann::json json() const {
    return {{"load_ns", load}, {"activate_ns", activate}, {"to_serving_ns", serving},
            {"total_ns", total}};
  }
};

nlohmann::json swaps(NetlinkClient &client, const std::uint64_t (&id)[2], int count) {
  std::vector<double> calls;
  Latency with, without;
  for (int round = 0; round < kRounds; ++round) {
    hammer(true);
    const double start = now_ns();
    for (int i = 0; i < count / kRounds; ++i) {
      const double before = now_ns();
      client.activate(id[i & 1]);
      calls.push_back(now_ns() - before);
    }
    const double length = now_ns() - start;
    hammer(false);
    with.add();
    hammer(true);
    for (const double end = now_ns() + length; now_ns() < end;) client.snapshot(id[0]);
    hammer(false);
    without.add();
  }
  return {{"call_ns", calls}, {"with_swaps", with.json()}, {"without", without.json()}};
}

nlohmann::json by_parameters(NetlinkClient &client, std::uint64_t base,
                             const std::vector<std::byte> (&params)[2]) {
  Times times;
  std::uint64_t last = 0;
  hammer(true);
  for (int i = 0; i < kLoads; ++i) {
    const double start = now_ns();
    const std::uint64_t id = client.load(base, fmt::format("tuned_{}", i), params[i & 1]);
    const double loaded = now_ns();
    client.activate(id);
    const double activated = now_ns();
    times.add(start, loaded, activated, first_served(id));
    // The one before is `previous` now; the one before that has no role.
    if (i > 1) unload_when_drained(client, last);
    last = i ? id - 1 : 0;
  }
  hammer(false);
  return times.json();
}

nlohmann::json by_module(NetlinkClient &client, const std::vector<std::string> &modules) {
  Times times;
  hammer(true);
  for (const std::string &path : modules) {
    const double start = now_ns();
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0)
      throw Error(path + ": " + std::strerror(errno));
    close(fd);
    std::uint64_t id = 0;
    for (const SnapshotInfo &one : client.snapshots("bench"))
      if (one.name == std::filesystem::path(path).stem()) id = one.id;
    const double loaded = now_ns();
    client.activate(id);
    const double activated = now_ns();
    times.add(start, loaded, activated, first_served(id));
  }
  hammer(false);
  return times.json();
}

void run(int count, const std::vector<std::byte> (&params)[2],
         const std::vector<std::string> &modules) {
  NetlinkClient client;
  const std::uint64_t base = client.snapshots("bench").at(0).id;
  const std::uint64_t id[2] = {client.load(base, "swap_a", params[0]),
                               client.load(base, "swap_b", params[1])};
  client.activate(base);
  nlohmann::json result;
  result["swaps"] = swaps(client, id, count);
  result["parameters"] = by_parameters(client, base, params);
  result["module"] = by_module(client, modules);
  std::cout << result.dump() << '\n';
}

}  // namespace
}  // namespace liteflow::bench

int main(int argc, char **argv) {
  if (argc < 5) {
    fmt::print(stderr, "Usage: lf-bench-swap SWAPS A.params B.params SNAPSHOT.ko...\n");
    return 2;
  }
  try {
    liteflow::bench::run(std::stoi(argv[1]),
                         {liteflow::bench::read_bytes(argv[2]), liteflow::bench::read_bytes(argv[3])},
                         {argv + 4, argv + argc});
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-bench-swap: {}\n", e.what());
    return 1;
  }
  return 0;
}
