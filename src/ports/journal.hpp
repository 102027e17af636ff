// Port: what must survive a restart of one unit.
#pragma once

#include <memory>
#include <span>

#include "domain/deal.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"

namespace musubi::ports {

/// Contract. A record is durable when the call returns; it is called before the effects that follow
/// it are carried out.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  Journal(Journal&&) = delete;
  Journal& operator=(Journal&&) = delete;
  virtual ~Journal() = default;

  virtual void save_epoch(Epoch epoch) = 0;
  virtual void save_energies(std::span<const DealEnergy> energies) = 0;
  virtual void save_settled(std::shared_ptr<const Deal> deal) = 0;
};

}  // namespace musubi::ports
