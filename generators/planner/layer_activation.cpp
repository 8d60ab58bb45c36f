// Plans a layer of hinge_add_activation.
#include "layer_plan.h"

#include <hinge/plan/activations.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>

#include <iterator>

namespace hinge::hingec {

namespace {

const Keywords activation_keywords = {{"ACTIVATION", "SIZE", "NAMESPACE"},
                                      {"INPLACE", "MASK", "BACKWARD"}};

/// The values of the keywords.
struct ActivationShape {
  explicit ActivationShape(const Arguments &arguments)
      : in_place(arguments.has("INPLACE")), has_mask(arguments.has("MASK")),
        has_backward(arguments.has("BACKWARD")),
        // All but the first, which is none.
        activation(arguments.activation(
            "", {std::begin(plan::activations) + 1, std::end(plan::activations)})),
        size(arguments.size("SIZE", "any", plan::max_fixed_elements, true)) {}

  bool in_place, has_mask, has_backward;
  std::string activation;
  std::int64_t size; // 0: any
};

void add_kernels(LayerPlan *plan, const ActivationShape &s, const CpuTarget &target) {
  const plan::Tiles &tiles = target.tiles[plan::Type::float32];
  const std::string in_place = s.in_place ? "_inplace" : "";
  Parameters shape = {{"lanes", text(tiles.lanes)}, {"rows", "1"}};
  if (s.size > 0)
    shape.emplace_back("cols", text(s.size));
  Parameters from_values = shape;
  from_values.emplace_back("activation", s.activation);
  Parameters unrolled = from_values;
  unrolled.emplace_back("unroll", text(tiles.unroll));

  plan->add_kernel("forward", target, "activation" + in_place, unrolled);
  if (s.has_mask)
    plan->add_kernel("mask", target, "activation_mask", from_values);
  if (s.has_backward && s.has_mask)
    plan->add_kernel("backward", target, "activation_backward_mask" + in_place, shape);
  else if (s.has_backward)
    plan->add_kernel("backward", target, "activation_backward" + in_place, unrolled);
  plan->tiles.push_back({});
}

/// The arguments of the layer's functions.
class ActivationArguments {
public:
  explicit ActivationArguments(const ActivationShape &shape)
      : shape_(shape), is_any_(shape.size == 0), count_(is_any_ ? "size" : text(shape.size)) {}

  LayerFunction forward() const {
    LayerFunction f{"", "activation_forward", {}, {}, is_any_ ? "x" : "", "size", {}, {}};
    const std::string y = shape_.in_place ? "x" : "y";
    if (shape_.in_place)
      f.arguments = {elements("x", "float")};
    else
      f.arguments = {elements("x", "const float"), elements("y", "float")};
    if (shape_.has_mask)
      f.arguments.push_back(mask(""));
    f.fields = {"x", y, shape_.has_mask ? "mask" : "nullptr"};
    f.comment = {y + " = act(x), " + count_ + " elements" +
                 (shape_.in_place ? "." : " each. They share no memory.")};
    if (shape_.has_mask)
      f.comment.push_back(
          "mask: " +
          (is_any_ ? "a row of (size + 7) / 8" : text(plan::mask_row_bytes(shape_.size))) +
          " bytes, as hinge_activation_forward_mask writes it; it shares none.");
    f.comment_cpp = {y + " = act(x)" + (shape_.has_mask ? ", and its mask" : "") + "."};
    return f;
  }

  LayerFunction backward() const {
    LayerFunction f{"_backward", "activation_backward", {}, {}, is_any_ ? "dy" : "", "size", {},
                    {}};
    const std::string from = shape_.has_mask ? "mask" : "y", dx = shape_.in_place ? "dy" : "dx";
    f.arguments = {shape_.has_mask ? mask("const ") : elements("y", "const float"),
                   elements("dy", shape_.in_place ? "float" : "const float")};
    if (!shape_.in_place)
      f.arguments.push_back(elements("dx", "float"));
    f.fields = {shape_.has_mask ? "nullptr" : "y", shape_.has_mask ? "mask" : "nullptr", "dy", dx};
    f.comment = {dx + " = act'(y) * dy, given " +
                     (shape_.has_mask ? "the mask of the forward."
                                      : "y, the output or the input of the forward."),
                 dx + " shares no memory with " + (shape_.in_place ? "it." : "the others.")};
    f.comment_cpp = {dx + " = act'(y) * dy."};
    return f;
  }

private:
  LayerArgument elements(const std::string &name, const std::string &element) const {
    return {name, element + " *",
            "::hinge::Vector<" + element + ", " + (is_any_ ? "::hinge::any" : text(shape_.size)) +
                ">",
            is_any_};
  }
  LayerArgument mask(const std::string &is_const) const {
    const std::string bytes = is_any_ ? "::hinge::any" : text(plan::mask_row_bytes(shape_.size));
    return {"mask", is_const + "uint8_t *",
            "::hinge::Vector<" + is_const + "::std::uint8_t, " + bytes + ">", is_any_};
  }

  const ActivationShape &shape_;
  bool is_any_;
  std::string count_;
};

void describe(LayerPlan *plan, const ActivationShape &s) {
  plan->about = s.activation;
  if (s.size > 0)
    plan->about += " of " + text(s.size) + " elements";
  if (s.in_place)
    plan->about += ", in place";

  plan->shape = {"::std::int64_t size = " + text(s.size), flag("in_place", s.in_place),
                 flag("has_mask", s.has_mask)};

  json::Object &record = plan->record_head;
  record.add("layer", plan->names.qualified).add("activation", s.activation);
  s.size > 0 ? record.add("size", s.size) : record.add("size", "any");
  record.add("inplace", s.in_place).add("mask", s.has_mask).add("backward", s.has_backward);
}

} // namespace

LayerPlan plan_activation(const LayerCall &call, const Build &build) {
  const Arguments arguments(call, activation_keywords);
  const LayerNames names(call, arguments.value("NAMESPACE"));
  LayerPlan plan(names, targets_for_layer(arguments, build, /*is_minimal=*/false));
  const ActivationShape shape(arguments);

  plan.command = call.command;
  plan.kind = "Activation";
  plan.roles = {"forward", "mask", "backward"};
  plan.headers = {"activation.h"};
  describe(&plan, shape);
  for (const CpuTarget &target : plan.targets)
    add_kernels(&plan, shape, target);
  const ActivationArguments function(shape);
  plan.functions.push_back(function.forward());
  if (shape.has_backward)
    plan.functions.push_back(function.backward());
  return plan;
}

} // namespace hinge::hingec
