#include "domain/modes.hpp"

#include <gtest/gtest.h>

namespace musubi {
namespace {

TEST(ModesTest, TwoModesCarryAConstantCurrent) {
  EXPECT_TRUE(is_constant_current(ConverterMode::charge));
  EXPECT_TRUE(is_constant_current(ConverterMode::discharge));
  EXPECT_FALSE(is_constant_current(ConverterMode::waiting));
  EXPECT_FALSE(is_constant_current(ConverterMode::voltage_reference));
  EXPECT_FALSE(is_constant_current(ConverterMode::unknown));
}

TEST(ModesTest, ChargeTakesFromTheBusAndIsPositive) {
  EXPECT_EQ(sign_of(Direction::charge), 1.0);
  EXPECT_EQ(sign_of(Direction::discharge), -1.0);
  EXPECT_EQ(opposite(Direction::charge), Direction::discharge);
  EXPECT_EQ(opposite(Direction::discharge), Direction::charge);
  EXPECT_EQ(current_mode(Direction::charge), ConverterMode::charge);
  EXPECT_EQ(current_mode(Direction::discharge), ConverterMode::discharge);
}

struct ModeCase {
  OperationMode global;
  bool has_local;
  OperationMode local;
  OperationMode effective;
};

class EffectiveModeTest : public testing::TestWithParam<ModeCase> {};

TEST_P(EffectiveModeTest, IsTheReferences) {
  const ModeCase& c = GetParam();
  EXPECT_EQ(effective_mode(c.global, c.has_local, c.local), c.effective);
}

constexpr auto autonomous = OperationMode::autonomous;
constexpr auto heteronomous = OperationMode::heteronomous;
constexpr auto stop = OperationMode::stop;
constexpr auto manual = OperationMode::manual;

INSTANTIATE_TEST_SUITE_P(AllCases, EffectiveModeTest,
                         testing::Values(ModeCase{autonomous, false, stop, autonomous},
                                         ModeCase{autonomous, true, heteronomous, heteronomous},
                                         ModeCase{autonomous, true, stop, stop},
                                         ModeCase{heteronomous, true, autonomous, autonomous},
                                         ModeCase{heteronomous, false, autonomous, heteronomous},
                                         ModeCase{stop, true, autonomous, stop},
                                         ModeCase{stop, false, autonomous, stop},
                                         ModeCase{manual, true, autonomous, manual},
                                         ModeCase{manual, true, stop, manual}));

}  // namespace
}  // namespace musubi
