// SPDX-License-Identifier: GPL-2.0
// The whole daemon: configuration, an agent over loopback, a kernel that isn't
// one behind it, an adapter from a shared library, signals.
#include "daemon/daemon.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "daemon/agent/service.h"
#include "daemon/link/fake_link.h"
#include "daemon/link/test_network.h"
#include "daemon/service/signals.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;

std::string read_file(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class DaemonTest : public testing::Test {
 protected:
  DaemonTest() {
    directory = testing::TempDir() + "lf-daemon-XXXXXX";
    if (!::mkdtemp(directory.data())) throw Error("mkdtemp");
    const auto network = test_network(0, 30, 8);
    fake.activate(fake.stage_module(network.name(), fake.add_module(network)), false);
  }
  ~DaemonTest() override { std::filesystem::remove_all(directory); }

  std::string write_config(int port, const std::string &more) {
    std::ofstream rows(directory + "/rows.csv");
    for (int row = 0; row < 40; row++)
      for (int i = 0; i < 30; i++)
        rows << (i % 3 ? 1 + 0.01 * row : 0.001 * row) << (i == 29 ? "\n" : ",");
    const std::string path = directory + "/liteflowd.toml";
    std::ofstream(path) << fmt::format(
        "[daemon]\nlog_level = \"warning\"\ndecisions = \"{0}/decisions\"\nmetrics = \"{0}/x.prom\"\n"
        "status = \"{0}/status.json\"\n[[host]]\nname = \"h\"\nlink = \"remote\"\n"
        "address = \"127.0.0.1:{1}\"\n[[app]]\nname = \"cc\"\nadapter = \"{2}\"\n"
        "model = \"{3}\"\ncalibration = \"{0}/rows.csv\"\n[app.update]\nround_ms = 50\n"
        "min_records = 1\n{4}",
        directory, port, LF_EXAMPLE_ADAPTER, LF_MODEL, more);
    return path;
  }

  BatchMessage batch(std::uint64_t seq) {
    BatchMessage message;
    message.app = "cc";
    message.seq = seq;
    message.record_bytes = 24 + 30 * 4;
    message.records.resize(4 * message.record_bytes);
    return message;
  }

  bool metric(const std::string &line) {
    return read_file(directory + "/x.prom").find(line) != std::string::npos;
  }

  static bool wait_for(const std::function<bool()> &condition) {
    for (int i = 0; i < 1000 && !condition(); i++) std::this_thread::sleep_for(10ms);
    return condition();
  }

  std::string directory;
  FakeLink fake{"cc", 30, 1};
};

TEST_F(DaemonTest, RunsReloadsAndStops) {
  catch_signals();
  auto agent = std::make_unique<AgentServer>(fake, "127.0.0.1:0", TlsFiles{});
  const int port = agent->port();
  const std::string config = write_config(port, "");
  Daemon daemon(config);
  std::thread thread([&] { daemon.run(); });
  EXPECT_TRUE(wait_for([&] { return metric("link_up{host=\"h\"} 1"); }));
  fake.push(batch(1));
  fake.push(batch(4));
  EXPECT_TRUE(wait_for([&] { return metric("batches_total{app=\"cc\",host=\"h\"} 2"); }));
  EXPECT_TRUE(wait_for([&] { return metric("batches_lost_total{app=\"cc\",host=\"h\"} 2"); }));
  EXPECT_TRUE(wait_for([&] { return metric("rounds_total{app=\"cc\"}"); }));

  agent.reset();
  EXPECT_TRUE(wait_for([&] { return metric("link_up{host=\"h\"} 0"); }));
  agent = std::make_unique<AgentServer>(fake, fmt::format("127.0.0.1:{}", port), TlsFiles{});
  EXPECT_TRUE(wait_for([&] { return metric("link_up{host=\"h\"} 1"); }));

  std::ofstream(config) << "not = [toml";
  ::kill(::getpid(), SIGHUP);
  write_config(port, "[app.gate]\nalpha = 0.5\n");
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGTERM);
  thread.join();
  EXPECT_TRUE(wait_for([&] { return !fake.attached(); }));
  EXPECT_NE(fake.active(), 0u) << "the active snapshot goes on";
  EXPECT_NE(read_file(directory + "/decisions").find("\"type\":\"gate\""), std::string::npos);
  EXPECT_NE(read_file(directory + "/status.json").find("\"name\": \"h\""), std::string::npos);
}

TEST_F(DaemonTest, ABadModelIsOneError) {
  const std::string config = write_config(1, "");
  std::string text = read_file(config);
  text.replace(text.find(LF_MODEL), std::string(LF_MODEL).size(), directory + "/rows.csv");
  std::ofstream(config) << text;
  try {
    Daemon daemon(config);
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("rows.csv"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace liteflow
