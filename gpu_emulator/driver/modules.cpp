// Modules, their functions, and launches.
#include "state.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace gpu_emulator {
namespace {

struct JitLog {
  char *text = nullptr;
  std::size_t size = 0;
};

JitLog error_log(unsigned count, const int *options, void **values) {
  constexpr int error_log_buffer = 5, error_log_buffer_size = 6;
  JitLog log;
  for (unsigned n = 0; n < count; ++n) {
    if (options[n] == error_log_buffer)
      log.text = static_cast<char *>(values[n]);
    if (options[n] == error_log_buffer_size)
      log.size = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(values[n]));
  }
  return log;
}

int place_variables(Driver &d, LoadedModule &m) {
  for (const GlobalVariable &v : m.module.variables) {
    const Allocation *a = d.memory.allocate(v.size, m.context);
    if (!a)
      return out_of_memory;
    std::memset(a->data, 0, a->size);
    std::copy(v.bytes.begin(), v.bytes.end(), a->data);
    m.variables.push_back(a->begin);
  }
  for (const Relocation &r : m.module.relocations)
    m.module.kernels[r.kernel].registers[r.slot] = m.variables[r.variable];
  return success;
}

int load_module(const char *name, void **result, const void *image, const JitLog &log) {
  return call_in_context(name, [&](Driver &d, Context &c) -> int {
    if (!result || !image)
      return invalid_value;
    auto m = std::make_unique<LoadedModule>();
    m->context = &c;
    try {
      m->module = parse_ptx(static_cast<const char *>(image), d.device());
    } catch (const PtxError &e) {
      std::fprintf(stderr, "GPU emulator: %s\n", e.what());
      if (log.text && log.size)
        std::snprintf(log.text, log.size, "%s", e.what());
      return e.result;
    }
    if (const int error = place_variables(d, *m))
      return error;
    for (const Kernel &k : m->module.kernels) {
      const std::uint32_t used = std::min(k.static_shared, default_shared);
      m->functions.emplace_back(new Function{m.get(), &k, default_shared - used});
    }
    *result = m.get();
    d.modules[m.get()] = std::move(m);
    return success;
  });
}

Function *find_function(Driver &d, const void *handle) {
  for (const auto &[key, m] : d.modules)
    for (const auto &f : m->functions)
      if (f.get() == handle)
        return f.get();
  return nullptr;
}

int function_attribute(const Driver &d, const Function &f, int attribute, int &value) {
  switch (attribute) {
  case 0: // MAX_THREADS_PER_BLOCK
    value = static_cast<int>(std::min<std::uint64_t>(1024, f.kernel->max_threads));
    return success;
  case 1: // SHARED_SIZE_BYTES
    value = static_cast<int>(f.kernel->static_shared);
    return success;
  case 2: // CONST_SIZE_BYTES
  case 7: // CACHE_MODE_CA
    value = 0;
    return success;
  case 3: // LOCAL_SIZE_BYTES
    value = static_cast<int>(f.kernel->local_bytes);
    return success;
  case 4: // NUM_REGS
    value = 32;
    return success;
  case 5: // PTX_VERSION
    value = f.module->module.target;
    return success;
  case 6: // BINARY_VERSION
    value = d.capability;
    return success;
  case 8: // MAX_DYNAMIC_SHARED_SIZE_BYTES
    value = static_cast<int>(f.max_dynamic_shared);
    return success;
  case 9: // PREFERRED_SHARED_MEMORY_CARVEOUT
    value = -1;
    return success;
  default:
    return invalid_value;
  }
}

int check_sizes(const Launch &l, const Function &f) {
  const auto &[gx, gy, gz] = l.grid;
  const auto &[bx, by, bz] = l.block;
  const std::uint64_t threads = std::uint64_t{bx} * by * bz;
  if (!gx || !gy || !gz || !threads || gx > 0x7fffffff || gy > 65535 || gz > 65535)
    return invalid_value;
  if (bx > 1024 || by > 1024 || bz > 64 || threads > 1024 || threads > f.kernel->max_threads)
    return invalid_value;
  const auto &required = f.kernel->required_block;
  if (required[0] && required != l.block)
    return invalid_value;
  return l.dynamic_shared > f.max_dynamic_shared ? invalid_value : success;
}

