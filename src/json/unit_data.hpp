// Unit data: what a unit shows of itself, and what its devices answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/hw_config.hpp"
#include "domain/node_config.hpp"
#include "domain/offer.hpp"
#include "domain/reading.hpp"
#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::json {

/// The operation modes that are in force for a unit.
struct OperationModes {
  OperationMode global = OperationMode::stop;
  std::optional<OperationMode> local;
  OperationMode effective = OperationMode::stop;

  friend bool operator==(const OperationModes&, const OperationModes&) = default;
};

/// Addresses of the computer that runs the unit; "NA" where there is none.
struct NetworkNames {
  std::string ip = "NA";
  std::string ipv6_link_local = "NA";
  std::string ipv6_global = "NA";
  std::string mac = "NA";

  friend bool operator==(const NetworkNames&, const NetworkNames&) = default;
};

/// Unit data (reference 13).
struct UnitData {
  UnitId unit;
  std::string community_id = "NA";
  std::string cluster_id = "NA";
  std::string display;
  std::string serial_number = "NA";
  NetworkNames network;
  bool trades = false;  ///< APIS "budo": the effective mode is autonomous
  std::optional<std::int64_t> remaining_capacity_wh;
  std::optional<int> deal_capacity;  ///< how many deals at once
  bool is_grid_master = false;
  std::vector<DealId> deals;
  std::optional<OperationModes> modes;
  Reading reading;  ///< taken_at is not part of unit data
  std::optional<WallTime> time;
  /// What the driver says beyond `reading`, passed on as it is; null: nothing.
  Value emu;
  Value dcdc;
};

/// What follows from a unit's files and its newest reading. Deals, role, time, network and the
/// driver's own data are left to the caller.
UnitData unit_data_of(const NodeConfig& config, const HwConfig& hw, Amperes deal_current,
                      const Reading& reading, const OperationModes& modes);

Value unit_data_value(const UnitData& data);
std::string write_unit_data(const UnitData& data);

/// Reads unit data of APIS programs, also the shorter ones of the emulator. Keys that are not known
/// are passed on in `emu` and `dcdc`. `utc_offset_s` is the local offset that the text does not
/// hold.
ReadResult<UnitData> read_unit_data(std::string_view text, std::string file,
                                    std::int32_t utc_offset_s);
std::optional<UnitData> read_unit_data(const Value& root, std::string pointer,
                                       std::int32_t utc_offset_s, Problems& problems);
/// An object of unit data by unit name, in file order.
ReadResult<std::vector<UnitData>> read_unit_data_map(std::string_view text, std::string file,
                                                     std::int32_t utc_offset_s,
                                                     const DocumentLimits& limits = {});

/// Reads the answer of a device driver: a whole one (emulator, versions 1 and 2) or a part of it.
/// What the answer does not hold stays as in `previous`.
ReadResult<Reading> read_device_answer(std::string_view text, std::string file,
                                       const Reading& previous);

}  // namespace musubi::json
