// Visitor of a closed variant: one lambda per alternative, no default.
#pragma once

namespace musubi {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace musubi