bool copy_parameters(Launch &l, void **parameters, void **extra) {
  const Kernel &k = *l.kernel;
  l.parameters.resize(k.parameter_bytes);
  if (parameters && !extra) {
    for (std::size_t n = 0; n < k.parameters.size(); ++n)
      std::memcpy(l.parameters.data() + k.parameters[n].offset, parameters[n],
                  k.parameters[n].size);
    return true;
  }
  const void *buffer = nullptr;
  std::size_t size = 0;
  for (; extra && reinterpret_cast<std::uintptr_t>(*extra); extra += 2) {
    if (reinterpret_cast<std::uintptr_t>(extra[0]) == 1)
      buffer = extra[1];
    else
      size = *static_cast<const std::size_t *>(extra[1]);
  }
  if (k.parameter_bytes && (parameters || !buffer || size < k.parameter_bytes))
    return false;
  if (k.parameter_bytes)
    std::memcpy(l.parameters.data(), buffer, k.parameter_bytes);
  return true;
}

std::string describe(const Launch &l) {
  char text[160];
  std::snprintf(text, sizeof text, " grid %ux%ux%u block %ux%ux%u shared %u", l.grid[0], l.grid[1],
                l.grid[2], l.block[0], l.block[1], l.block[2], l.dynamic_shared);
  return l.kernel->name + text;
}

int run(const Launch &l) {
  Driver &d = driver();
  Machine machine(l, d.memory);
  const int result = machine.run();
  d.instructions += machine.executed();
  if (result)
    std::fprintf(stderr, "GPU emulator: %s\n", machine.message().c_str());
  return result;
}

} // namespace
} // namespace gpu_emulator

using namespace gpu_emulator;

HINGE_EXPORT int cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                                    const int *options, void **values) {
  return load_module(__func__, module, image, error_log(count, options, values));
}

HINGE_EXPORT int cuModuleLoadData(void **module, const void *image) {
  return load_module(__func__, module, image, {});
}

HINGE_EXPORT int cuModuleUnload(void *module) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const auto it = d.modules.find(module);
    if (it == d.modules.end() || it->second->context != &c)
      return invalid_handle;
    const int result = synchronize(d, c);
    for (std::uint64_t variable : it->second->variables)
      d.memory.release(variable);
    d.modules.erase(it);
    return result;
  });
}

HINGE_EXPORT int cuModuleGetFunction(void **function, void *module, const char *name) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.modules.find(module);
    if (it == d.modules.end())
      return invalid_handle;
    for (const auto &f : it->second->functions)
      if (f->kernel->name == name) {
        *function = f.get();
        return success;
      }
    return not_found;
  });
}

HINGE_EXPORT int cuFuncGetAttribute(int *value, int attribute, void *function) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const Function *f = find_function(d, function);
    return f ? function_attribute(d, *f, attribute, *value) : invalid_handle;
  });
}

HINGE_EXPORT int cuFuncSetAttribute(void *function, int attribute, int value) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    constexpr int max_dynamic_shared = 8, carveout = 9;
    Function *f = find_function(d, function);
    if (!f)
      return invalid_handle;
    if (attribute == carveout)
      return success;
    if (attribute != max_dynamic_shared || value < 0 ||
        static_cast<unsigned>(value) + f->kernel->static_shared > shared_of_opt_in)
      return invalid_value;
    f->max_dynamic_shared = static_cast<std::uint32_t>(value);
    return success;
  });
}

HINGE_EXPORT int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                unsigned block_x, unsigned block_y, unsigned block_z,
                                unsigned shared, void *stream, void **parameters, void **extra) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Function *f = find_function(d, function);
    Stream *s = find_stream(d, c, stream);
    if (!f || !s || f->module->context != &c || s->context != &c)
      return invalid_handle;
    Launch l;
    l.kernel = f->kernel;
    l.grid = {grid_x, grid_y, grid_z};
    l.block = {block_x, block_y, block_z};
    l.dynamic_shared = shared;
    l.owner = &c;
    l.shared_base = d.device().shared_base();
    if (const int result = check_sizes(l, *f))
      return result;
    if (!copy_parameters(l, parameters, extra))
      return invalid_value;
    d.last_launch = describe(l);
    enqueue(d, *s, [l = std::move(l)] { return run(l); });
    return success;
  });
}
