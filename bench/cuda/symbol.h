// Functions of libraries that hinge_bench_cuda loads at run time.
#pragma once

namespace hinge::bench {

/// A function of a library that is loaded at run time. It converts to the pointer that it
/// initialises.
class Symbol {
public:
  explicit Symbol(void *address) : address_(address) {}
  template <class Function>
  operator Function *() const {
    return reinterpret_cast<Function *>(address_);
  }

private:
  void *address_;
};

} // namespace hinge::bench
