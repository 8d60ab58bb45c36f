#include "layer_source.h"

#include <hinge/plan/panels.h>

#include "hinge/status.h"

#include <algorithm>
#include <cctype>

namespace hinge::hingec {

namespace {

constexpr std::size_t columns = 100;

/// `begin`, the items with commas between them, `end`. Items that do not fit into one line go to
/// further lines, indented by `indent`.
std::string wrapped(const std::string &begin, const std::vector<std::string> &items,
                    const std::string &end, int indent = 4) {
  std::string text = begin;
  std::size_t length = begin.size() - (begin.rfind('\n') + 1);
  for (std::size_t i = 0; i < items.size(); i++) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : end);
    const bool is_first = i == 0;
    if (length + item.size() + !is_first > columns) {
      text += "\n" + std::string(std::size_t(indent), ' ');
      length = std::size_t(indent);
    } else if (!is_first) {
      text += " ";
      length++;
    }
    text += item;
    length += item.size();
  }
  return items.empty() ? text + end : text;
}

std::string comment(const std::string &begin, const std::vector<std::string> &lines,
                    const std::string &next, const std::string &end) {
  std::string text;
  for (const std::string &line : lines)
    text += (text.empty() ? begin : "\n" + next) + (line.empty() ? "" : " " + line);
  return text + end + "\n";
}
std::string c_comment(const std::vector<std::string> &lines) {
  return comment("/*", lines, " *", " */");
}
std::string cpp_comment(const std::vector<std::string> &lines) {
  return comment("///", lines, "///", "");
}

std::string written_by(const LayerPlan &plan) {
  return "Written by " + plan.command + "(" + plan.names.name + " ...): changes are lost.";
}

std::string title(const LayerPlan &plan) {
  return plan.about + (plan.packed_floats > 0 ? ": y = act(x W^T + b)." : ".");
}

/// "hinge_status app_my_layer(const float *x, ...)" and its end.
std::string c_function(const LayerPlan &plan, const LayerFunction &function,
                       const std::string &end) {
  std::vector<std::string> arguments;
  for (const LayerArgument &argument : function.arguments)
    arguments.push_back(argument.c + argument.name);
  if (!function.counted_by.empty())
    arguments.push_back("int64_t " + function.count);
  return wrapped("hinge_status " + plan.names.c + function.suffix + "(", arguments, ")" + end);
}

std::string c_pack(const LayerPlan &plan, const std::string &end) {
  return wrapped("hinge_status " + plan.names.c + "_pack(",
                 {"const float *weight", plan.names.c + "_packed_weights *packed"}, ")" + end);
}

/// The enumerators of status.h, for a header that includes no header of Hinge's. Both have the same
/// guard, so that a program may include both. A test compares them.
std::string status_enumeration() {
  const std::vector<std::pair<const char *, hinge_status>> statuses = {
      {"HINGE_OK", HINGE_OK},
      {"HINGE_INVALID_ARGUMENT", HINGE_INVALID_ARGUMENT},
      {"HINGE_UNSUPPORTED_TARGET", HINGE_UNSUPPORTED_TARGET},
      {"HINGE_OUT_OF_MEMORY", HINGE_OUT_OF_MEMORY},
      {"HINGE_INTERNAL_ERROR", HINGE_INTERNAL_ERROR},
      {"HINGE_NO_DEVICE", HINGE_NO_DEVICE},
      {"HINGE_DEVICE_ERROR", HINGE_DEVICE_ERROR}};
  std::string text = "#ifndef HINGE_STATUS_H\n#define HINGE_STATUS_H\n\n"
                     "typedef enum hinge_status {\n";
  for (const auto &[name, value] : statuses)
    text += std::string("  ") + name + " = " + std::to_string(int(value)) +
            (value == statuses.back().second ? "\n" : ",\n");
  return text + "} hinge_status;\n\n#endif\n";
}

