#include "proof/case_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/overloaded.hpp"
#include "proof/fault_text.hpp"
#include "proof/profile.hpp"

namespace musubi::proof {

namespace {

using Words = std::vector<std::string_view>;
/// Nothing, or why not.
using Done = Result<bool>;

constexpr double hours_max = 24.0 * 366.0;
constexpr double seconds_per_hour = 3600.0;
constexpr int units_max = 64;

constexpr auto parts = std::to_array<std::string_view>(
    {"", "grid_master", "reference", "giver", "taker", "another", "all_others"});
static_assert(parts.size() == static_cast<std::size_t>(Part::all_others) + 1);

constexpr auto preferences =
    std::to_array<std::string_view>({"with_reference", "anywhere", "fixed", "avoid_reference"});
static_assert(preferences.size() ==
              static_cast<std::size_t>(GridMasterPreference::avoid_voltage_reference) + 1);

tl::unexpected<Error> passed_on(const Error& error) { return tl::unexpected<Error>(error); }

Result<double> within(std::string_view text, double low, double high) {
  const auto number = number_of(text);
  if (!number || *number < low || *number > high) {
    return failure(fmt::format("found \"{}\", allowed: a number from {} to {}", text, low, high));
  }
  return *number;
}

Result<std::uint64_t> whole(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return failure(
        fmt::format("found \"{}\", allowed: a whole number from {} to {}", text, low, high));
  }
  return value;
}

Result<UnitId> unit_of(std::string_view word) {
  const auto unit = UnitId::parse(word);
  if (!unit) {
    return failure(fmt::format("found \"{}\", allowed: a unit's name", word));
  }
  return *unit;
}

/// Reads one file line by line.
class Reader {
 public:
  Done line(const Words& words) {
    if (words.front() == "when") {
      return trigger(words, {});
    }
    if (words.front() == "expect") {
      return expectation(words);
    }
    const bool begins_with_number =
        words.front().find_first_not_of("0123456789.") == std::string_view::npos;
    return begins_with_number ? scheduled(words) : header(words);
  }
  Case take() { return std::move(case_); }
  void title(std::string_view text) { case_.title = text; }

