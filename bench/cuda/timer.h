// How hinge_bench_cuda measures: batches of calls between two events, one by one and as a graph.
#pragma once

#include "cublaslt.h"
#include "data.h"
#include "driver.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace hinge::bench {

using Json = nlohmann::ordered_json;

double median(Floats values);

/// Half the distance between the quartiles, as a share of the median.
double spread(Floats values);

/// One of those that take turns at a row. Times are in microseconds per call.
struct Side {
  std::string name;
  Work work;
  Floats call, graph;       // times queued one by one, and replayed as a graph
  int calls = 1, nodes = 1; // in a sample
  void *replayed = nullptr; // the graph
  std::string no_graph;     // why there is no graph

  Side(std::string side_name, Work one_call)
      : name(std::move(side_name)), work(std::move(one_call)) {}
  const Floats &times(bool graphs) const { return graphs ? graph : call; }
  Json json() const;
};

class Timer {
public:
  /// `samples`: how many times measure() takes of a side.
  Timer(const Driver &driver, void *stream, int samples);

  /// Fills in the sides' times. The sides take turns, so that all see the same machine.
  void measure(std::vector<Side> &sides) const;

  /// Fills in the CPU's time for queuing a call. It starts each sample with an empty queue.
  void measure_launches(std::vector<Side> &sides) const;

  /// One time, for a choice between algorithms: the GPU's alone if the driver has graphs.
  double quick_time(const Work &work) const;

private:
  double elapsed_us() const;
  void record(void *event) const {
    driver_.check(driver_.event_record(event, stream_), "cuEventRecord");
  }
  void wait() const { driver_.check(driver_.stream_synchronize(stream_), "cuStreamSynchronize"); }
  double time_calls(const Work &work, int calls) const;
  double time_graph(void *graph, int nodes) const;
  double time_launches(const Work &work) const;
  void *capture(const Work &work, int calls) const;
  void prepare(Side &side) const;
  void prepare_graph(Side &side) const;

  const Driver &driver_;
  void *stream_;
  int samples_;
  void *begin_ = nullptr, *end_ = nullptr; // events, which the process's end destroys
};

} // namespace hinge::bench
