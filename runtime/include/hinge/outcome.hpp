// How the C++ interface reports a failure. One rule: what fails says so in the way that its source
// file is compiled for.
//
// With exceptions, a failed call throws hinge::Error.
// Without (-fno-exceptions), a call that returns nothing otherwise returns a hinge::Outcome, which
// the compiler wants to be looked at:
//   if (hinge::relu(x, y) != HINGE_OK) ...           // hinge_last_error() has the message
// An object whose constructor fails has the status in status(). It computes nothing, and every
// later call with it fails too. A function that returns a value returns an empty one: 0, "" or
// zeros.
//
// A program may have files of both kinds. The functions lie in an inline namespace that bears the
// kind, so the linker takes neither for the other. Views and sizes are the same types in both. A
// hinge::Linear belongs to one kind. RTTI is not needed.
#pragma once

#include "hinge/hinge.h"

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define HINGE_INLINE_NAMESPACE hinge_throws
#include <stdexcept>
#else
#define HINGE_INLINE_NAMESPACE hinge_returns_status
#define HINGE_NO_EXCEPTIONS
#endif

namespace hinge {
inline namespace HINGE_INLINE_NAMESPACE {

#ifndef HINGE_NO_EXCEPTIONS

/// Thrown if the C call returns another status than HINGE_OK. what() is hinge_last_error().
class HINGE_VISIBLE Error : public std::runtime_error {
public:
  HINGE_INLINE Error(hinge_status status, const char *message)
      : std::runtime_error(message), status_(status) {}
  HINGE_INLINE hinge_status status() const noexcept { return status_; }

private:
  hinge_status status_;
};

using Outcome = void;

#else

class [[nodiscard]] Outcome {
public:
  HINGE_INLINE Outcome(hinge_status status) noexcept : status_(status) {}
  HINGE_INLINE operator hinge_status() const noexcept { return status_; }

private:
  hinge_status status_;
};

#endif

} // namespace HINGE_INLINE_NAMESPACE

namespace detail {
inline namespace HINGE_INLINE_NAMESPACE {

#ifndef HINGE_NO_EXCEPTIONS

HINGE_INLINE void check(hinge_status status) {
  if (status != HINGE_OK)
    throw Error(status, hinge_last_error());
}

/// An object whose constructor makes a call.
class Constructed {
public:
  HINGE_INLINE hinge_status status() const noexcept { return HINGE_OK; }

protected:
  HINGE_INLINE void constructed(hinge_status status) { check(status); }
};

#else

HINGE_INLINE Outcome check(hinge_status status) { return status; }

class Constructed {
public:
  HINGE_INLINE hinge_status status() const noexcept { return status_; }

protected:
  HINGE_INLINE void constructed(hinge_status status) { status_ = status; }

private:
  hinge_status status_ = HINGE_OK;
};

#endif

} // namespace HINGE_INLINE_NAMESPACE
} // namespace detail
} // namespace hinge