  /// After the last line: what only the whole can show.
  Done check() const {
    if (case_.length <= Duration::zero()) {
      return failure("found no length, allowed: a line \"hours NUMBER\"");
    }
    const auto known = [&](UnitId unit) {
      for (int i = 1; i <= case_.units; ++i) {
        if (unit == unit_numbered(i)) {
          return true;
        }
      }
      return false;
    };
    for (const auto& fault : case_.faults) {
      for (const UnitId unit : fault.fault.units) {
        if (!known(unit)) {
          return stranger(unit);
        }
      }
    }
    if (!case_.grid_master_unit.empty() && !known(case_.grid_master_unit)) {
      return stranger(case_.grid_master_unit);
    }
    for (const auto& trigger : case_.triggers) {
      for (const Target& target : trigger.targets) {
        if (target.part == Part::named && !known(target.unit)) {
          return stranger(target.unit);
        }
      }
    }
    for (const auto& deed : case_.deeds) {
      for (const UnitId unit : units_of(deed.deed)) {
        if (!known(unit)) {
          return stranger(unit);
        }
      }
    }
    return true;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> stranger(UnitId unit) const {
    return failure(fmt::format("found unit {}, allowed: E001 to {}", unit.view(),
                               unit_numbered(case_.units).view()));
  }
  static std::vector<UnitId> units_of(const Deed& deed) {
    return std::visit(Overloaded{
                          [](const ProposeDeal& d) {
                            return std::vector{d.giver, d.taker};
                          },
                          [](const auto& d) { return std::vector{d.unit}; },
                      },
                      deed);
  }

  Done header(const Words& words) {
    if (words.front() == "build") {
      return true;  // for people
    }
    if (words.front() == "grid_master") {
      return grid_master(words);
    }
    if (words.size() != 2) {
      return failure(fmt::format("found {} words after \"{}\", allowed: one", words.size() - 1,
                                 words.front()));
    }
    const std::string_view key = words[0];
    const std::string_view value = words[1];
    if (key == "seed") {
      return set(whole(value, 0, UINT64_MAX), [&](std::uint64_t v) { case_.seed = v; });
    }
    if (key == "units") {
      return set(whole(value, 2, units_max),
                 [&](std::uint64_t v) { case_.units = static_cast<int>(v); });
    }
    if (key == "hours") {
      return set(within(value, 1e-3, hours_max),
                 [&](double v) { case_.length = seconds(v * seconds_per_hour); });
    }
    if (key == "ramp") {
      return set(within(value, 1.0, 1000.0), [&](double v) { case_.ramp_v_per_s = v; });
    }
    if (key == "dead_man" && (value == "yes" || value == "no")) {
      case_.dead_man = value == "yes";
      return true;
    }
    if (key == "profile" && profile_named(value)) {
      case_.profile = profile_named(value);
      return true;
    }
    return failure(
        fmt::format("found \"{} {}\", allowed: seed, units, hours, profile (mild, rough, hostile), "
                    "dead_man (yes, no), ramp, grid_master, build, expect, when, or seconds and a "
                    "fault or deed",
                    key, value));
  }

  Done grid_master(const Words& words) {
    const auto* const known =
        std::find(preferences.begin(), preferences.end(), words.size() > 1 ? words[1] : "");
    const bool fixed = known != preferences.end() && *known == "fixed";
    if (known == preferences.end() || words.size() != (fixed ? 3U : 2U)) {
      return failure(
          fmt::format("found \"{}\", allowed: grid_master with_reference, anywhere, fixed UNIT or "
                      "avoid_reference",
                      joined(words, 0)));
    }
    case_.grid_master = static_cast<GridMasterPreference>(known - preferences.begin());
    return fixed ? set(unit_of(words[2]), [&](UnitId unit) { case_.grid_master_unit = unit; })
                 : Done(true);
  }

  template <class T, class F>
  Done set(const Result<T>& value, F assign) {
    if (!value) {
      return passed_on(value.error());
    }
    assign(*value);
    return true;
  }

  Done scheduled(const Words& words) {
    const auto at = seconds_of(words[0]);
    if (!at) {
      return passed_on(at.error());
    }
    if (words.size() > 3 && words[1] == "to" && words[3] == "when") {
      const auto until = seconds_of(words[2]);
      if (!until || *until < *at) {
        return failure(
            fmt::format("found \"{}\", allowed: seconds from {} on", words[2], words[0]));
      }
      return trigger({words.begin() + 3, words.end()}, {Instant{} + *at, Instant{} + *until});
    }
    if (words.size() > 1) {
      const auto deed = deed_of(words);
      if (!deed) {
        return passed_on(deed.error());
      }
      if (*deed) {
        case_.deeds.push_back({Instant{} + *at, **deed});
        return true;
      }
    }
    const auto fault = scheduled_fault_of(joined(words, 0));
    if (!fault) {
      return passed_on(fault.error());
    }
    case_.faults.push_back(*fault);
    return true;
  }

  static std::string joined(const Words& words, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < words.size(); ++i) {
      text += (text.empty() ? "" : " ") + std::string(words[i]);
    }
    return text;
  }

