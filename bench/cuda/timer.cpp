#include "timer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hinge::bench {

static constexpr double sample_us = 300; // leaves 200 us if the clock rises in between
static constexpr int most_calls = 1000;  // in a sample
static constexpr int queued_calls = 256; // fit the driver's queue of 1024 launches
static constexpr int warm_up_samples = 3;

double median(Floats values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return double(*middle);
}

double spread(Floats values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return double(values[n - 1 - n / 4] - values[n / 4]) / 2 / median(values);
}

Json Side::json() const {
  Json j = {{"call_us", median(call)}, {"call_spread", spread(call)}, {"calls", calls}};
  if (!graph.empty())
    j.update({{"graph_us", median(graph)}, {"graph_spread", spread(graph)}, {"nodes", nodes}});
  else if (!no_graph.empty())
    j["no_graph"] = no_graph;
  return j;
}

Timer::Timer(const Driver &driver, void *stream, int samples)
    : driver_(driver), stream_(stream), samples_(samples) {
  driver_.check(driver_.event_create(&begin_, 0), "cuEventCreate");
  driver_.check(driver_.event_create(&end_, 0), "cuEventCreate");
}

double Timer::elapsed_us() const {
  float ms = 0;
  driver_.check(driver_.event_synchronize(end_), "cuEventSynchronize");
  driver_.check(driver_.event_elapsed_time(&ms, begin_, end_), "cuEventElapsedTime");
  return double(ms) * 1e3;
}

double Timer::time_calls(const Work &work, int calls) const {
  record(begin_);
  for (int i = 0; i < calls; i++)
    work();
  record(end_);
  return elapsed_us() / calls;
}

/// An untimed replay goes first. While the GPU is busy with it, the CPU queues the timed one.
double Timer::time_graph(void *graph, int nodes) const {
  driver_.check(driver_.graph_launch(graph, stream_), "cuGraphLaunch");
  record(begin_);
  driver_.check(driver_.graph_launch(graph, stream_), "cuGraphLaunch");
  record(end_);
  return elapsed_us() / nodes;
}

void *Timer::capture(const Work &work, int calls) const {
  void *graph = nullptr, *replayed = nullptr;
  driver_.check(driver_.begin_capture(stream_, 0), "cuStreamBeginCapture"); // the strictest mode
  try {
    for (int i = 0; i < calls; i++)
      work();
  } catch (...) {
    driver_.end_capture(stream_, &graph);
    throw;
  }
  driver_.check(driver_.end_capture(stream_, &graph), "cuStreamEndCapture");
  const int error = driver_.graph_instantiate(&replayed, graph, 0);
  driver_.graph_destroy(graph);
  driver_.check(error, "cuGraphInstantiate");
  return replayed;
}

/// How many calls make a sample, if one call takes `us`. Never fewer than `calls`.
static int more_calls(int calls, double us) {
  const double needed = std::ceil(1.1 * sample_us / std::max(us, 0.01));
  return int(std::clamp(needed, double(calls), double(most_calls)));
}

void Timer::prepare(Side &side) const {
  side.work(); // the first call may load kernels
  wait();
  for (int i = 0; i < 3; i++)
    side.calls = more_calls(side.calls, time_calls(side.work, side.calls));
  if (!driver_.has_graphs()) {
    side.no_graph = "the driver has no graphs";
    return;
  }
  try {
    prepare_graph(side);
  } catch (const std::exception &e) {
    side.no_graph = e.what();
    side.replayed = nullptr;
  }
}

void Timer::prepare_graph(Side &side) const {
  side.nodes = side.calls;
  side.replayed = capture(side.work, side.nodes);
  const int nodes = more_calls(side.nodes, time_graph(side.replayed, side.nodes));
  if (nodes == side.nodes)
    return;
  driver_.graph_exec_destroy(side.replayed);
  side.nodes = nodes;
  side.replayed = capture(side.work, nodes);
}

void Timer::measure(std::vector<Side> &sides) const {
  for (Side &s : sides)
    prepare(s);
  for (int i = 0; i < samples_; i++)
    for (Side &s : sides)
      s.call.push_back(float(time_calls(s.work, s.calls)));
  for (int i = 0; i < samples_; i++)
    for (Side &s : sides)
      if (s.replayed)
        s.graph.push_back(float(time_graph(s.replayed, s.nodes)));
  for (Side &s : sides) {
    if (s.replayed)
      driver_.graph_exec_destroy(s.replayed);
    s.replayed = nullptr;
  }
}

double Timer::quick_time(const Work &work) const {
  Side s("", work);
  prepare(s);
  const auto time = [&] {
    return s.replayed ? time_graph(s.replayed, s.nodes) : time_calls(work, s.calls);
  };
  double least = time();
  for (int i = 0; i < 4; i++)
    least = std::min(least, time());
  if (s.replayed)
    driver_.graph_exec_destroy(s.replayed);
  return least;
}

double Timer::time_launches(const Work &work) const {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < queued_calls; i++)
    work();
  const std::chrono::duration<double, std::micro> us = std::chrono::steady_clock::now() - begin;
  wait();
  return us.count() / queued_calls;
}

void Timer::measure_launches(std::vector<Side> &sides) const {
  for (int i = 0; i < samples_ + warm_up_samples; i++)
    for (Side &s : sides) {
      s.calls = queued_calls;
      const double us = time_launches(s.work);
      if (i >= warm_up_samples)
        s.call.push_back(float(us));
    }
}

} // namespace hinge::bench
