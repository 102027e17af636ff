// Everything that can happen to a node.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "domain/device_command.hpp"
#include "domain/hw_config.hpp"
#include "domain/message.hpp"
#include "domain/policy.hpp"
#include "domain/report.hpp"
#include "domain/scenario.hpp"
#include "domain/store.hpp"

namespace musubi::node {

/// The process begins: what its journal held.
struct Started {
  std::uint64_t boot = 0;
  Epoch highest_epoch = 0;
  std::vector<DealEnergy> energies;
  LocalState local;
};
inline auto fields(const Started& e) {
  return std::tie(e.boot, e.highest_epoch, e.energies, e.local);
}

/// What a journal keeps; one kind for each Persist effect.
enum class JournalRecord : std::uint8_t { epoch, energies, settled, local };

/// The journal's word on one record; in the order of the records.
struct JournalAnswered {
  JournalRecord record = JournalRecord::epoch;
  bool saved = true;
  Epoch epoch = 0;  ///< that was to be kept
  DealId deal;      ///< whose final record was to be kept
};
constexpr auto fields(const JournalAnswered& e) {
  return std::tie(e.record, e.saved, e.epoch, e.deal);
}

/// The device answered a read; no reading where all attempts failed.
struct DeviceRead {
  std::optional<Reading> reading;
};
inline auto fields(const DeviceRead& e) { return std::tie(e.reading); }

enum class WriteResult : std::uint8_t { done, refused, unknown };

/// The device answered a write, with its meters where the driver gives them.
struct DeviceWritten {
  std::uint64_t id = 0;
  WriteResult result = WriteResult::done;
  std::optional<Reading> reading;
};
inline auto fields(const DeviceWritten& e) { return std::tie(e.id, e.result, e.reading); }

struct MessageArrived {
  UnitId from;
  /// Shared between the receivers of one broadcast.
  std::shared_ptr<const Message> message;
};
inline auto fields(const MessageArrived& e) { return std::tie(e.from, *e.message); }

/// The watch of the store shows one record; in the order of revisions.
struct StoreChanged {
  std::shared_ptr<const StoreRecord> record;
  /// Another record of the same transaction follows at once: nothing is decided on half of it.
  bool more_follow = false;
};
inline auto fields(const StoreChanged& e) { return std::tie(*e.record, e.more_follow); }

enum class TransactionResult : std::uint8_t { committed, refused, unknown };

struct TransactionAnswered {
  std::uint64_t id = 0;
  TransactionResult result = TransactionResult::committed;
  /// Of the store when it answered, committed or refused.
  Revision revision = 0;
};
constexpr auto fields(const TransactionAnswered& e) { return std::tie(e.id, e.result, e.revision); }

/// A linearizable read of the role has succeeded.
struct RoleAnswered {
  Instant sent_at{};
  UnitId holder;
  Epoch epoch = 0;
};
constexpr auto fields(const RoleAnswered& e) { return std::tie(e.sent_at, e.holder, e.epoch); }

/// The instant that the node asked to be woken at has come.
struct Woken {};
constexpr auto fields(const Woken& /*unused*/) { return std::tuple<>(); }

/// Files changed while running; each as a whole.
struct PolicyReplaced {
  std::shared_ptr<const Policy> policy;
};
inline auto fields(const PolicyReplaced& e) { return std::tie(*e.policy); }
struct ScenarioReplaced {
  std::shared_ptr<const Scenario> scenario;
};
inline auto fields(const ScenarioReplaced& e) { return std::tie(*e.scenario); }
struct HwConfigReplaced {
  HwConfig hw;
};
constexpr auto fields(const HwConfigReplaced& e) { return std::tie(e.hw); }

/// A person or another program, through whatever door.
struct SetGlobalMode {
  OperationMode mode = OperationMode::stop;
};
constexpr auto fields(const SetGlobalMode& e) { return std::tie(e.mode); }
/// None: the community's mode counts again.
struct SetLocalMode {
  std::optional<OperationMode> mode;
};
constexpr auto fields(const SetLocalMode& e) { return std::tie(e.mode); }
/// A deal from outside: a market, an operator, a test. Ids and times are filled in here.
struct CreateDeal {
  std::shared_ptr<const Deal> deal;
};
inline auto fields(const CreateDeal& e) { return std::tie(*e.deal); }
struct CancelDeal {
  DealId deal;
};
constexpr auto fields(const CancelDeal& e) { return std::tie(e.deal); }
/// Maintenance lock-out of this unit. Only its own person sets and lifts it.
struct SetLockOut {
  bool locked = false;
};
constexpr auto fields(const SetLockOut& e) { return std::tie(e.locked); }
/// A person clears the latch that stops the bus from being formed.
struct ClearBusLatch {};
constexpr auto fields(const ClearBusLatch& /*unused*/) { return std::tuple<>(); }
/// The process is asked to end: converter to waiting, no more trading.
struct ShutDown {};
constexpr auto fields(const ShutDown& /*unused*/) { return std::tuple<>(); }

using Event = std::variant<Started, JournalAnswered, DeviceRead, DeviceWritten, MessageArrived,
                           StoreChanged, TransactionAnswered, RoleAnswered, Woken, PolicyReplaced,
                           ScenarioReplaced, HwConfigReplaced, SetGlobalMode, SetLocalMode,
                           CreateDeal, CancelDeal, SetLockOut, ClearBusLatch, ShutDown>;

}  // namespace musubi::node
