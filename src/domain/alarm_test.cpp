#include "domain/alarm.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace musubi {
namespace {

std::vector<AlarmCode> every_code() {
  std::vector<AlarmCode> codes;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(AlarmCode::lock_out); ++i) {
    codes.push_back(static_cast<AlarmCode>(i));
  }
  return codes;
}

TEST(AlarmTest, EveryCodeHasANameOfItsOwnAndARemedy) {
  std::set<std::string> names;
  for (const AlarmCode code : every_code()) {
    const AlarmKind& kind = kind_of(code);
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    const std::string remedy = kind.what_to_do;
    ASSERT_FALSE(remedy.empty()) << kind.name;
    EXPECT_EQ(remedy.back(), '.') << kind.name;
  }
  EXPECT_STREQ(kind_of(AlarmCode::device_unreachable).name, "device_unreachable");
  EXPECT_STREQ(kind_of(AlarmCode::bus_latched).name, "bus_latched");
  EXPECT_STREQ(kind_of(AlarmCode::lock_out).name, "lock_out");
}

TEST(AlarmTest, OnlyWhatAPersonMustClearLatches) {
  for (const AlarmCode code : every_code()) {
    const bool by_person = code == AlarmCode::lock_out || code == AlarmCode::bus_latched ||
                           code == AlarmCode::local_stop;
    EXPECT_EQ(kind_of(code).latches, by_person) << kind_of(code).name;
  }
}

TEST(AlarmTest, TheTripleReadsAsTheReferenceLogsIt) {
  EXPECT_EQ(triple({AlarmCode::grid_voltage_out_of_range, UnitId("E001"), AlarmLevel::error, 0, 0}),
            "HARDWARE:LOCAL:ERROR");
  EXPECT_EQ(triple({AlarmCode::members_missing, UnitId("E001"), AlarmLevel::warn, 0, 0}),
            "FRAMEWORK:GLOBAL:WARN");
  EXPECT_EQ(triple({AlarmCode::duplicate_unit, UnitId("E001"), AlarmLevel::fatal, 0, 0}),
            "USER:LOCAL:FATAL");
  EXPECT_EQ(triple({AlarmCode::two_references, UnitId(), AlarmLevel::unknown, 0, 0}),
            "LOGIC:GLOBAL:UNKNOWN");
}

// The tests run in the top folder of the source tree.
TEST(AlarmTest, EveryCodeIsExplainedInTheDocument) {
  std::ifstream file("docs/explanation/alarms.md");
  ASSERT_TRUE(file.is_open());
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const AlarmCode code : every_code()) {
    const std::string name = kind_of(code).name;
    EXPECT_NE(text.find("`" + name + "`"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace musubi
