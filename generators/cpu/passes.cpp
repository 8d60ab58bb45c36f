#include "passes.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hinge::cpu {

using namespace Halide;

namespace {

class MaskedLanesAreZero : public Internal::IRMutator {
  using IRMutator::visit;

  Expr visit(const Internal::Load *op) override {
    const Expr load = IRMutator::visit(op);
    if (Internal::is_const_one(op->predicate))
      return load;
    return Internal::Select::make(op->predicate, load, Internal::make_zero(op->type));
  }
};

/// A function's argument that a let of its body replaces by a member of its buffer.
struct Member {
  std::string name, buffer;
  Type type;
  Expr value;
};

/// The lets that a body begins with, which read the members of buffers. The rest stays in `body`.
std::vector<Member> take_members(Internal::Stmt *body) {
  std::vector<Member> members;
  while (const auto *let = body->as<Internal::LetStmt>()) {
    const auto *call = let->value.as<Internal::Call>();
    const auto *buffer =
        call && !call->args.empty() ? call->args[0].as<Internal::Variable>() : nullptr;
    if (!buffer || call->name.rfind("_halide_buffer_get_", 0) != 0)
      break;
    members.push_back({let->name, buffer->name, let->value.type(), let->value});
    *body = let->body;
  }
  return members;
}

std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

/// The name without the number that Halide adds to tell Funcs of a process apart: y.extent.0 of
/// y$1.extent.0.
std::string plain_name(const std::string &name) {
  const std::size_t dollar = name.find('$');
  if (dollar == std::string::npos)
    return name;
  const std::size_t end = name.find_first_not_of("0123456789", dollar + 1);
  return name.substr(0, dollar) + (end == std::string::npos ? "" : name.substr(end));
}

Internal::LoweredArgument scalar(const std::string &name, const Type &type) {
  return {name, Argument::InputScalar, type, 0, ArgumentEstimates{}};
}

void take_arguments(Internal::LoweredFunc *function, const std::vector<std::string> &names) {
  std::vector<Internal::LoweredArgument> before, after;
  std::swap(before, function->args);
  std::vector<Member> members = take_members(&function->body);
  for (const std::string &name : names) {
    const auto member = std::find_if(members.begin(), members.end(),
                                     [&](const Member &m) { return plain_name(m.name) == name; });
    const auto argument = std::find_if(before.begin(), before.end(), [&](const auto &a) {
      return a.is_scalar() && plain_name(a.name) == name;
    });
    if (member != members.end()) {
      after.push_back(scalar(member->name, member->type));
      members.erase(member);
    } else if (argument != before.end()) {
      after.push_back(*argument);
    } else {
      throw CompileError(function->name + " does not read " + name);
    }
  }
  if (!members.empty())
    throw CompileError(function->name + " reads " + plain_name(members[0].name) +
                       ", which is none of its arguments");
  function->args = after;
}

} // namespace

void take_arguments(Module *module, const std::string &names) {
  for (Internal::LoweredFunc &function : module->functions())
    take_arguments(&function, split(names, ','));
}

void define_masked_lanes(Module *module) {
  if (module->target().has_feature(Target::AVX))
    return;
  for (Internal::LoweredFunc &function : module->functions())
    function.body = MaskedLanesAreZero().mutate(function.body);
}

} // namespace hinge::cpu
