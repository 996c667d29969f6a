// SPDX-License-Identifier: GPL-2.0
// The remote link, through a real agent over loopback, to a kernel that isn't one.
#include "daemon/link/remote_link.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "daemon/agent/service.h"
#include "daemon/link/fake_link.h"
#include "daemon/link/test_network.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;

RemoteOptions options_for(int port) {
  RemoteOptions options;
  options.address = fmt::format("127.0.0.1:{}", port);
  options.back_off = {50ms, 100ms};
  options.timeout = 2000ms;
  return options;
}

std::optional<LinkMessage> next(HostLink &link) { return link.next(5000ms); }

bool next_state(HostLink &link, std::string *reason = nullptr) {
  const auto message = next(link);
  if (!message || !std::holds_alternative<LinkState>(*message)) {
    ADD_FAILURE() << "no state came";
    return false;
  }
  if (reason) *reason = std::get<LinkState>(*message).reason;
  return std::get<LinkState>(*message).up;
}

bool wait_for(const std::function<bool()> &condition) {
  for (int i = 0; i < 500 && !condition(); i++) std::this_thread::sleep_for(10ms);
  return condition();
}

// Passes one connection on to an agent, but answers nothing for a while, as a
// busy host does that has yet to compute its side of the handshake.
class SlowRelay {
 public:
  SlowRelay(int agent_port, std::chrono::milliseconds delay) {
    sockaddr_in at = loopback(0);
    socklen_t size = sizeof(at);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr *>(&at), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr *>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::jthread([this, agent_port, delay](const std::stop_token &stop) {
      while (!stop.stop_requested()) relay(agent_port, delay, stop);
    });
  }
  ~SlowRelay() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }
  int port() const { return port_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }
  static bool readable(int fd) {
    pollfd one{fd, POLLIN, 0};
    return ::poll(&one, 1, 20) > 0;
  }
  static bool pass(int from, int to) {
    char bytes[4096];
    const auto n = ::recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN;
    return n > 0 && ::send(to, bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) == n;
  }
  void relay(int agent_port, std::chrono::milliseconds delay, const std::stop_token &stop) const {
    if (!readable(listener_)) return;
    const int client = ::accept(listener_, nullptr, nullptr);
    const int agent = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in at = loopback(agent_port);
    std::this_thread::sleep_for(delay);
    bool open = ::connect(agent, reinterpret_cast<const sockaddr *>(&at), sizeof(at)) == 0;
    while (open && !stop.stop_requested()) {
      readable(client);
      open = pass(client, agent) && pass(agent, client);
    }
    ::close(agent);
    ::close(client);
  }

  int listener_ = -1, port_ = 0;
  std::jthread thread_;
};

class RemoteLinkTest : public testing::Test {
 protected:
  void start_agent(const std::string &address = "127.0.0.1:0") {
    agent = std::make_unique<AgentServer>(fake, address, TlsFiles{});
  }
  FakeLink fake{"cc", 3, 1};
  std::unique_ptr<AgentServer> agent;
};

TEST_F(RemoteLinkTest, RunsEveryOperation) {
  start_agent();
  RemoteLink link(options_for(agent->port()));
  EXPECT_EQ(link.info().kernel_release, "6.1.0-fake");
  EXPECT_EQ(link.apps().at(0).n_in, 3u);
  link.set_interval("cc", 300ms);
  EXPECT_EQ(link.apps().at(0).interval_ms, 300u);

  const auto network = test_network(0), tuned = test_network(1);
  const auto id = link.stage_module(network.name(), fake.add_module(network));
  link.activate(id, true);
  const auto second = link.stage_params(id, tuned.name(), tuned.params);
  link.canary(second, 100);
  EXPECT_EQ(link.snapshots("cc").at(1).state, LF_STATE_CANARY);
  EXPECT_EQ(link.snapshots("cc").at(0).shape, network.shape());
  link.activate(second, false);
  link.rollback("cc", false);
  const std::vector<std::int32_t> inputs{65536, -5, 7, 1, 2, 3};
  EXPECT_EQ(link.infer(second, inputs), fake.infer(second, inputs));
  link.unload(second, tuned.name());
  EXPECT_EQ(link.snapshots("").size(), 1u);
}