  /// The deed of a line; none where its second word names none.
  static Result<std::optional<Deed>> deed_of(const Words& words) {
    const std::string_view what = words[1];
    const bool is_deal = what == "deal";
    const bool is_charge = what == "charge";
    const bool is_policy = what == "policy";
    const bool is_person = what == "lock_out" || what == "release" || what == "lift_latch";
    if (!is_deal && !is_charge && !is_policy && !is_person) {
      return std::optional<Deed>();
    }
    const std::size_t wanted = is_deal ? 7 : is_charge || is_policy ? 4 : 3;
    if (words.size() != wanted || (is_deal && words[5] != "at")) {
      return failure(
          fmt::format("found \"{}\", allowed: deal GIVER TAKER WH at AMPERES, charge UNIT PERCENT, "
                      "policy UNIT VOLTS, lock_out UNIT, release UNIT or lift_latch UNIT",
                      joined(words, 1)));
    }
    const auto first = unit_of(words[2]);
    if (!first) {
      return passed_on(first.error());
    }
    if (is_charge) {
      const auto soc = within(words[3], 0.0, 100.0);
      return soc ? Result<std::optional<Deed>>(SetCharge{*first, *soc}) : passed_on(soc.error());
    }
    if (is_policy) {
      const auto volts = within(words[3], 300.0, 380.0);
      return volts ? Result<std::optional<Deed>>(NewPolicy{*first, *volts})
                   : passed_on(volts.error());
    }
    if (is_deal) {
      const auto second = unit_of(words[3]);
      const auto amount = whole(words[4], 1, 10'000);
      const auto current = within(words[6], 0.1, 100.0);
      for (const Error* error :
           {second ? nullptr : &second.error(), amount ? nullptr : &amount.error(),
            current ? nullptr : &current.error()}) {
        if (error != nullptr) {
          return passed_on(*error);
        }
      }
      return std::optional<Deed>(
          ProposeDeal{*first, *second, static_cast<std::int64_t>(*amount), *current});
    }
    return std::optional<Deed>(what == "lift_latch" ? Deed(LiftLatch{*first})
                                                    : Deed(LockOut{*first, what == "lock_out"}));
  }

  /// When a trigger can be pulled.
  struct Window {
    Instant from{};
    Instant until = Instant::max();
  };
  /// `words` begin with "when".
  Done trigger(const Words& words, Window window) {
    Trigger trigger;
    trigger.from = window.from;
    trigger.until = window.until;
    std::size_t i = 1;
    if (i < words.size() && words[i].size() == 3 && words[i][0] >= '1' && words[i][0] <= '9' &&
        (words[i].substr(1) == "st" || words[i].substr(1) == "nd" || words[i].substr(1) == "rd" ||
         words[i].substr(1) == "th")) {
      trigger.nth = words[i][0] - '0';
      ++i;
    }
    const auto when = happening_named(i < words.size() ? words[i] : std::string_view());
    if (!when) {
      return failure(fmt::format(
          "found \"{}\", allowed after \"when\": a phase of a deal (created, activated, "
          "warming_up, running, stopping, stopped, done), hand_over_drooped, hand_over_entered, "
          "hand_over_two_hold, hand_over_released, role_taken, bus_forming, bus_formed or healed",
          i < words.size() ? words[i] : std::string_view("nothing")));
    }
    trigger.when = *when;
    ++i;
    if (i + 1 < words.size() && words[i] == "after") {
      const auto after = seconds_of(words[i + 1]);
      if (!after) {
        return passed_on(after.error());
      }
      trigger.after = *after;
      i += 2;
    }
    // The fault's text, with every target as a stand-in unit: checked like any other.
    std::string text(i < words.size() ? words[i] : std::string_view());
    for (++i; i < words.size(); ++i) {
      const auto* const part = std::find(parts.begin() + 1, parts.end(), words[i]);
      const bool plain = words[i] == "value" || words[i] == "for";
      if (plain) {
        text += ' ' + joined(words, i);
        break;
      }
      Target target;
      if (part != parts.end()) {
        target.part = static_cast<Part>(part - parts.begin());
        text += fmt::format(" E{:03}", trigger.targets.size() + 1);
      } else {
        const auto unit = unit_of(words[i]);
        if (!unit) {
          return passed_on(unit.error());
        }
        target.unit = *unit;
        text += ' ' + unit->str();
      }
      trigger.targets.push_back(target);
    }
    const auto fault = fault_of(text);
    if (!fault) {
      return passed_on(fault.error());
    }
    trigger.fault = *fault;
    trigger.fault.units.clear();
    case_.triggers.push_back(std::move(trigger));
    return true;
  }

  Done expectation(const Words& words) {
    Expectation e;
    std::size_t i = 1;
    if (i < words.size() && (words[i] == "alarm" || words[i] == "no_alarm")) {
      e.comparison = words[i] == "alarm" ? Comparison::at_least : Comparison::equal;
      e.number = words[i] == "alarm" ? 1.0 : 0.0;
      e.counter = "alarm ";
      ++i;
      if (i >= words.size()) {
        return failure("found nothing after \"alarm\", allowed: the alarm's name");
      }
      e.counter += words[i];
      ++i;
    } else if (i < words.size() && words[i] == "no_violation") {
      e = {"violations", Comparison::equal, 0.0};
      ++i;
    } else if (i < words.size()) {
      e.counter = words[i];
      ++i;
    } else {
      return failure("found nothing after \"expect\", allowed: a counter, for instance completed");
    }
    if (i == words.size()) {
      case_.expectations.push_back(e);
      return true;
    }
    const bool has_sign = words[i] == ">=" || words[i] == "<=" || words[i] == "==";
    const auto number = number_of(i + 1 < words.size() ? words[i + 1] : std::string_view());
    if (!has_sign || !number || i + 2 != words.size()) {
      return failure(
          fmt::format("found \"{}\", allowed: >=, <= or ==, and a number", joined(words, i)));
    }
    e.comparison = words[i] == ">="   ? Comparison::at_least
                   : words[i] == "<=" ? Comparison::at_most
                                      : Comparison::equal;
    e.number = *number;
    case_.expectations.push_back(e);
    return true;
  }

  Case case_;
};

std::string deed_text(const Deed& deed) {
  return std::visit(
      Overloaded{
          [](const ProposeDeal& d) {
            return fmt::format("deal {} {} {} at {}", d.giver.view(), d.taker.view(), d.amount_wh,
                               d.current_a);
          },
          [](const SetCharge& d) { return fmt::format("charge {} {}", d.unit.view(), d.soc_pct); },
          [](const LockOut& d) {
            return fmt::format("{} {}", d.locked ? "lock_out" : "release", d.unit.view());
          },
          [](const NewPolicy& d) { return fmt::format("policy {} {}", d.unit.view(), d.grid_v); },
          [](const LiftLatch& d) { return fmt::format("lift_latch {}", d.unit.view()); },
      },
      deed);
}

}  // namespace

std::string text_of(const Trigger& t) {
  constexpr auto endings = std::to_array<std::string_view>({"th", "st", "nd", "rd"});
  std::string text;
  if (t.until < Instant::max()) {
    text += fmt::format("{} to {} ", seconds_text(t.from - Instant{}),
                        seconds_text(t.until - Instant{}));
  }
  text += "when ";
  if (t.nth > 1) {
    text += fmt::format("{}{} ", t.nth, endings[t.nth < 4 ? static_cast<std::size_t>(t.nth) : 0]);
  }
  text += name_of(t.when);
  if (t.after > Duration::zero()) {
    text += " after " + seconds_text(t.after);
  }
  const std::string fault = text_of(t.fault);
  const std::size_t name_ends = std::min(fault.find(' '), fault.size());
  text += ' ' + fault.substr(0, name_ends);
  for (const Target& target : t.targets) {
    text += ' ';
    text += target.part == Part::named ? target.unit.view()
                                       : parts[static_cast<std::size_t>(target.part)];
  }
  return text + fault.substr(name_ends);
}

namespace {

std::string expectation_text(const Expectation& e) {
  constexpr auto signs = std::to_array<std::string_view>({">=", "<=", "=="});
  return fmt::format("expect {} {} {}", e.counter, signs[static_cast<std::size_t>(e.comparison)],
                     e.number);
}

}  // namespace

Result<Case> read_case(std::string_view text, std::string_view name) {
  Reader reader;
  std::size_t number = 0;
  bool titled = false;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const Words words = words_of(line);
    if (words.empty()) {
      continue;
    }
    if (!titled) {
      reader.title(line);
      titled = true;
      continue;
    }
    if (const auto done = reader.line(words); !done) {
      return failure(fmt::format("{}:{}: {}", name, number, done.error().message));
    }
  }
  if (const auto whole_file = reader.check(); !whole_file) {
    return failure(fmt::format("{}: {}", name, whole_file.error().message));
  }
  Case read = reader.take();
  if (read.profile) {
    read.deeds = drawn_deeds(read.seed, read.units, read.length);
  }
  return read;
}

