// Messages between units. They may be lost, delayed, repeated and reordered.
#pragma once

#include <cstdint>
#include <tuple>
#include <variant>

#include "domain/offer.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"

namespace musubi {

/// "Who would trade with me?" To everybody.
struct RequestMessage {
  DealId negotiation;
  Request request;
  PolicyVersion policy_version = 0;
};
inline auto fields(const RequestMessage& m) {
  return std::tie(m.negotiation, m.request, m.policy_version);
}

/// "I would." To the requester.
struct AcceptMessage {
  DealId negotiation;
  Accept accept;
};
inline auto fields(const AcceptMessage& m) { return std::tie(m.negotiation, m.accept); }

/// "I would not": lets the requester close as soon as everybody has spoken.
struct DeclineMessage {
  DealId negotiation;
};
constexpr auto fields(const DeclineMessage& m) { return std::tie(m.negotiation); }

/// "I am Grid Master in this epoch; acknowledge and report." Also asks for a fresh report later.
struct ReportRequest {
  Epoch epoch = 0;
  /// Counts the questions of one epoch to one unit; the report says which one its reading answers.
  std::uint64_t number = 0;
};
constexpr auto fields(const ReportRequest& m) { return std::tie(m.epoch, m.number); }

/// A unit's report to the Grid Master.
struct ReportMessage {
  UnitReport report;
};
inline auto fields(const ReportMessage& m) { return std::tie(m.report); }

/// A set-point for the receiver.
struct CommandMessage {
  SetPointCommand command;
};
inline auto fields(const CommandMessage& m) { return std::tie(m.command); }

/// "Your stored deal is in my care." From the Grid Master to both units of a deal.
struct DealSeen {
  Epoch epoch = 0;
  DealId deal;
};
constexpr auto fields(const DealSeen& m) { return std::tie(m.epoch, m.deal); }

/// "Its final record is settled: have you kept it?" From the Grid Master to both units of a deal.
struct DealSettled {
  Epoch epoch = 0;
  DealId deal;
};
constexpr auto fields(const DealSettled& m) { return std::tie(m.epoch, m.deal); }

/// "My journal has its final record." A settled deal leaves the store when both units have said so.
struct DealKept {
  DealId deal;
};
constexpr auto fields(const DealKept& m) { return std::tie(m.deal); }

using Message = std::variant<RequestMessage, AcceptMessage, DeclineMessage, ReportRequest,
                             ReportMessage, CommandMessage, DealSeen, DealSettled, DealKept>;

}  // namespace musubi
