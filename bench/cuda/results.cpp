#include "results.h"

#include "hinge/hinge.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace hinge::bench {

void Results::add(const std::string &name, const std::vector<const Side *> &sides,
                  const Json &more) {
  Json row = {{"row", name}};
  for (const Side *side : sides)
    row["sides"][side->name] = side->json();
  row.update(more);
  std::printf("%-34s", name.c_str());
  for (const Side *s : sides) {
    std::printf("  %s %.2f ±%.1f%%", s->name.c_str(), median(s->call), 100 * spread(s->call));
    if (!s->graph.empty())
      std::printf(" (%.2f)", median(s->graph));
  }
  rows_.push_back(std::move(row));
  write();
}

void Results::fail(const std::string &what) {
  std::printf("  %s\n", what.c_str());
  failures_ += (failures_.empty() ? "" : "; ") + what;
  context["failed"] = failures_;
  write();
}

void Results::guard(const std::string &what, const std::function<void()> &measure) {
  try {
    measure();
  } catch (const Error &e) {
    if (e.status() != HINGE_OUT_OF_MEMORY)
      return fail(what + ": " + e.what());
    context["left_out"].push_back(what + ", too large for the memory");
    std::printf("%s: too large for the memory\n", what.c_str());
    write();
  } catch (const std::exception &e) {
    fail(what + ": " + e.what());
  }
}

void Results::write() const {
  if (out_.empty())
    return;
  std::ofstream file(out_);
  file << Json{{"context", context}, {"rows", rows_}}.dump(1) << "\n";
  if (!file.flush())
    throw std::runtime_error(out_ + " could not be written");
}

} // namespace hinge::bench