std::vector<std::string> header_comment(const LayerPlan &plan) {
  std::vector<std::string> lines = {
      title(plan),
      written_by(plan) + " " + plan.names.name + ".hpp is for C++.",
      "",
      "There are no gaps between rows. Memory needs no alignment, and nothing outside the arrays "
      "is",
      "read or written. The bits are those of hinge_" +
          std::string(plan.packed_floats > 0 ? "linear" : "activation") +
          "_forward and its backward. A call neither",
      "allocates nor prints, and may be made from several threads at once."};
  if (plan.is_minimal) {
    lines.push_back("A call that fails leaves every output as it was.");
    lines.push_back("The code runs on CPUs with " + plan.target_names() +
                    " and does not look at the CPU. It needs memcpy and memset");
    lines.push_back("at most.");
  } else {
    lines.push_back("A call that fails leaves a message in hinge_last_error() and every output as "
                    "it was.");
  }
  return lines;
}

std::string packed_weights(const LayerPlan &plan) {
  const std::string type = plan.names.c + "_packed_weights";
  std::string text =
      c_comment({plan.is_minimal
                     ? "Packed weights. They may lie anywhere, and a copy is as good. They begin"
                     : "Packed weights, for the target that was active when they were packed. They "
                       "may lie anywhere,",
                 plan.is_minimal
                     ? "on a cache line of the place where they are packed."
                     : "and a copy is as good. They begin on a cache line of the place where they "
                       "are packed."}) +
      "typedef struct " + type + " {\n  float values[" +
      std::to_string(plan.packed_floats + plan::most_floats_before_line) +
      "];\n  int32_t begin; /* the first of the values that counts */\n";
  if (!plan.is_minimal)
    text += "  int32_t target;\n";
  return text + "} " + type + ";\n\n" +
         c_comment({"Packs `weight`, " + std::to_string(plan.out) + " rows of " +
                    std::to_string(plan.in) + ": W[n][k] of output n and input k."}) +
         c_pack(plan, ";\n\n");
}

std::string target_functions(const LayerPlan &plan) {
  std::vector<std::string> lines = {
      "The target whose code runs, one of: " + plan.target_names() + ". By default it is the",
      "last one that this CPU and operating system can run. The environment variable HINGE_TARGET,",
      "read at the first use, caps it: no target better than the named one is taken. set_target",
      "takes exactly the one that it names."};
  if (plan.packed_floats > 0)
    lines.back() += " Weights are packed for one target.";
  return c_comment(lines) + "hinge_status " + plan.names.c +
         "_get_target(const char **target);\n"
         "hinge_status " +
         plan.names.c + "_set_target(const char *target); /* null: the best one */\n\n";
}

/// The .data() of a view, or another argument that C takes.
std::string passed(const LayerArgument &argument) {
  if (argument.cpp.back() == '&')
    return "&" + argument.name;
  return argument.cpp == "bool" ? argument.name : argument.name + ".data()";
}

/// The check that arguments of any size go together; "" if none has any size.
std::string count_check(const LayerPlan &plan, const LayerFunction &function) {
  std::vector<std::string> others;
  for (const LayerArgument &argument : function.arguments)
    if (argument.is_counted && argument.name != function.counted_by)
      others.push_back(argument.name);
  if (others.empty() || function.counted_by.empty())
    return "";
  if (plan.is_minimal) {
    std::string text;
    for (const std::string &other : others)
      text += "  if (" + other + ".rows() != " + function.counted_by +
              ".rows())\n    return HINGE_INVALID_ARGUMENT;\n";
    return text;
  }
  const auto counted = [](const std::string &name) { return "{\"" + name + "\", " + name + "}"; };
  std::vector<std::string> items = {"\"" + plan.names.c + "\"", counted(function.counted_by)};
  for (const std::string &other : others)
    items.push_back(counted(other));
  return wrapped("  if (const hinge_status s = ::hinge::fixed::check_counts(", items, "))\n", 6) +
         "    return ::hinge::detail::check(s);\n";
}