std::string text_of(const Case& shown) {
  std::string text = shown.title.empty() ? fmt::format("Seed {}", shown.seed) : shown.title;
  text += fmt::format("\nseed {}\nunits {}\nhours {}\n", shown.seed, shown.units,
                      to_seconds(shown.length) / seconds_per_hour);
  if (!shown.build.empty()) {
    text += fmt::format("build {}\n", shown.build);
  }
  if (shown.profile) {
    text += fmt::format("profile {}\n", name_of(*shown.profile));
  }
  if (shown.dead_man) {
    text += "dead_man yes\n";
  }
  if (shown.ramp_v_per_s != Case{}.ramp_v_per_s) {
    text += fmt::format("ramp {}\n", shown.ramp_v_per_s);
  }
  if (shown.grid_master != Case{}.grid_master) {
    text += fmt::format("grid_master {}", preferences[static_cast<std::size_t>(shown.grid_master)]);
    text += shown.grid_master_unit.empty() ? "\n" : ' ' + shown.grid_master_unit.str() + '\n';
  }
  for (const auto& fault : shown.faults) {
    text += text_of(fault) + '\n';
  }
  if (!shown.profile) {
    for (const auto& deed : shown.deeds) {
      text += seconds_text(deed.at - Instant{}) + ' ' + deed_text(deed.deed) + '\n';
    }
  }
  for (const auto& trigger : shown.triggers) {
    text += text_of(trigger) + '\n';
  }
  for (const auto& e : shown.expectations) {
    text += expectation_text(e) + '\n';
  }
  return text;
}

std::string build_text() {
#ifdef __clang__
  constexpr std::string_view compiler = "clang";
#else
  constexpr std::string_view compiler = "g++";
#endif
  return fmt::format("musubi {}, {} {}", MUSUBI_VERSION, compiler, __VERSION__);
}

}  // namespace musubi::proof
