// The memory of a call's arguments: a table, and one rule. An output shares memory with nothing
// that stands before it.
#pragma once

#include <hinge/api.h>

#include <hinge/dispatch.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace hinge::fixed {

using Region = hinge_dispatch_region;

/// An argument that must not be null if `is_required`. Otherwise null means that the call has none.
inline Region region(const char *name, const void *data, std::size_t bytes,
                     bool is_required = true) {
  return {name, data, is_required || data ? bytes : 0, is_required};
}

/// The memory that a call reads, then the memory that it writes.
template <std::size_t inputs, std::size_t outputs>
struct Regions {
  Region list[inputs + outputs];
};

inline bool is_missing(const Region &r) { return r.is_required && !r.data; }

inline bool overlap(const Region &a, const Region &b) {
  const auto i = reinterpret_cast<std::uintptr_t>(a.data),
             j = reinterpret_cast<std::uintptr_t>(b.data);
  return i < j + b.bytes && j < i + a.bytes;
}

namespace detail {

template <std::size_t output, std::size_t... others>
HINGE_ALWAYS_INLINE bool meets_any(const Region *list, std::index_sequence<others...>) {
  return (overlap(list[output], list[others]) || ...);
}

template <std::size_t inputs, std::size_t... outputs>
HINGE_ALWAYS_INLINE bool any_meets(const Region *list, std::index_sequence<outputs...>) {
  return (meets_any<inputs + outputs>(list, std::make_index_sequence<inputs + outputs>()) || ...);
}

template <std::size_t... all>
HINGE_ALWAYS_INLINE bool any_missing(const Region *list, std::index_sequence<all...>) {
  return (is_missing(list[all]) || ...);
}

} // namespace detail

/// Whether a call must be refused. This function is expanded and inlined at any level of
/// optimization, so that the table is never in memory. A call of 1x16->16 takes 12 ns in all. A
/// refusal makes a table of its own.
template <std::size_t inputs, std::size_t outputs>
HINGE_ALWAYS_INLINE bool is_wrong(const Regions<inputs, outputs> &regions) {
  return detail::any_missing(regions.list, std::make_index_sequence<inputs + outputs>()) ||
         detail::any_meets<inputs>(regions.list, std::make_index_sequence<outputs>());
}

} // namespace hinge::fixed
