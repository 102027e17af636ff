#include "json/config_files.hpp"
#include "json/encryption.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

constexpr Range period_range{1, 86'400'000};
constexpr Range port_range{1, 65535};
constexpr std::string_view tmpdir_mark = "{tmpdir}";

std::string with_tmpdir(std::string format, std::string_view tmpdir) {
  while (tmpdir.size() > 1 && tmpdir.ends_with('/')) {
    tmpdir.remove_suffix(1);
  }
  std::size_t at = 0;
  while ((at = format.find(tmpdir_mark, at)) != std::string::npos) {
    format.replace(at, tmpdir_mark.size(), tmpdir);
    at += tmpdir.size();
  }
  return format;
}

/// The text at the top level; "NA" where there is none, as in the reference's unit data.
std::string name_at_root(const Value& root, std::string_view key) {
  const Value* value = root.find(key);
  return value != nullptr && value->is(Value::Kind::text) ? value->as_text() : "NA";
}

/// Decrypts in place, once both names that make the key are known.
void decrypt_root(Value& root, Problems& problems) {
  if (!has_encrypted_entries(root)) {
    return;
  }
  for (const std::string_view key : {"communityId", "clusterId"}) {
    const Value* value = root.find(key);
    if (value == nullptr || !value->is(Value::Kind::text)) {
      problems.error(root.line(), pointer_to("", key),
                     value == nullptr ? "nothing" : describe(*value),
                     "a text: with it the \".encrypted\" entries are decrypted");
      return;
    }
  }
  decrypt_entries(
      root, encryption_seed(name_at_root(root, "communityId"), name_at_root(root, "clusterId")),
      problems);
}

void read_endpoint(ObjectReader& connection, std::string_view key, std::optional<Endpoint>& field,
                   Need need) {
  ObjectReader reader = connection.child(key);
  if (!reader.present() && need == Need::optional) {
    return;
  }
  Endpoint endpoint;
  int port = 0;
  reader.text("host", endpoint.host, need);
  reader.integer("port", port, port_range, need);
  reader.finish();
  endpoint.port = static_cast<std::uint16_t>(port);
  if (!endpoint.host.empty() && port > 0) {
    field = endpoint;
  }
}

void read_connection(ObjectReader connection, NodeConfig& config) {
  const auto need = [](bool needed) { return needed ? Need::required : Need::optional; };
  const SystemType type = config.system_type;
  read_endpoint(connection, "emulator", config.emulator, need(type == SystemType::dcdc_emulator));
  read_endpoint(connection, "dcdc_controller", config.dcdc_controller,
                need(type != SystemType::dcdc_emulator));
  read_endpoint(connection, "emu_driver", config.emu_driver, need(type == SystemType::dcdc_v1));
  connection.finish();
}

void read_watchdog(ObjectReader watchdog, NodeConfig& config) {
  watchdog.boolean("enabled", config.watchdog_enabled);
  const Need need = config.watchdog_enabled ? Need::required : Need::optional;
  watchdog.milliseconds("periodMsec", config.watchdog_period, period_range);
  watchdog.text("host", config.watchdog_host, need);
  int port = 0;
  watchdog.integer("port", port, port_range, need);
  config.watchdog_port = static_cast<std::uint16_t>(port);
  watchdog.text("uri", config.watchdog_uri, need);
  watchdog.milliseconds("requestTimeoutMsec", config.watchdog_request_timeout, period_range);
  watchdog.finish();
}

}  // namespace

std::optional<NodeConfig> read_node_config(const Value& root, std::string_view tmpdir,
                                           Problems& problems) {
  Value plain = root;
  decrypt_root(plain, problems);
  NodeConfig config;
  ObjectReader reader(&plain, "", 1, problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  reader.ignore("$schema");
  reader.text("programId", config.program_id);
  reader.text("communityId", config.community_id);
  reader.text("clusterId", config.cluster_id);

  ObjectReader security = reader.child("security");
  security.boolean("enabled", config.security_enabled);
  const Need pem = config.security_enabled ? Need::required : Need::optional;
  security.text("pemKeyFile", config.pem_key_file, pem);
  security.text("pemCertFile", config.pem_cert_file, pem);
  security.finish();

  reader.unit_id("unitId", config.unit_id, Need::required);
  reader.text("unitName", config.unit_name);
  if (config.unit_name.empty()) {
    config.unit_name = "auto" + config.unit_id.str();
  }
  reader.text("serialNumber", config.serial_number);
  reader.choice<SystemType>("systemType", config.system_type,
                            {{"dcdc_emulator", SystemType::dcdc_emulator},
                             {"dcdc_v1", SystemType::dcdc_v1},
                             {"dcdc_v2", SystemType::dcdc_v2}},
                            Need::required);
  reader.text("hwConfigFile", config.hw_config_file, Need::required);
  reader.text("policyFile", config.policy_file, Need::required);
  reader.text("scenarioFile", config.scenario_file, Need::required);
  reader.text("stateFileFormat", config.state_file_format);
  reader.text("dealLogDirFormat", config.deal_log_dir_format);
  reader.text("fileSystemExclusiveLockFileFormat", config.lock_file_format);
  for (std::string* format :
       {&config.state_file_format, &config.deal_log_dir_format, &config.lock_file_format}) {
    *format = with_tmpdir(*format, tmpdir);
  }
  reader.milliseconds("policyFileReadTimeoutMsec", config.policy_file_read_timeout, period_range);

  read_connection(reader.child("connection"), config);

  ObjectReader center = reader.child("controlCenter");
  center.boolean("enabled", config.control_center_enabled);
  center.text("account", config.control_center_account);
  center.text("password", config.control_center_password);
  center.finish();

  ObjectReader gateway = reader.child("batteryCapacityManagement");
  gateway.boolean("enabled", config.battery_capacity_management_enabled);
  gateway.finish();
  read_watchdog(reader.child("watchdog"), config);
  reader.finish();
  return config;
}

ReadResult<NodeConfig> read_node_config(std::string_view text, std::string file,
                                        std::string_view tmpdir) {
  return read_text<NodeConfig>(text, std::move(file), [&](const Value& root, Problems& problems) {
    return read_node_config(root, tmpdir, problems);
  });
}

}  // namespace musubi::json
