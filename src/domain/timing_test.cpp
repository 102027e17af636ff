#include "domain/timing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <vector>

namespace musubi {
namespace {

TEST(ControlTimingTest, FieldTimesAreThoseOfTheControlRules) {
  const ControlTiming t = ControlTiming::field();
  EXPECT_EQ(t.heartbeat, milliseconds(250));
  EXPECT_EQ(t.suspicion, milliseconds(750));
  EXPECT_EQ(t.current_lease, milliseconds(3000));
  EXPECT_EQ(t.reference_lease, milliseconds(4500));
  EXPECT_EQ(t.role_lease, milliseconds(5000));
  EXPECT_EQ(t.fence_bound, milliseconds(6200));
  EXPECT_EQ(t.dead_bus_time, milliseconds(1000));
  EXPECT_TRUE(t.is_consistent());
}

TEST(ControlTimingTest, StudyTimesMakeOneHeartbeatOneControlPeriod) {
  const ControlTiming t = ControlTiming::study(seconds(5));
  EXPECT_EQ(t.heartbeat, seconds(5));
  EXPECT_EQ(t.suspicion, seconds(15));
  EXPECT_EQ(t.current_lease, seconds(60));
  EXPECT_EQ(t.reference_lease, seconds(90));
  EXPECT_EQ(t.role_lease, seconds(100));
  EXPECT_EQ(t.fence_bound, seconds(124));
  EXPECT_EQ(t.reading_max_age, seconds(12));
  EXPECT_EQ(t.trip_sample_gap, seconds(5));
  EXPECT_EQ(t.device_stop_bound, ControlTiming::field().device_stop_bound);
  EXPECT_EQ(t.dead_bus_time, ControlTiming::field().dead_bus_time);
  EXPECT_TRUE(t.is_consistent());
}

TEST(ControlTimingTest, TheFieldPeriodStudiedIsTheFieldsFence) {
  EXPECT_EQ(ControlTiming::study(milliseconds(250)).fence_bound, ControlTiming().fence_bound);
  EXPECT_EQ(ControlTiming::study(milliseconds(250)).reference_lease,
            ControlTiming().reference_lease);
}

TEST(ControlTimingTest, EachBrokenRelationIsFound) {
  const std::vector<std::function<void(ControlTiming&)>> breaks{
      [](ControlTiming& t) { t.suspicion = t.heartbeat * 3 - Duration(1); },
      [](ControlTiming& t) { t.current_lease = t.suspicion + t.heartbeat * 4; },
      [](ControlTiming& t) {
        t.reference_lease = t.current_lease + t.device_stop_bound - Duration(1);
      },
      [](ControlTiming& t) { t.role_lease = t.reference_lease - Duration(1); },
      [](ControlTiming& t) {
        t.fence_bound = t.role_lease + t.device_stop_bound + t.role_lease / 100 - Duration(1);
      },
  };
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    ControlTiming timing;
    breaks[i](timing);
    EXPECT_FALSE(timing.is_consistent()) << i;
    EXPECT_FALSE(timing == ControlTiming()) << i;
  }
}

RC_GTEST_PROP(ControlTimingProperties, EveryStudyPeriodFromAQuarterSecondIsConsistent, ()) {
  const auto period_ms = *rc::gen::inRange<std::int64_t>(250, 120'000);
  RC_ASSERT(ControlTiming::study(milliseconds(period_ms)).is_consistent());
}

}  // namespace
}  // namespace musubi
