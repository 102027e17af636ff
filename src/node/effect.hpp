// Everything that a node can do.
#pragma once

#include <cstdint>
#include <memory>
#include <tuple>
#include <variant>

#include "domain/alarm.hpp"
#include "domain/device_command.hpp"
#include "domain/message.hpp"
#include "domain/report.hpp"
#include "domain/store.hpp"

namespace musubi::node {

struct SendMessage {
  UnitId to;
  Message message;
};
inline auto fields(const SendMessage& e) { return std::tie(e.to, e.message); }
/// To every other member.
struct Broadcast {
  Message message;
};
inline auto fields(const Broadcast& e) { return std::tie(e.message); }

struct ReadDevice {};
constexpr auto fields(const ReadDevice& /*unused*/) { return std::tuple<>(); }
/// Has passed the safety gate; the adapter checks the lease once more around the write.
struct WriteDevice {
  std::uint64_t id = 0;
  DeviceCommand command;
};
constexpr auto fields(const WriteDevice& e) { return std::tie(e.id, e.command); }

struct Transact {
  std::uint64_t id = 0;
  Transaction transaction;
};
inline auto fields(const Transact& e) { return std::tie(e.id, e.transaction); }
/// Linearizable read of the role; the answer echoes the sending time.
struct ReadRole {
  Instant sent_at{};
};
constexpr auto fields(const ReadRole& e) { return std::tie(e.sent_at); }
/// This member lives.
struct KeepAlive {};
constexpr auto fields(const KeepAlive& /*unused*/) { return std::tuple<>(); }

/// Wake the node at this instant; replaces every earlier wish.
struct WakeAt {
  Instant at{};
};
constexpr auto fields(const WakeAt& e) { return std::tie(e.at); }

// PersistEpoch, PersistEnergies, PersistSettled and PersistLocal are answered by JournalAnswered.

/// The highest epoch that this unit has obeyed.
struct PersistEpoch {
  Epoch epoch = 0;
};
constexpr auto fields(const PersistEpoch& e) { return std::tie(e.epoch); }
/// The energy of each share that still runs.
struct PersistEnergies {
  BoundedVector<DealEnergy, Limits::deals_per_unit> energies;
};
inline auto fields(const PersistEnergies& e) { return std::tie(e.energies); }
/// The final record of a deal of this unit.
struct PersistSettled {
  std::shared_ptr<const Deal> deal;
};
inline auto fields(const PersistSettled& e) { return std::tie(*e.deal); }
/// What a person has set at this unit.
struct PersistLocal {
  LocalState local;
};
constexpr auto fields(const PersistLocal& e) { return std::tie(e.local); }

struct AlarmRaised {
  Alarm alarm;
};
constexpr auto fields(const AlarmRaised& e) { return std::tie(e.alarm); }
struct AlarmCleared {
  AlarmCode code = AlarmCode::device_unreachable;
  UnitId unit;
};
constexpr auto fields(const AlarmCleared& e) { return std::tie(e.code, e.unit); }

/// A need found its deal. Statistics only.
struct NeedMet {
  Instant since{};      ///< first reading that showed it
  bool at_once = true;  ///< by its first negotiation
};
constexpr auto fields(const NeedMet& e) { return std::tie(e.since, e.at_once); }
/// A negotiation for a need ended without a partner.
struct NeedUnmet {
  bool first_try = true;
};
constexpr auto fields(const NeedUnmet& e) { return std::tie(e.first_try); }
/// An external deal was refused.
struct DealRefused {
  DealId deal;
  Reason reason;
};
constexpr auto fields(const DealRefused& e) { return std::tie(e.deal, e.reason); }

using Effect =
    std::variant<SendMessage, Broadcast, ReadDevice, WriteDevice, Transact, ReadRole, KeepAlive,
                 WakeAt, PersistEpoch, PersistEnergies, PersistSettled, PersistLocal, AlarmRaised,
                 AlarmCleared, NeedMet, NeedUnmet, DealRefused>;

}  // namespace musubi::node
