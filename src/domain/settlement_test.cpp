#include "domain/settlement.hpp"

#include <gtest/gtest.h>

namespace musubi {
namespace {

Deal metered() {
  Deal deal;
  deal.charge_meter.battery_energy = WattHours(1);
  deal.charge_meter.bus_energy = WattHours(2);
  deal.discharge_meter.battery_energy = WattHours(5);
  deal.discharge_meter.bus_energy = WattHours(6);
  return deal;
}

TEST(BilledEnergy, IsTheMeterThatTheLossDoesNotTouch) {
  Deal deal = metered();
  EXPECT_EQ(billed_energy(deal), WattHours(1));
  deal.loss_payer = LossPayer::charge_unit;
  deal.metering_point = MeteringPoint::bus;
  EXPECT_EQ(billed_energy(deal), WattHours(6));
  deal.loss_payer = LossPayer::shared;
  EXPECT_EQ(billed_energy(deal), WattHours(4));
}

TEST(PriceOf, IsTheBilledEnergyTimesThePriceAndNothingWithoutOne) {
  Deal deal = metered();
  EXPECT_EQ(price_of(deal), Points(0));
  deal.point_per_wh = 2.5;
  deal.loss_payer = LossPayer::charge_unit;
  EXPECT_EQ(price_of(deal), Points(12.5));
}

}  // namespace
}  // namespace musubi
