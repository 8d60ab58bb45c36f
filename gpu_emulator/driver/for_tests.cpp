// Functions for tests that NVIDIA's driver lacks. README.md describes them.
#include "state.h"

using namespace gpu_emulator;

HINGE_EXPORT unsigned long long hinge_gpu_emulator_calls(const char *function) {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  const auto it = d.calls.find(without_version(function));
  return it == d.calls.end() ? 0 : it->second;
}

HINGE_EXPORT void hinge_gpu_emulator_fail(const char *function, int result, int after) {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  d.injected[without_version(function)] = {result, after};
}

HINGE_EXPORT unsigned long long hinge_gpu_emulator_instructions() {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  return d.instructions;
}

HINGE_EXPORT unsigned long long hinge_gpu_emulator_live_bytes() {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  return d.memory.live_bytes();
}

HINGE_EXPORT const char *hinge_gpu_emulator_last_launch() {
  thread_local std::string text;
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  text = d.last_launch;
  return text.c_str();
}
