#include "base/contract.hpp"

#include <gtest/gtest.h>

namespace musubi {
namespace {

TEST(ContractTest, AConditionThatHoldsIsSilent) { expect(true, "nothing"); }

TEST(ContractDeathTest, ABrokenContractNamesThePlaceAndEnds) {
  EXPECT_DEATH(expect(false, "two is three"),
               "contract_test\\.cpp:[0-9]+: contract broken: two is three");
}

}  // namespace
}  // namespace musubi
