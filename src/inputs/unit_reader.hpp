// One unit of a community file.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "inputs/community_file.hpp"
#include "json/object_reader.hpp"

namespace musubi::inputs {

/// Reads the unit at `reader`. Notes an error where its parts contradict each other.
physics::UnitParams read_unit(json::ObjectReader& reader, FileNames& files,
                              std::int32_t utc_offset_s);

/// "outages" of `parent`: spans with `from` and `to`, ascending and apart once read.
std::vector<physics::Outage> read_outages(json::ObjectReader& parent, std::int32_t utc_offset_s);

/// The array at `key`, or nothing with the error noted.
const json::Value* take_array(json::ObjectReader& parent, std::string_view key, json::Need need,
                              std::size_t most, const std::string& what);

/// A file's name under `key` of `files`.
void read_file_name(json::ObjectReader& files, std::string_view key, FileName& field);

}  // namespace musubi::inputs
