#include "sim/event_queue.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <tuple>

namespace musubi::sim {
namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

/// An event that can be told from others.
node::Event numbered(std::uint64_t id) {
  return node::TransactionAnswered{id, node::TransactionResult::committed, 0};
}
std::uint64_t number_of(const node::Event& event) {
  return std::get<node::TransactionAnswered>(event).id;
}

TEST(EventQueue, IsEmptyAtFirst) { EXPECT_TRUE(EventQueue().empty()); }

TEST(EventQueue, GivesTheEarliestFirst) {
  EventQueue queue;
  queue.push(at_ms(20), 1, numbered(1));
  queue.push(at_ms(10), 2, numbered(2));
  EXPECT_EQ(queue.next_at(), at_ms(10));
  const auto first = queue.pop();
  EXPECT_EQ(first.at, at_ms(10));
  EXPECT_EQ(first.to.index, 2U);
  EXPECT_EQ(number_of(queue.take(first.slot)), 2U);
  const auto second = queue.pop();
  EXPECT_EQ(number_of(queue.take(second.slot)), 1U);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, KeepsTheOrderOfEqualInstantsBetweenEventsAndHooks) {
  EventQueue queue;
  queue.push(at_ms(5), 1, numbered(1));
  queue.push_hook(at_ms(5), {Address::Kind::store, 0});
  queue.push_hook(at_ms(5), {Address::Kind::timer, 7});
  queue.push(at_ms(5), 2, numbered(2));
  EXPECT_EQ(queue.pop().to.kind, Address::Kind::node);
  EXPECT_EQ(queue.pop().to.kind, Address::Kind::store);
  const auto hook = queue.pop();
  EXPECT_EQ(hook.to.kind, Address::Kind::timer);
  EXPECT_EQ(hook.to.index, 7U);
  EXPECT_EQ(queue.pop().to.index, 2U);
}

TEST(EventQueue, UsesSlotsAgainWithoutMixingTheirEvents) {
  EventQueue queue;
  for (std::uint64_t round = 0; round < 3; ++round) {
    queue.push(at_ms(2), 0, numbered(10 * round + 2));
    queue.push(at_ms(1), 0, numbered(10 * round + 1));
    EXPECT_EQ(number_of(queue.take(queue.pop().slot)), 10 * round + 1);
    queue.push(at_ms(3), 0, numbered(10 * round + 3));
    EXPECT_EQ(number_of(queue.take(queue.pop().slot)), 10 * round + 2);
    EXPECT_EQ(number_of(queue.take(queue.pop().slot)), 10 * round + 3);
  }
}

TEST(EventQueue, WhatWasForAForgottenNodeComesOutStaleInItsPlace) {
  EventQueue queue;
  queue.push(at_ms(1), 1, numbered(1));
  queue.push(at_ms(1), 2, numbered(2));
  queue.push_hook(at_ms(1), {Address::Kind::timer, 1});
  queue.forget(1);
  queue.push(at_ms(1), 1, numbered(3));
  EXPECT_TRUE(queue.pop().stale);
  EXPECT_FALSE(queue.pop().stale);
  EXPECT_TRUE(queue.pop().stale);
  EXPECT_FALSE(queue.pop().stale);
  EXPECT_EQ(queue.generation(1), 1U);
}

RC_GTEST_PROP(EventQueue, GivesEverythingByInstantAndThenByArrival, ()) {
  const auto delays = *rc::gen::container<std::vector<std::pair<int, bool>>>(
      rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::arbitrary<bool>()));
  EventQueue queue;
  std::vector<std::tuple<Instant, std::uint64_t>> expected;
  std::vector<std::tuple<Instant, std::uint64_t>> given;
  Instant now{};
  const auto take_one = [&] {
    const auto item = queue.pop();
    RC_ASSERT(item.at >= now);
    now = item.at;
    given.emplace_back(item.at, number_of(queue.take(item.slot)));
  };
  for (std::uint64_t i = 0; i < delays.size(); ++i) {
    const Instant at = now + milliseconds(delays[i].first);
    queue.push(at, 0, numbered(i));
    expected.emplace_back(at, i);
    if (delays[i].second) {
      take_one();
    }
  }
  while (!queue.empty()) {
    take_one();
  }
  std::sort(expected.begin(), expected.end());
  RC_ASSERT(given == expected);
}

}  // namespace
}  // namespace musubi::sim
