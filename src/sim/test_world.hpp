// Shared by tests: small communities without weather, and what a test asks of a world.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "sim/built_in.hpp"
#include "sim/world.hpp"

namespace musubi::sim::testing {

/// 2020-01-01 00:00 at UTC+9.
inline WallTime new_year() { return {1'577'804'400'000, 9 * 3600}; }

inline UnitId unit(int number) {
  return UnitId(physics::unit_name(static_cast<std::size_t>(number)));
}

/// A quiet community under the default policy and scenario, in the field's control times.
inline WorldSetup quiet_setup(std::size_t units, Ohms cable = Ohms(0.0)) {
  WorldSetup setup;
  setup.community = physics::quiet_community(units, cable);
  setup.policy = std::make_shared<const Policy>(default_policy(unit_ids(setup.community)));
  setup.scenario = std::make_shared<const Scenario>(default_scenario());
  setup.timing = ControlTiming::field();
  setup.start = new_year();
  setup.plant.loss = physics::LossModel::apis;
  return setup;
}

/// The same setup with a changed policy.
inline WorldSetup with_policy(WorldSetup setup, const std::function<void(Policy&)>& change) {
  Policy policy = *setup.policy;
  change(policy);
  setup.policy = std::make_shared<const Policy>(policy);
  return setup;
}

inline Instant at_s(double s) { return Instant{} + seconds(s); }

inline void set_rsoc(World& world, UnitId id, double percent) {
  world.plant().set_rsoc(world.index_of(id), world.now(), Percent(percent));
}

/// Lets time pass in small steps until `holds`; false when `limit` is over first.
inline bool run_until(World& world, Duration limit, const std::function<bool()>& holds) {
  const Instant end = world.now() + limit;
  while (!holds()) {
    if (world.now() >= end) {
      return false;
    }
    world.run_until(world.now() + milliseconds(10));
  }
  return true;
}

inline std::vector<Deal> stored_deals(const World& world) {
  std::vector<Deal> deals;
  for (const auto& record : world.store().snapshot()) {
    if (const auto* deal = std::get_if<Deal>(&record->value)) {
      deals.push_back(*deal);
    }
  }
  return deals;
}

inline std::size_t deals_in(const World& world, DealPhase phase) {
  std::size_t count = 0;
  for (const auto& deal : stored_deals(world)) {
    count += deal.phase == phase ? 1U : 0U;
  }
  return count;
}

/// A deal as a person or another program proposes it.
inline Deal proposal(UnitId charge, UnitId discharge, std::int64_t amount_wh,
                     double current_a = 1.0) {
  Deal deal;
  deal.charge_unit = charge;
  deal.discharge_unit = discharge;
  deal.current = Amperes(current_a);
  deal.amount_wh = amount_wh;
  deal.point_per_wh = 10.0;
  return deal;
}
inline void propose(World& world, UnitId door, const Deal& deal) {
  world.inject(door, node::CreateDeal{std::make_shared<const Deal>(deal)});
}

/// One write to a converter, as it was sent.
struct Write {
  Instant at{};
  UnitId unit;
  DeviceCommand command;
};

/// Every device write of every unit from now on. The vector outlives the world.
inline void record_writes(World& world, std::vector<Write>& writes) {
  world.observe([&writes](UnitId id, Instant now, const node::Effect& effect) {
    if (const auto* write = std::get_if<node::WriteDevice>(&effect)) {
      writes.push_back({now, id, write->command});
    }
  });
}

}  // namespace musubi::sim::testing
