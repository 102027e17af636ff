// What a finished deal is worth.
#pragma once

#include "domain/deal.hpp"

namespace musubi {

/// The energy that is paid for: what arrived where the giver bears the loss, what was sent where
/// the taker does, the mean where both do; at the deal's metering point.
inline WattHours billed_energy(const Deal& deal) {
  const WattHours arrived = deal.charge_meter.at(deal.metering_point);
  const WattHours sent = deal.discharge_meter.at(deal.metering_point);
  switch (deal.loss_payer) {
  case LossPayer::discharge_unit:
    return arrived;
  case LossPayer::charge_unit:
    return sent;
  case LossPayer::shared:
    return (arrived + sent) / 2.0;
  }
  return arrived;
}

/// What the charging unit pays to the discharging one; 0 without a price.
inline Points price_of(const Deal& deal) {
  return Points(billed_energy(deal).value() * deal.point_per_wh.value_or(0.0));
}

}  // namespace musubi
