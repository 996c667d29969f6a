// SPDX-License-Identifier: GPL-2.0
// Work in threads: the same for each of many things, of which none needs another.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace liteflow::sim {

// work(i) for each i below number, in the order of i but at the same time. The caller's thread is one of the threads.
// After an exception nothing more is begun, and the first is thrown again when all threads have ended.
template <typename Work>
void in_parallel(std::size_t number, std::size_t threads, const Work &work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex lock;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < number; i = next++) work(i);
    } catch (...) {
      const std::lock_guard guard(lock);
      if (!failure) failure = std::current_exception();
      next = number;
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads && i < number; i++) others.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace liteflow::sim