std::string cpp_function(const LayerPlan &plan, const LayerFunction &function) {
  std::vector<std::string> arguments, values;
  for (const LayerArgument &argument : function.arguments) {
    arguments.push_back(argument.cpp + (argument.cpp.back() == '&' ? "" : " ") + argument.name +
                        (argument.name == "accumulate" ? " = false" : ""));
    values.push_back(passed(argument));
  }
  if (!function.counted_by.empty())
    values.push_back(function.counted_by + (function.count == "batch" ? ".rows()" : ".size()"));
  const std::string call = "::" + plan.names.c + function.suffix + "(";
  return cpp_comment(function.comment_cpp) +
         wrapped((plan.is_minimal ? "[[nodiscard]] HINGE_INLINE hinge_status "
                                  : "HINGE_INLINE ::hinge::Outcome ") +
                     plan.names.name + function.suffix + "(",
                 arguments, plan.is_minimal ? ") noexcept {\n" : ") {\n") +
         count_check(plan, function) +
         (plan.is_minimal
              ? wrapped("  return " + call, values, ");\n", 6)
              : wrapped("  return ::hinge::detail::check(" + call, values, "));\n", 6)) +
         "}\n\n";
}

std::string cpp_weights(const LayerPlan &plan) {
  const std::string features = std::to_string(plan.out) + ", " + std::to_string(plan.in);
  return cpp_comment({"Packed weights. weight is (" + features +
                      "), which is (out_features, in_features)."}) +
         wrapped("using " + plan.names.name + "_weights = ::hinge::" +
                     (plan.is_minimal ? "MinimalWeights<" : "FixedWeights<"),
                 {"::" + plan.names.c + "_packed_weights", "::" + plan.names.c + "_pack",
                  std::to_string(plan.out), std::to_string(plan.in)},
                 ">;\n\n");
}

/// "Forward" of "forward".
std::string kernel_type(std::string role) {
  role[0] = char(std::toupper(static_cast<unsigned char>(role[0])));
  return role;
}

std::string shape_source(const LayerPlan &plan) {
  std::string text = "struct Shape {\n";
  for (const std::string &member : plan.shape)
    text += "  static constexpr " + member + ";\n";
  if (plan.packed_floats > 0)
    text += "  using Packed = " + plan.names.c + "_packed_weights;\n";
  return text + "};\nusing Target = ::hinge::fixed::" + plan.kind + "Target<Shape>;\n";
}

std::string kernel_declarations(const LayerPlan &plan) {
  std::string text = "extern \"C\" {\n";
  for (const CpuTarget &target : plan.targets)
    for (const std::string &role : plan.roles)
      if (const KernelSpec *kernel = plan.find_kernel(role, target))
        text += "Target::Kernels::" + kernel_type(role) + " " + kernel->symbol + ";\n";
  return text + "}\n";
}

std::string target_array(const LayerPlan &plan) {
  std::string text = "constexpr Target targets[] = {\n";
  for (std::size_t i = 0; i < plan.targets.size(); i++) {
    const CpuTarget &target = plan.targets[i];
    std::vector<std::string> values = {"{\"" + target.name + "\"",
                                       "\"" + join(target.required) + "\"}"};
    values.insert(values.end(), plan.tiles[i].begin(), plan.tiles[i].end());
    for (const std::string &role : plan.roles) {
      const KernelSpec *kernel = plan.find_kernel(role, target);
      values.push_back(kernel ? kernel->symbol : "nullptr");
    }
    text += wrapped("    {", values, "},\n", 5);
  }
  return text + "};\n";
}

/// A namespace of the layer's source. No layer's name begins so.
std::string own_namespace(const LayerPlan &plan) { return "hinge_layer_" + plan.names.c; }

std::string dispatch_name(const LayerPlan &plan) { return own_namespace(plan) + "::dispatch"; }

std::string dispatch_source(const LayerPlan &plan) {
  if (plan.is_minimal)
    return "constexpr ::hinge::fixed::OneTarget<targets> dispatch;\n";
  return wrapped("::hinge::fixed::Dispatch<targets> dispatch(",
                 {"\"" + plan.names.c + "\"", "\"" + plan.target_order + "\""}, ");\n", 42);
}

