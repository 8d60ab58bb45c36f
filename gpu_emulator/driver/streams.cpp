// Streams and events.
#include "state.h"

namespace gpu_emulator {
namespace {

int elapsed(float *milliseconds, const void *start, const void *end) {
  return call_in_context("cuEventElapsedTime", [&](Driver &d, Context &) -> int {
    const auto first = d.events.find(start), second = d.events.find(end);
    if (first == d.events.end() || second == d.events.end() || !milliseconds)
      return first == d.events.end() || second == d.events.end() ? invalid_handle : invalid_value;
    const Event &a = *first->second, &b = *second->second;
    if (!a.timed || !b.timed || !a.recorded || !b.recorded)
      return invalid_handle;
    if (!a.done || !b.done)
      return not_ready;
    *milliseconds = std::chrono::duration<float, std::milli>(b.time - a.time).count();
    return success;
  });
}

} // namespace
} // namespace gpu_emulator

using namespace gpu_emulator;

HINGE_EXPORT int cuStreamCreate(void **stream, unsigned flags) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    constexpr unsigned non_blocking = 1;
    if (!stream || flags > non_blocking)
      return invalid_value;
    std::unique_ptr<Stream> s(new Stream{&c, flags != non_blocking, false});
    *stream = s.get();
    d.streams[s.get()] = std::move(s);
    return success;
  });
}

// Destroying a stream executes its remaining work first.
HINGE_EXPORT int cuStreamDestroy_v2(void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.streams.find(stream);
    if (it == d.streams.end())
      return invalid_handle;
    const int result = synchronize(d, *it->second);
    d.streams.erase(it);
    return result;
  });
}

HINGE_EXPORT int cuStreamSynchronize(void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Stream *s = find_stream(d, c, stream);
    return s ? synchronize(d, *s) : invalid_handle;
  });
}

HINGE_EXPORT int cuStreamQuery(void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Stream *s = find_stream(d, c, stream);
    if (!s)
      return invalid_handle;
    for (const Work &w : d.queue)
      if (w.stream == s)
        return not_ready;
    return s->context->error;
  });
}

HINGE_EXPORT int cuStreamGetCtx(void *stream, void **context) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Stream *s = find_stream(d, c, stream);
    if (!s)
      return invalid_handle;
    *context = s->context;
    return success;
  });
}

HINGE_EXPORT int cuStreamWaitEvent(void *stream, void *event, unsigned) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    const auto e = d.events.find(event);
    if (!s || e == d.events.end())
      return invalid_handle;
    if (!e->second->done)
      enqueue(
          d, *s, [] { return success; }, e->second->recorded);
    return success;
  });
}

HINGE_EXPORT int cuEventCreate(void **event, unsigned flags) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    constexpr unsigned disable_timing = 2;
    auto e = std::make_unique<Event>();
    e->context = &c;
    e->timed = !(flags & disable_timing);
    *event = e.get();
    d.events[e.get()] = std::move(e);
    return success;
  });
}

HINGE_EXPORT int cuEventRecord(void *event, void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    const auto it = d.events.find(event);
    if (!s || it == d.events.end() || it->second->context != s->context)
      return invalid_handle;
    const std::uint64_t id = d.next_work;
    enqueue(d, *s, [event, id] {
      const auto found = driver().events.find(event);
      if (found != driver().events.end() && found->second->recorded == id) {
        found->second->done = true;
        found->second->time = std::chrono::steady_clock::now();
      }
      return success;
    });
    it->second->recorded = id;
    it->second->done = false;
    return success;
  });
}

HINGE_EXPORT int cuEventQuery(void *event) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.events.find(event);
    if (it == d.events.end())
      return invalid_handle;
    return it->second->done ? success : not_ready;
  });
}

HINGE_EXPORT int cuEventSynchronize(void *event) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.events.find(event);
    if (it == d.events.end())
      return invalid_handle;
    if (!it->second->done)
      synchronize(d, it->second->recorded);
    return it->second->context->error;
  });
}

HINGE_EXPORT int cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  return elapsed(milliseconds, start, end);
}
HINGE_EXPORT int cuEventElapsedTime_v2(float *milliseconds, void *start, void *end) {
  return elapsed(milliseconds, start, end);
}

HINGE_EXPORT int cuEventDestroy_v2(void *event) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    return d.events.erase(event) ? success : invalid_handle;
  });
}