TEST_F(RemoteLinkTest, KeepsTheErrnoAndTextOfARefusal) {
  start_agent();
  RemoteLink link(options_for(agent->port()));
  fake.fail_next("activate", EBUSY, "snapshot 3: is going away");
  try {
    link.activate(3, false);
    FAIL();
  } catch (const HostError &error) {
    EXPECT_EQ(error.code(), EBUSY);
    EXPECT_STREQ(error.what(), "snapshot 3: is going away");
  }
}

TEST_F(RemoteLinkTest, AttachesOnlyWhileATrainerListens) {
  start_agent();
  EXPECT_FALSE(fake.attached());
  auto link = std::make_unique<RemoteLink>(options_for(agent->port()));
  link->attach();
  EXPECT_TRUE(next_state(*link));
  EXPECT_TRUE(fake.attached());
  link.reset();
  EXPECT_TRUE(wait_for([&] { return !fake.attached(); }));
}

TEST_F(RemoteLinkTest, StreamsBatchesAndEvents) {
  start_agent();
  RemoteLink link(options_for(agent->port()));
  link.attach();
  EXPECT_TRUE(next_state(link));
  fake.push(BatchMessage{"cc", 1, 4, 7, 2, {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}});
  EventMessage event;
  event.event = LF_EVENT_FALLBACK;
  event.app = "cc";
  event.reason = LF_REASON_GUARD_RATE;
  event.count = 5;
  fake.push(event);
  const auto batch = std::get<BatchMessage>(*next(link));
  EXPECT_EQ(batch.seq, 7u);
  EXPECT_EQ(batch.dropped, 2u);
  EXPECT_EQ(batch.records.size(), 4u);
  EXPECT_EQ(batch.records[3], std::byte{4});
  const auto got = std::get<EventMessage>(*next(link));
  EXPECT_EQ(got.reason, LF_REASON_GUARD_RATE);
  EXPECT_EQ(got.count, 5u);
}

TEST_F(RemoteLinkTest, ASecondTrainerIsTurnedAway) {
  start_agent();
  RemoteLink first(options_for(agent->port())), second(options_for(agent->port()));
  first.attach();
  EXPECT_TRUE(next_state(first));
  second.attach();
  std::string reason;
  EXPECT_FALSE(next_state(second, &reason));
  EXPECT_NE(reason.find("another trainer"), std::string::npos) << reason;
  first.detach();
  EXPECT_TRUE(next_state(second));
}

TEST_F(RemoteLinkTest, SurvivesAnAgentThatRestarts) {
  start_agent();
  const int port = agent->port();
  RemoteLink link(options_for(port));
  link.attach();
  EXPECT_TRUE(next_state(link));
  agent.reset();
  EXPECT_FALSE(next_state(link));
  EXPECT_THROW(link.apps(), LinkDown);
  EXPECT_FALSE(fake.attached());
  std::this_thread::sleep_for(300ms);
  EXPECT_FALSE(link.next(0ms)) << "a link that is down says so once";
  start_agent(fmt::format("127.0.0.1:{}", port));
  EXPECT_TRUE(next_state(link));
  EXPECT_EQ(link.apps().size(), 1u);
}

TEST_F(RemoteLinkTest, WaitsLongerForASlowHandshakeThanBetweenAttempts) {
  start_agent();
  const SlowRelay relay(agent->port(), 500ms);
  RemoteOptions options = options_for(relay.port());
  options.timeout = 10000ms;
  RemoteLink link(options);
  EXPECT_EQ(link.apps().at(0).n_in, 3u);
}

TEST_F(RemoteLinkTest, TellsThatTheKernelModuleWentAway) {
  start_agent();
  RemoteLink link(options_for(agent->port()));
  link.attach();
  EXPECT_TRUE(next_state(link));
  fake.reload();
  std::string reason;
  EXPECT_FALSE(next_state(link, &reason));
  EXPECT_EQ(reason, "the fake host has gone");
  EXPECT_TRUE(next_state(link));
}