/// The body of a function of C: it calls the runtime's template.
std::string function_source(const LayerPlan &plan, const LayerFunction &function) {
  std::vector<std::string> values = function.fields;
  if (!function.counted_by.empty())
    values.push_back(function.count);
  values.front() = "{" + values.front();
  values.insert(values.begin(), dispatch_name(plan));
  return c_function(plan, function, " {\n") +
         wrapped("  return ::hinge::fixed::" + function.run + "(", values, "});\n}\n", 6);
}

} // namespace

std::string header_source(const LayerPlan &plan) {
  const std::string guard = "HINGE_LAYER_" + plan.names.c + "_H";
  std::string text = c_comment(header_comment(plan)) + "#ifndef " + guard + "\n#define " + guard +
                     "\n\n" +
                     (plan.is_minimal ? "#include <stdint.h>\n\n" + status_enumeration()
                                      : "#include <hinge/hinge.h>\n") +
                     "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  if (plan.packed_floats > 0)
    text += packed_weights(plan);
  for (const LayerFunction &function : plan.functions)
    text += c_comment(function.comment) + c_function(plan, function, ";\n\n");
  if (!plan.is_minimal)
    text += target_functions(plan);
  return text + "#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* " + guard + " */\n";
}

std::string header_cpp_source(const LayerPlan &plan) {
  std::string text = "// " + title(plan) + "\n// " + written_by(plan) +
                     "\n#pragma once\n\n#include \"" + plan.names.name +
                     ".h\"\n\n#include <hinge/" + (plan.is_minimal ? "minimal" : "fixed") +
                     ".hpp>\n\n";
  // Functions that throw have other names to the linker than those that return a status.
  std::string begin, end;
  if (!plan.names.space.empty()) {
    begin = "namespace " + plan.names.space + " {\n";
    end = "} // namespace " + plan.names.space + "\n";
  }
  if (!plan.is_minimal) {
    begin += "inline namespace HINGE_INLINE_NAMESPACE {\n";
    end = "} // namespace HINGE_INLINE_NAMESPACE\n" + end;
  }
  text += begin.empty() ? begin : begin + "\n";
  if (plan.packed_floats > 0)
    text += cpp_weights(plan);
  for (const LayerFunction &function : plan.functions)
    text += cpp_function(plan, function);
  if (end.empty())
    text.pop_back();
  return text + end;
}

std::string layer_source(const LayerPlan &plan) {
  std::vector<std::string> headers = plan.headers;
  headers.push_back(plan.is_minimal ? "one_target.h" : "dispatch.h");
  std::sort(headers.begin(), headers.end());
  std::string text = "// " + title(plan) + "\n// " + written_by(plan) + "\n#include \"" +
                     plan.names.name + ".h\"\n\n";
  for (const std::string &header : headers)
    text += "#include <hinge/fixed/" + header + ">\n";
  text += "#include <hinge/record.h>\n\n// Nothing here meets a name of the layer, or of another "
          "one in a "
          "unity build.\nnamespace " +
          own_namespace(plan) + " {\n\n" + record_source(plan.record_text()) + "\nnamespace {\n\n" +
          shape_source(plan) + "\n} // namespace\n\n" + kernel_declarations(plan) +
          "\nnamespace {\n\n" + target_array(plan) + dispatch_source(plan) +
          "\n} // namespace\n} // namespace " + own_namespace(plan) + "\n\n";
  const std::string status = "hinge_status " + plan.names.c, dispatch = dispatch_name(plan);
  if (!plan.is_minimal)
    text += status + "_get_target(const char **target) {\n  return " + dispatch +
            ".get_target(target);\n}\n" + status + "_set_target(const char *target) {\n  return " +
            dispatch + ".set_target(target);\n}\n";
  if (plan.packed_floats > 0)
    text += c_pack(plan, " {\n") + "  return ::hinge::fixed::linear_pack(" + dispatch +
            ", {weight, packed});\n}\n";
  for (const LayerFunction &function : plan.functions)
    text += function_source(plan, function);
  return text;
}

} // namespace hinge::hingec
