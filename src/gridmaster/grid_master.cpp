#include "gridmaster/grid_master.hpp"

#include <algorithm>

#include "base/deliberate_bug.hpp"
#include "base/overloaded.hpp"

namespace musubi::gridmaster {

namespace {

constexpr Duration linger_max = milliseconds(250);

}  // namespace

void GridMaster::step(Instant now, const Event& event, const Context& context,
                      std::vector<Effect>& out) {
  bool is_news = true;
  std::visit(
      Overloaded{
          [&](const ReportArrived& e) {
            if (role_ == Role::holding) {
              is_news = take_report(now, e.report);
            }
          },
          [&](const DealKeptBy& e) {
            if (role_ == Role::holding) {
              settled_.try_emplace(e.deal, Settled{now, {}, {}}).first->second.kept.insert(e.unit);
            }
          },
          [&](const TransactionAnswered& e) { answered(now, e, context, out); },
          [&](const RoleRead& e) {
            role_read_outstanding_ = false;
            if (role_ != Role::holding) {
              return;
            }
            if (e.holder != context.self || e.epoch != epoch_) {
              drop_role(out);
              return;
            }
            is_news = now >= role_until_;
            role_until_ = std::max(role_until_, e.sent_at + context.timing.role_lease);
          },
          [&](const TakeRole&) { take_role(now, context, out); },
          [&](const ViewChanged&) { release_answered(context.view); },
          [&](const Advance&) {},
      },
      event);
  const bool stored_here =
      context.view.role_holder() == context.self && context.view.role_boot() == context.boot;
  if (role_ == Role::holding && context.view.epoch() > epoch_) {
    drop_role(out);
  }
  if (role_ == Role::none && stored_here && context.view.epoch() > epoch_) {
    // Somebody gave the role to this unit; a read of the store proves it before anything is done.
    begin_tenure(now, now, context.view.epoch(), out);
    role_until_ = Instant{};
    role_read_sent_at_ = now;
    role_read_outstanding_ = true;
    out.emplace_back(ReadRole{});
  }
  if (role_ == Role::holding && (is_news || now >= wake_at_)) {
    pass(now, context, out);
  }
}

bool GridMaster::take_report(Instant now, const UnitReport& report) {
  const UnitInfo& info = fleet_.at(report.unit);
  const bool goes_on = info.acknowledged && is_routine(info.report, report);
  const bool was_confirmed = info.confirmed();
  const bool taken = fleet_.take(report, epoch_, now);
  return taken && (!goes_on || info.confirmed() != was_confirmed);
}

void GridMaster::pass(Instant now, const Context& context, std::vector<Effect>& out) {
  Pass p{.now = now,
         .context = context,
         .out = out,
         .deals = {},
         .active = {},
         .reference = {},
         .holding = {},
         .reference_range = {},
         .wants = {},
         .carried = {}};
  survey(p);
  bool anything_on = false;
  for (const auto& [unit, info] : fleet_.all()) {
    anything_on = anything_on || (info->acknowledged && info->is_running());
  }
  const bool busy = !context.view.deals().empty() || anything_on ||
                    !context.view.reference_set().units.empty() ||
                    context.view.bus_latch().has_value();
  keep_role(p, busy);
  wake_at_ = busy ? now + context.timing.heartbeat : Instant::max();
  clear_outlasted(p);
  if (bugs::is_on(Bug::role_never_ends)) {
    role_until_ = now + context.timing.role_lease;
  }
  if (now >= role_until_) {
    if (busy && !role_read_outstanding_) {
      role_read_outstanding_ = true;
      role_read_sent_at_ = now;
      out.emplace_back(ReadRole{});
    }
    return;
  }
  if (context.view.newest() < epoch_) {
    return;  // the picture is older than the role
  }
  remove_settled(p);
  // As if a latch lapsed with the window of re-formations.
  const bool lapsed = now - taken_at_ >= seconds(30.0);
  if (lapsed && context.view.bus_latch() && pending_.empty() && bugs::is_on(Bug::lift_the_latch)) {
    commit(p, {{}, {{StoreKey::bus_latch(), std::monostate{}}}}, {});
  }
  if (!busy) {
    prefer_other_place(p);
    return;
  }
  keep_in_touch(p);
  if (!p.raise_allowed) {
    // Who may hold the voltage has not answered yet: nothing is planned on half a picture. What
    // runs is renewed as it is, or reduced.
    for (const UnitId unit : context.view.reference_set().units) {
      if (const UnitInfo* info = fleet_.find(unit); info == nullptr || !info->acknowledged) {
        ask_report(p, unit);
      }
    }
    hold_back(p);
    return;
  }
  check_bus(p);
  check_members(p);
  check_unheld_bus(p);
  end_what_must_end(p);
  plan_bus(p);
  advance_deals(p);
  want_currents(p);
  set_share_ends(p);
  send_wants(p);
  prefer_other_place(p);
}

void GridMaster::survey(Pass& pass) {
  const auto& view = pass.context.view;
  for (const auto& [id, deal] : view.deals()) {
    if (deal.phase == DealPhase::done) {
      continue;
    }
    pass.deals.push_back(&deal);
    if (deal.master_side_active()) {
      pass.active.push_back(&deal);
      if (deal.is_master) {
        pass.master = &deal;
      }
    }
  }
  const auto created_ms = [](const Deal* d) {
    return d->create_time ? d->create_time->unix_ms : 0;
  };
  std::stable_sort(pass.deals.begin(), pass.deals.end(),
                   [&](const Deal* a, const Deal* b) { return created_ms(a) < created_ms(b); });
  if (pass.master != nullptr) {
    pass.reference = pass.master->reference_unit;
  }
  for (const auto& [unit, info] : fleet_.all()) {
    // One that fell silent holds nothing any more once its lease and its stop bound are over.
    if (info->acknowledged && info->report.reading.mode == ConverterMode::voltage_reference &&
        !Fleet::is_past_bound(info.get(), pass.now, taken_at_, pass.context.timing)) {
      pass.holding.push_back(unit);
    }
  }
  // A master deal that is stopped and has no successor was the last one. The voltage stays for a
  // heartbeat: a unit that goes on needing energy has its next deal stored by then.
  const bool stopping = pass.master != nullptr && pass.master->phase == DealPhase::stopping;
  const bool stopped = (pass.master != nullptr && pass.master->phase == DealPhase::stopped) ||
                       (stopping && bugs::is_on(Bug::reference_stops_first));
  if (!stopped) {
    last_stopped_at_.reset();
  } else if (!last_stopped_at_) {
    last_stopped_at_ = pass.now;
  }
  const bool alone = std::none_of(pass.active.begin(), pass.active.end(), [&](const Deal* d) {
    return d != pass.master && d->phase < DealPhase::stopping;
  });
  release_begun_ =
      stopped && alone && (release_begun_ || pass.now - *last_stopped_at_ >= linger(pass));
  pass.releasing = pass.reference.empty() || bus_stop_ || release_begun_;
  pass.raise_allowed = may_raise(pass);
}

Duration GridMaster::linger(const Pass& pass) {
  return std::min(pass.context.timing.heartbeat, linger_max);
}

bool GridMaster::is_usable(const Pass& pass, UnitId unit) const {
  const UnitInfo* info = fleet_.find(unit);
  return info != nullptr && info->acknowledged && !info->report.has_fault &&
         !info->report.locked_out && info->report.policy_version == pass.context.policy_version &&
         info->report.progress != ConverterProgress::uncertain &&
         !raised_.contains({AlarmCode::deal_stop_failed, unit});
}

void GridMaster::ask_report(Pass& pass, UnitId unit) {
  UnitInfo& info = fleet_.at(unit);
  // One question at a time; repeated when no answer came for two heartbeats.
  const bool outstanding = info.request > info.report.answers_request || !info.acknowledged;
  if (outstanding && info.asked_at != Instant{} &&
      pass.now - info.asked_at < pass.context.timing.heartbeat * 2) {
    return;
  }
  ask_now(pass, unit);
}

void GridMaster::ask_now(Pass& pass, UnitId unit) {
  UnitInfo& info = fleet_.at(unit);
  const bool goes_on = pass.now - info.asked_at <= pass.context.timing.suspicion * 2;
  if (!info.waited_for_since || !goes_on) {
    info.waited_for_since = pass.now;
  }
  info.asked_at = pass.now;
  ++info.request;
  pass.out.emplace_back(Send{unit, ReportRequest{epoch_, info.request}});
}

bool GridMaster::is_measured_since(Pass& pass, UnitId unit, Instant since) {
  UnitInfo& info = fleet_.at(unit);
  if (info.asked_at < since || info.request == 0) {
    ask_now(pass, unit);
    return false;
  }
  if (info.acknowledged && info.report.answers_request == info.request) {
    return true;
  }
  ask_report(pass, unit);
  return false;
}

void GridMaster::keep_in_touch(Pass& pass) {
  // A unit of an open deal may wait for long while others move (a ramp takes 12 s), and before this
  // tenure may plan nobody gets a command. It is asked so often that neither side takes the other
  // for dead.
  const auto& timing = pass.context.timing;
  for (const Deal* deal : pass.deals) {
    for (const UnitId unit : {deal->charge_unit, deal->discharge_unit}) {
      const UnitInfo& info = fleet_.at(unit);
      const bool expects_commands = info.is_running() && !pass.raise_allowed;
      const Duration silence = pass.now - std::max(info.asked_at, info.sent_at);
      if (!info.acknowledged || pass.now - info.heard_at >= timing.suspicion ||
          silence >= (expects_commands ? timing.heartbeat : timing.suspicion)) {
        ask_report(pass, unit);
      }
    }
  }
}

}  // namespace musubi::gridmaster
