// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/allreduce.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "daemon/training/sizes.h"

namespace liteflow::sched {
namespace {

constexpr std::uint32_t kPeer = 3000;

// Millions of parameters: MobileNetV2, DenseNet-121, ResNet-18, -50 and -101,
// BERT-base, GPT-2, VGG-16.
constexpr std::array<double, 8> kParameters = {3.5, 8, 11.7, 25.6, 44.5, 110, 124, 138};
constexpr double kBucket = 25e6, kFirstBucket = 1e6, kBytes = 4;  // DDP's, bytes; of a parameter

struct Job {
  std::vector<std::uint64_t> buckets;  // bytes that a rank sends for each, in the order they become ready
  std::uint64_t ranks = 2;
  double forward_us = 0, backward_us = 0;
  Path path;
  std::size_t connection = 0;
  std::uint64_t next_us = kSecond;
};

// A ring carries every byte but those of one's own part twice.
std::uint64_t share_of_ring(double bytes, std::uint64_t ranks) {
  const double sent = 2 * bytes * kSizeScale * static_cast<double>(ranks - 1) / static_cast<double>(ranks);
  return static_cast<std::uint64_t>(std::min(sent, kMostSize));
}

Job make_job(double parameters, std::uint64_t ranks, Rng &rng) {
  Job job;
  job.ranks = ranks;
  double left = parameters * 1e6 * kBytes;
  for (double bucket = kFirstBucket; left > 0; bucket = kBucket) {
    // A bucket ends with the layer that fills it.
    const double bytes = std::min(left, bucket * rng.uniform(1, 1.3));
    job.buckets.push_back(share_of_ring(bytes, ranks));
    left -= bytes;
  }
  job.forward_us = rng.log_uniform(50e3, 300e3);
  job.backward_us = 2 * job.forward_us;
  job.path = {rng.log_uniform(5e6, 12e6), 300};
  return job;
}

// An iteration: buckets become ready one after the other during the backward
// pass and wait for each other; then the loss is averaged.
void iterate(Trace &trace, Job &job, Rng &rng) {
  const double pace = std::max(0.5, 1 + 0.03 * rng.normal());
  double ready = static_cast<double>(job.next_us) + job.forward_us * pace;
  std::uint64_t done = 0;
  const auto send = [&](std::uint64_t bytes, std::uint64_t chunk) {
    const std::uint64_t start = std::max(done, static_cast<std::uint64_t>(ready));
    done = trace.send(job.connection, start, bytes, std::max<std::uint64_t>(chunk, 1), job.path);
  };
  for (const std::uint64_t bytes : job.buckets) {
    ready += job.backward_us * pace / static_cast<double>(job.buckets.size());
    send(bytes, bytes / (2 * (job.ranks - 1)));
  }
  ready = static_cast<double>(done) + rng.uniform(15e3, 40e3);
  send(8, 8);
  job.next_us = done;
}

}  // namespace

void all_reduce(Trace &trace, std::uint64_t until_us, Rng &rng, Rng &life) {
  const std::uint64_t ranks = 2 + rng.below(7);
  const bool containers = rng.chance(0.5);
  const auto port = static_cast<std::uint16_t>(rng.chance(0.5) ? 29500 : 36000 + rng.below(20000));
  std::vector<Job> jobs;
  for (std::uint64_t i = 0; i < 3; i++) {
    jobs.push_back(make_job(kParameters[rng.below(kParameters.size())], ranks, rng));
    jobs[i].connection = trace.open(kSecond, {.peer = kPeer, .port = port, .passive = false,
                                              .cgroup = containers ? 30 + i : 30});
  }
  for (Job &job : jobs)
    while (job.next_us < until_us) iterate(trace, job, life);
}

}  // namespace liteflow::sched
