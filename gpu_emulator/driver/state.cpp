#include "state.h"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace gpu_emulator {
namespace {

int max_ptx(int version) {
  constexpr std::pair<int, int> first[] = {
      {9000, 60},  {9010, 61},  {9020, 62},  {10000, 63}, {10010, 64}, {10020, 65},
      {11000, 70}, {11010, 71}, {11020, 72}, {11030, 73}, {11040, 74}, {11050, 75},
      {11060, 76}, {11070, 77}, {11080, 78}, {12000, 80}, {12010, 81}, {12020, 82},
      {12030, 83}, {12040, 84}, {12050, 85}, {12080, 87}, {12090, 88}, {13000, 90}};
  int ptx = 0;
  for (const auto &[driver, of_driver] : first)
    if (version >= driver)
      ptx = of_driver;
  return ptx;
}

/// Marks the work that these streams and ids depend on. The queue is in the order of the calls, so
/// one pass from its end finds it.
std::vector<bool> needed_work(const Driver &d, std::set<const Stream *> streams,
                              std::set<std::uint64_t> ids) {
  std::vector<bool> needed(d.queue.size());
  const auto is_needed = [&](const Stream &s) {
    return std::any_of(streams.begin(), streams.end(), [&](const Stream *n) {
      return n == &s ||
             (n->context == s.context && ((n->legacy && s.blocking) || (s.legacy && n->blocking)));
    });
  };
  for (std::size_t n = d.queue.size(); n-- > 0;) {
    const Work &w = d.queue[n];
    needed[n] = ids.count(w.id) || is_needed(*w.stream);
    if (!needed[n])
      continue;
    streams.insert(w.stream);
    ids.insert(w.after);
  }
  return needed;
}

void execute(Driver &d, const std::vector<bool> &needed) {
  std::vector<Work> now, later;
  for (std::size_t n = 0; n < d.queue.size(); ++n)
    (needed[n] ? now : later).push_back(std::move(d.queue[n]));
  d.queue = std::move(later);
  for (const Work &w : now) {
    Context &c = *w.stream->context;
    if (c.error == success)
      c.error = w.run();
    if (c.error)
      drop_work(d, c);
  }
}

} // namespace

Device Driver::device() const { return {capability, max_ptx(version)}; }

// It is never destroyed, because other threads may call at exit.
Driver &driver() {
  static Driver &d = *new Driver;
  return d;
}

std::vector<Context *> &context_stack() {
  thread_local std::vector<Context *> stack;
  return stack;
}

std::string without_version(const std::string &function) {
  const std::size_t at = function.rfind("_v2");
  return at == std::string::npos ? function : function.substr(0, at);
}

int injected(Driver &d, const std::string &function) {
  const auto it = d.injected.find(function);
  if (it == d.injected.end() || it->second.after-- > 0)
    return success;
  const int result = it->second.result;
  d.injected.erase(it);
  return result;
}

int from_environment(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text && *text ? std::atoi(text) : otherwise;
}

void drop_work(Driver &d, const Context &c) {
  d.queue.erase(std::remove_if(d.queue.begin(), d.queue.end(),
                               [&](const Work &w) { return w.stream->context == &c; }),
                d.queue.end());
}

int synchronize(Driver &d, const Stream &stream) {
  execute(d, needed_work(d, {&stream}, {}));
  return stream.context->error;
}

int synchronize(Driver &d, Context &c) {
  std::set<const Stream *> streams{c.legacy.get(), c.per_thread.get()};
  for (const auto &[handle, s] : d.streams)
    if (s->context == &c)
      streams.insert(s.get());
  execute(d, needed_work(d, streams, {}));
  return c.error;
}

void synchronize(Driver &d, std::uint64_t work) { execute(d, needed_work(d, {}, {work})); }

std::uint64_t enqueue(Driver &d, Stream &stream, std::function<int()> run, std::uint64_t after) {
  d.queue.push_back({d.next_work, &stream, after, std::move(run)});
  return d.next_work++;
}

Stream *find_stream(Driver &d, Context &c, const void *handle) {
  const auto value = reinterpret_cast<std::uintptr_t>(handle);
  if (value <= 1)
    return c.legacy.get();
  if (value == 2)
    return c.per_thread.get();
  const auto it = d.streams.find(handle);
  return it == d.streams.end() ? nullptr : it->second.get();
}

} // namespace gpu_emulator
