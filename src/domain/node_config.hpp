// config.json as a value: who a unit is and where its files and devices are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/unit_id.hpp"
#include "units/time.hpp"

namespace musubi {

/// Which driver protocol the unit speaks.
enum class SystemType : std::uint8_t { dcdc_emulator, dcdc_v1, dcdc_v2 };

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The keys of config.json with the reference's defaults (reference 12.1).
struct NodeConfig {
  std::string program_id;
  std::string community_id = "NA";
  std::string cluster_id = "NA";
  bool security_enabled = false;
  std::string pem_key_file;
  std::string pem_cert_file;
  UnitId unit_id;
  std::string unit_name;
  std::string serial_number = "NA";
  SystemType system_type = SystemType::dcdc_emulator;
  std::string hw_config_file;
  std::string policy_file;
  std::string scenario_file;
  std::string state_file_format = "{tmpdir}/apis/state/%s";
  std::string deal_log_dir_format = "'{tmpdir}/apis/dealLog/'uuuu'/'MM'/'dd";
  std::string lock_file_format = "{tmpdir}/.apis.%s.lock";
  Duration policy_file_read_timeout = milliseconds(60000);
  std::optional<Endpoint> emulator;
  std::optional<Endpoint> dcdc_controller;
  std::optional<Endpoint> emu_driver;
  bool control_center_enabled = true;
  std::string control_center_account;
  std::string control_center_password;
  bool battery_capacity_management_enabled = false;
  bool watchdog_enabled = false;
  Duration watchdog_period = milliseconds(5000);
  std::string watchdog_host;
  std::uint16_t watchdog_port = 0;
  std::string watchdog_uri;
  Duration watchdog_request_timeout = milliseconds(5000);

  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

}  // namespace musubi
