// Independent pieces of work in several threads, their results one after the other.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace musubi::app {

/// Calls `work(i)` for i from 0 to `count` - 1 in `jobs` threads and hands each result to
/// `take(i, result)`: one at a time, in the order of i. Nothing new begins once `goes_on()` is
/// false; what has begun is taken. `take` and `goes_on` are never called at the same time. The
/// first exception of `work` or `take` ends all and is thrown here.
template <class Work, class Take, class GoesOn>
void in_order(unsigned jobs, std::uint64_t count, Work work, Take take, GoesOn goes_on) {
  using Outcome = decltype(work(std::uint64_t{}));
  std::mutex mutex;
  std::map<std::uint64_t, Outcome> waiting;  // for one before it
  std::uint64_t next = 0;
  std::uint64_t taken = 0;
  std::exception_ptr broken;
  const auto one_thread = [&] {
    std::unique_lock lock(mutex);
    try {
      while (!broken && next < count && goes_on()) {
        const std::uint64_t mine = next++;
        lock.unlock();
        Outcome outcome = work(mine);
        lock.lock();
        waiting.emplace(mine, std::move(outcome));
        for (auto it = waiting.find(taken); it != waiting.end(); it = waiting.find(taken)) {
          take(taken++, std::move(it->second));
          waiting.erase(it);
        }
      }
    } catch (...) {
      if (!lock.owns_lock()) {
        lock.lock();
      }
      broken = broken ? broken : std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i) {
    threads.emplace_back(one_thread);
  }
  one_thread();
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (broken) {
    std::rethrow_exception(broken);
  }
}

}  // namespace musubi::app