TEST_F(RemoteLinkTest, AnAddressInUseIsAnError) {
  start_agent();
  EXPECT_THROW(AgentServer(fake, fmt::format("127.0.0.1:{}", agent->port()), TlsFiles{}), Error);
}

TEST(Tls, KnowsLoopback) {
  for (const auto *address : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/run/x"})
    EXPECT_TRUE(is_loopback(address)) << address;
  for (const auto *address : {"10.0.2.15:1", "0.0.0.0:1", "[::]:1", "127.evil.net:1", "host:1"})
    EXPECT_FALSE(is_loopback(address)) << address;
}

TEST(Tls, RefusesPlainTextBeyondLoopback) {
  FakeLink fake("cc", 3, 1);
  RemoteOptions options;
  options.address = "192.0.2.1:4710";
  EXPECT_THROW(RemoteLink{options}, Error);
  EXPECT_THROW(AgentServer(fake, "0.0.0.0:0", TlsFiles{}), Error);
  TlsFiles some;
  some.ca = "ca.pem";
  EXPECT_THROW(AgentServer(fake, "127.0.0.1:0", some), Error) << "three files or none";
  options.tls.allow_insecure = true;
  EXPECT_NO_THROW(RemoteLink{options});
}

// A certificate authority, and one certificate for both sides.
class Certificates {
 public:
  Certificates() {
    const std::string script = fmt::format(
        "cd {} && exec 2>/dev/null && "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=test-ca -keyout ca.key -out ca.pem && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=peer "
        "-keyout peer.key -out peer.csr && printf 'subjectAltName=DNS:agent.test' > ext && "
        "openssl x509 -req -in peer.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile ext -out peer.pem", dir_);
    if (std::system(script.c_str()) != 0) throw Error("openssl failed");
  }
  ~Certificates() { std::filesystem::remove_all(dir_); }
  TlsFiles files() const {
    return {dir_ + "/ca.pem", dir_ + "/peer.pem", dir_ + "/peer.key", "agent.test", false};
  }

 private:
  static std::string make_dir() {
    std::string path = testing::TempDir() + "lf-tls-XXXXXX";
    return ::mkdtemp(path.data());
  }
  std::string dir_ = make_dir();
};

TEST(Tls, BothSidesShowTheirCertificates) {
  const Certificates certificates;
  FakeLink fake("cc", 3, 1);
  AgentServer agent(fake, "0.0.0.0:0", certificates.files());
  RemoteOptions options = options_for(agent.port());
  EXPECT_THROW(RemoteLink(options).apps(), LinkDown) << "plain text to a TLS agent";
  options.tls = certificates.files();
  EXPECT_EQ(RemoteLink(options).apps().size(), 1u);
  const Certificates strangers;
  options.tls = strangers.files();
  EXPECT_THROW(RemoteLink(options).apps(), LinkDown) << "another authority";
}

TEST(Pump, RetriesWithBackOffAndSaysSoOnce) {
  Inbox inbox;
  int sessions = 0;
  Pump pump(inbox,
            [&](const auto &up, const auto &stopping) {
              if (++sessions < 4) throw Error("no kernel");
              up();
              while (!stopping()) std::this_thread::sleep_for(1ms);
            },
            {5ms, 20ms});
  pump.start();
  auto message = inbox.pop(2000ms);
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<LinkState>(*message).reason, "no kernel");
  message = inbox.pop(2000ms);
  ASSERT_TRUE(message);
  EXPECT_TRUE(std::get<LinkState>(*message).up);
  pump.stop();
  EXPECT_EQ(sessions, 4);
}

TEST(Inbox, DropsTheOldestBatchWhenFull) {
  Inbox inbox(2);
  inbox.push(LinkState{true, ""});
  for (std::uint64_t seq = 1; seq <= 3; seq++) {
    BatchMessage batch;
    batch.seq = seq;
    inbox.push(std::move(batch));
  }
  EXPECT_TRUE(std::get<LinkState>(*inbox.pop(0ms)).up);
  EXPECT_EQ(std::get<BatchMessage>(*inbox.pop(0ms)).seq, 3u);
  EXPECT_FALSE(inbox.pop(0ms));
}

}  // namespace
}  // namespace liteflow
