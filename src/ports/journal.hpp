// Port: what must survive a restart of one unit.
#pragma once

#include <memory>
#include <span>

#include "domain/deal.hpp"
#include "domain/modes.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"

namespace musubi::ports {

/// Contract. True: the record is durable. False: it is not, and what was stored before still is; a
/// record is never half written. Calls come before the effects that follow them are carried out.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  Journal(Journal&&) = delete;
  Journal& operator=(Journal&&) = delete;
  virtual ~Journal() = default;

  [[nodiscard]] virtual bool save_epoch(Epoch epoch) = 0;
  [[nodiscard]] virtual bool save_energies(std::span<const DealEnergy> energies) = 0;
  [[nodiscard]] virtual bool save_settled(std::shared_ptr<const Deal> deal) = 0;
  [[nodiscard]] virtual bool save_local(const LocalState& local) = 0;
};

}  // namespace musubi::ports
