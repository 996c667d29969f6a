// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/rpc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace liteflow::sched {
namespace {

constexpr std::uint32_t kFirstPeer = 2000;
constexpr double kMost = 3e6;  // bytes of a message

struct Message {
  double median = 0, spread = 0;  // bytes; standard deviation of the natural logarithm

  std::uint64_t draw(Rng &rng) const {
    return static_cast<std::uint64_t>(std::clamp(median * std::exp(spread * rng.normal()), 20.0, kMost));
  }
};

struct Method {
  Message request, response;
};

struct Service {
  std::array<Method, 3> methods;
  double habit = 0;  // share of a caller's calls that are its own method's
  std::array<std::array<double, 3>, 3> next{};  // which method a caller asks for next, cumulative
  Endpoint endpoint;
  bool framed = false;  // a frame's head is written before its body
};

struct Peer {
  Endpoint endpoint;
  Path path;
  std::size_t own = 0;  // the method that it is there for
  std::size_t connection = 0, method = 0;
  std::uint64_t next_us = 0;
  double think_us = 0;
};

constexpr std::uint64_t kFrame = 64;  // bytes of a head

Service make_service(Rng &rng) {
  Service s;
  const auto spread = [&] { return rng.uniform(0.05, 0.6); };
  s.methods[0] = {{rng.log_uniform(80, 400), spread()}, {rng.log_uniform(200, 5e3), spread()}};
  s.methods[1] = {{rng.log_uniform(100, 800), spread()}, {rng.log_uniform(20e3, 800e3), spread()}};
  s.methods[2] = {{rng.log_uniform(10e3, 500e3), spread()}, {rng.log_uniform(40, 300), spread()}};
  for (auto &row : s.next) {
    double sum = 0;
    for (double &p : row) p = sum += rng.log_uniform(0.1, 1);
    for (double &p : row) p /= sum;
  }
  s.endpoint = {.port = static_cast<std::uint16_t>(rng.chance(0.5) ? 50051 : 9090), .passive = rng.chance(0.5),
                .cgroup = 20, .dscp = static_cast<std::uint8_t>(rng.chance(0.2) ? 46 : 0)};
  s.framed = rng.chance(0.3);
  s.habit = rng.uniform(0, 0.95);
  return s;
}

std::vector<Peer> make_peers(const Service &service, Rng &rng) {
  std::vector<Peer> peers(3 + rng.below(20));
  for (std::size_t i = 0; i < peers.size(); i++) {
    peers[i].endpoint = service.endpoint;
    peers[i].endpoint.peer = kFirstPeer + static_cast<std::uint32_t>(i);
    peers[i].own = rng.below(service.methods.size());
    peers[i].path = {rng.log_uniform(5e6, 12e6), static_cast<std::uint64_t>(rng.log_uniform(100, 3000))};
    peers[i].think_us = rng.log_uniform(20e3, 500e3);
  }
  return peers;
}

std::size_t next_method(const Service &service, const Peer &peer, Rng &rng) {
  if (rng.chance(service.habit)) return peer.own;
  const auto &row = service.next[peer.method];
  const double u = rng.uniform();
  return u < row[0] ? 0 : u < row[1] ? 1 : 2;
}

// One call; returns when it is over.
std::uint64_t exchange(Trace &trace, const Service &service, const Peer &peer, Rng &rng) {
  const Method &method = service.methods[peer.method];
  const std::uint64_t request = kFrame + method.request.draw(rng), response = kFrame + method.response.draw(rng);
  const auto work = static_cast<std::uint64_t>(rng.exponential(1000));
  const auto written = [&](std::uint64_t bytes) { return service.framed ? kFrame : bytes; };
  if (peer.endpoint.passive) {
    trace.receive(peer.connection, peer.next_us, request);
    return trace.send(peer.connection, peer.next_us + 50 + work, response, written(response), peer.path);
  }
  const std::uint64_t sent = trace.send(peer.connection, peer.next_us, request, written(request), peer.path);
  const std::uint64_t over = sent + work + peer.path.time_us(response);
  trace.receive(peer.connection, over, response);
  return over;
}

}  // namespace

void call(Trace &trace, std::uint64_t until_us, Rng &service_rng, Rng &life) {
  const Service service = make_service(service_rng);
  std::vector<Peer> peers = make_peers(service, service_rng);
  for (Peer &p : peers) {
    p.next_us = kSecond + static_cast<std::uint64_t>(life.exponential(p.think_us));
    p.connection = trace.open(p.next_us, p.endpoint);
    while (p.next_us < until_us) {
      p.method = next_method(service, p, life);
      p.next_us = exchange(trace, service, p, life) + static_cast<std::uint64_t>(life.exponential(p.think_us));
    }
  }
}

}  // namespace liteflow::sched
