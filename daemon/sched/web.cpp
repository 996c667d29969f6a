// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/web.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace liteflow::sched {
namespace {

constexpr std::uint32_t kFirstPeer = 1000;

struct Page {
  std::vector<std::uint64_t> objects;  // bytes with headers; the first is the page itself
  std::vector<std::size_t> links;
};

struct Site {
  std::vector<Page> pages;
  std::vector<double> popularity;  // cumulative
  std::uint64_t header = 0;        // bytes
  bool header_first = false;
  bool keep_alive = false;
  Endpoint endpoint;
};

struct Visitor {
  std::uint32_t peer = 0;
  Path path;
  std::uint64_t request = 0;  // bytes, cookies and all
  std::size_t parallel = 1;   // connections
};

Page make_page(const Site &site, Sizes sizes, const std::vector<std::uint64_t> &shared, Rng &rng, std::size_t pages) {
  Page page;
  page.objects.push_back(site.header + draw_size(sizes, rng));
  for (std::size_t i = rng.below(std::min<std::size_t>(4, shared.size() + 1)); i > 0; i--)
    page.objects.push_back(shared[rng.below(shared.size())]);
  for (std::size_t i = rng.below(8); i > 0; i--) page.objects.push_back(site.header + draw_size(sizes, rng));
  for (std::size_t i = 1 + rng.below(5); i > 0; i--) page.links.push_back(rng.below(pages));
  return page;
}

Site make_site(const Server &server, Rng &rng) {
  Site site;
  site.header = 220 + rng.below(200);
  site.header_first = server.header_first;
  site.keep_alive = rng.chance(0.6);
  site.endpoint = {.port = static_cast<std::uint16_t>(rng.chance(0.7) ? 80 : 8080), .passive = true, .cgroup = 10};
  std::vector<std::uint64_t> shared;
  for (std::size_t i = 2 + rng.below(6); i > 0; i--) shared.push_back(site.header + draw_size(server.sizes, rng));
  const std::size_t pages = 10 + rng.below(50);
  const double exponent = rng.uniform(0.7, 1.2);
  double sum = 0;
  for (std::size_t i = 0; i < pages; i++) {
    site.pages.push_back(make_page(site, server.sizes, shared, rng, pages));
    site.popularity.push_back(sum += std::pow(static_cast<double>(i + 1), -exponent));
  }
  return site;
}

std::size_t entry(const Site &site, Rng &rng) {
  const double at = rng.uniform(0, site.popularity.back());
  return static_cast<std::size_t>(std::upper_bound(site.popularity.begin(), site.popularity.end(), at) -
                                  site.popularity.begin());
}

// A visit: its connections, and when each has nothing to do.
class Visit {
 public:
  Visit(Trace &trace, const Site &site, const Visitor &visitor, Rng &rng)
      : trace_(trace), site_(site), visitor_(visitor), rng_(rng), lanes_(visitor.parallel) {}

  // Returns when all of the page has arrived.
  std::uint64_t load(const Page &page, std::uint64_t now) {
    std::uint64_t last = fetch(lanes_[0], page.objects[0], now);
    const std::uint64_t parsed = last + milliseconds(5, 30);
    for (std::size_t i = 1; i < page.objects.size(); i++) {
      Lane &lane = lanes_[(i - 1) % lanes_.size()];
      last = std::max(last, fetch(lane, page.objects[i], std::max(parsed, lane.free_us)));
    }
    return last;
  }

  void leave(std::uint64_t now) {
    for (const Lane &lane : lanes_)
      if (lane.open) trace_.close(lane.connection, now);
  }

 private:
  struct Lane {
    bool open = false;
    std::size_t connection = 0;
    std::uint64_t free_us = 0;
  };

  std::uint64_t milliseconds(double lo, double hi) { return static_cast<std::uint64_t>(rng_.uniform(lo, hi) * 1000); }

  // now: when the request arrives. The server thinks for a moment.
  std::uint64_t fetch(Lane &lane, std::uint64_t bytes, std::uint64_t now) {
    if (!lane.open) {
      Endpoint e = site_.endpoint;
      e.peer = visitor_.peer;
      lane.connection = trace_.open(now, e);
      lane.open = true;
    }
    trace_.receive(lane.connection, now, visitor_.request + rng_.below(40));
    const std::uint64_t answer = now + 200 + static_cast<std::uint64_t>(rng_.exponential(1500));
    const std::uint64_t written = site_.header_first ? site_.header : bytes;
    lane.free_us = trace_.send(lane.connection, answer, bytes, written, visitor_.path);
    if (!site_.keep_alive) {
      trace_.close(lane.connection, lane.free_us);
      lane.open = false;
    }
    return lane.free_us;
  }

  Trace &trace_;
  const Site &site_;
  const Visitor &visitor_;
  Rng &rng_;
  std::vector<Lane> lanes_;
};

// Page after page; returns when it is over.
std::uint64_t visit(Trace &trace, const Site &site, const Visitor &visitor, std::uint64_t now, Rng &rng) {
  Visit at(trace, site, visitor, rng);
  for (std::size_t page = entry(site, rng);;) {
    now = at.load(site.pages[page], now) + static_cast<std::uint64_t>(rng.exponential(1.5e6));
    if (!rng.chance(0.75)) break;
    const auto &links = site.pages[page].links;
    page = links[std::min(rng.below(links.size()), rng.below(links.size()))];
  }
  at.leave(now);
  return now;
}

std::vector<Visitor> make_visitors(Rng &rng) {
  std::vector<Visitor> visitors(5 + rng.below(40));
  for (std::size_t i = 0; i < visitors.size(); i++) {
    Visitor &v = visitors[i];
    v.peer = kFirstPeer + static_cast<std::uint32_t>(i);
    v.path = {rng.log_uniform(1.2e6, 12e6), static_cast<std::uint64_t>(rng.log_uniform(300, 50'000))};
    v.request = 250 + rng.below(500);
    v.parallel = 1 + rng.below(6);
  }
  return visitors;
}

}  // namespace

void browse(Trace &trace, const Server &server, std::uint64_t until_us, Rng &site_rng, Rng &life) {
  const Site site = make_site(server, site_rng);
  for (const Visitor &visitor : make_visitors(site_rng)) {
    std::uint64_t now = kSecond + static_cast<std::uint64_t>(life.exponential(5e6));
    while (now < until_us)
      now = visit(trace, site, visitor, now, life) + static_cast<std::uint64_t>(life.exponential(10e6));
  }
}

}  // namespace liteflow::sched
