// A checker: one sentence that must hold, and the code that notices when it does not.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proof/facts.hpp"

namespace musubi::proof {

using musubi::operator==;

/// A broken sentence.
struct Violation {
  Instant at{};
  std::string checker;
  std::string what;
};
inline auto fields(const Violation& v) { return std::tie(v.at, v.checker, v.what); }

/// Sees everything that happens in a world. Facts are those of the moment: for a commit, of the
/// moment before it.
class Onlooker {
 public:
  explicit Onlooker(const Facts& facts) : facts_(facts) {}
  virtual ~Onlooker() = default;
  Onlooker(const Onlooker&) = delete;
  Onlooker& operator=(const Onlooker&) = delete;
  Onlooker(Onlooker&&) = delete;
  Onlooker& operator=(Onlooker&&) = delete;

  /// A unit's node takes an event; its effects follow before any other event.
  virtual void event(std::size_t /*unit*/, const node::Event& /*event*/) {}
  /// Not its wishes to be woken and its readings of the device.
  virtual void effect(std::size_t /*unit*/, const node::Effect& /*effect*/) {}
  /// A converter's driver has carried a command out.
  virtual void device(std::size_t /*unit*/, const DeviceCommand& /*command*/) {}
  virtual void commit(const Commit& /*commit*/) {}
  virtual void fault(const sim::Fault& /*fault*/, bool /*begins*/) {}
  /// The facts show the truth of this instant.
  virtual void tick() {}
  /// The run is over.
  virtual void end() {}

 protected:
  [[nodiscard]] const Facts& facts() const { return facts_; }
  [[nodiscard]] std::string name_of_unit(std::size_t unit) const { return facts_.id(unit).str(); }

 private:
  const Facts& facts_;
};

/// Judges what it sees by one sentence.
class Checker : public Onlooker {
 public:
  /// `name` as in reports and files; `sentence` is what must hold, with what excuses it.
  Checker(const Facts& facts, std::string_view name, std::string_view sentence)
      : Onlooker(facts), name_(name), sentence_(sentence) {}

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::string_view sentence() const { return sentence_; }
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }

 protected:
  /// Only the first few are kept: what follows is mostly their consequence.
  void report(std::string what) {
    constexpr std::size_t kept = 8;
    if (violations_.size() < kept) {
      violations_.push_back({facts().now(), std::string(name_), std::move(what)});
    }
  }

 private:
  std::string_view name_;
  std::string_view sentence_;
  std::vector<Violation> violations_;
};

}  // namespace musubi::proof
