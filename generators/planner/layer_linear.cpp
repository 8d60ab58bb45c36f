// Plans a layer of hinge_add_linear.
#include "layer_plan.h"

#include <hinge/plan/activations.h>
#include <hinge/plan/blocks.h>
#include <hinge/plan/chains.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>
#include <hinge/plan/panels.h>
#include <hinge/plan/tiles.h>

#include <algorithm>
#include <iterator>

namespace hinge::hingec {

namespace {

void append(Parameters *to, const Parameters &more) {
  to->insert(to->end(), more.begin(), more.end());
}

const Keywords linear_keywords = {{"IN", "OUT", "BATCH", "ACTIVATION", "NAMESPACE"},
                                  {"NO_BIAS", "MASK", "BACKWARD", "MINIMAL"}};

/// The values of the keywords.
struct LinearShape {
  explicit LinearShape(const Arguments &arguments)
      : is_minimal(arguments.has("MINIMAL")), has_bias(!arguments.has("NO_BIAS")),
        has_mask(arguments.has("MASK")), has_backward(arguments.has("BACKWARD")) {}

  void read_sizes(const Arguments &arguments);

  bool is_minimal, has_bias, has_mask, has_backward;
  std::int64_t in = 0, out = 0, batch = 0; // batch 0: any
  std::string activation;

  bool has_activation() const { return activation != plan::activations[0]; }
  std::string batch_text() const { return batch > 0 ? text(batch) : "any"; }

  /// Rows whose gradients a kernel's call adds up; 0: any number. g = act'(y) * dy is made a block
  /// of rows at a time. A known batch may leave a smaller last block.
  std::int64_t terms() const {
    const bool is_in_blocks = has_activation() && plan::fixed_gradient_rows(out, batch) < batch;
    return has_backward && !is_in_blocks ? batch : 0;
  }
};

void LinearShape::read_sizes(const Arguments &arguments) {
  for (const char *option : {"MASK", "BACKWARD"})
    if (is_minimal && arguments.has(option))
      arguments.refuse(std::string("MINIMAL is for inference: expected no ") + option);
  in = arguments.size("IN", "", plan::max_fixed_features, false);
  out = arguments.size("OUT", "", plan::max_fixed_features, false);
  batch = arguments.size("BATCH", "any", plan::max_fixed_features, true);
  activation = arguments.activation(plan::activations[0],
                                    {std::begin(plan::activations), std::end(plan::activations)});
  if (plan::largest_fixed_matrix(in, out, batch) > plan::max_span)
    arguments.refuse("IN " + text(in) + ", OUT " + text(out) + ", BATCH " + batch_text() +
                     ": a matrix has more than 2^31 elements");
  if (has_mask && !has_activation())
    arguments.refuse("MASK is the activation's: expected an ACTIVATION other than none");
}

/// Adds a target's kernels to a plan, and their tiles.
class LinearKernels {
public:
  LinearKernels(LayerPlan *plan, const LinearShape &shape, const CpuTarget &target)
      : plan_(plan), shape_(shape), target_(target), tiles_(target.tiles[plan::Type::float32]) {}

  void add() {
    const plan::FixedTile tile = tile_in_parts({shape_.out, shape_.batch, true}, shape_.in);
    plan_->packed_floats =
        std::max(plan_->packed_floats, plan::fixed_packed_elements(tile, shape_.in, shape_.out));
    add_forward(tile);
    if (shape_.has_mask)
      add_mask();
    Heights heights;
    if (shape_.has_backward)
      heights = add_gradients();
    plan_->tiles.push_back({text(tile.nr()), text(tile.rows), text(heights.dx),
                            "{" + text(shape_.out) + ", " + text(heights.dweight) + "}"});
  }

private:
  /// Rows of the gradients' register tiles; 1 if there are none.
  struct Heights {
    int dx = 1, dweight = 1;
  };

  static Parameters tile_parameters(plan::FixedTile tile) {
    return {
        {"lanes", text(tile.lanes)}, {"vectors", text(tile.vectors)}, {"rows", text(tile.rows)}};
  }
  /// The tile of a product whose sums have so many terms.
  plan::FixedTile tile_in_parts(const plan::FixedProduct &product, std::int64_t terms) const {
    plan::FixedTile tile = plan::cheapest_tile(tiles_, product);
    tile.rows = plan::rows_in_parts(tile, plan::chains_of(terms), tiles_.registers);
    if (product.batch > 0)
      tile.rows = int(plan::RowTiles(product.batch, tile.rows).height);
    return tile;
  }
  /// The parts of such a sum that its tile computes side by side. Lower tiles can do so too.
  void add_side(Parameters *p, plan::FixedTile tile, std::int64_t terms) const {
    const int side = plan::chains_side_by_side(plan::chains_of(terms), tile.rows, tile.vectors,
                                               tiles_.registers);
    if (side > 1)
      p->emplace_back("side", text(side));
  }
  Parameters features() const {
    return {{"in_features", text(shape_.in)}, {"out_features", text(shape_.out)}};
  }
  static Parameters elementwise(plan::ElementwiseShape shape) {
    return {{"cols", text(shape.cols)}, {"rows", text(shape.rows)}};
  }

  void add_forward(plan::FixedTile tile) {
    Parameters p = tile_parameters(tile);
    add_side(&p, tile, shape_.in);
    append(&p, features());
    p.emplace_back("activation", shape_.activation);
    if (!shape_.has_bias)
      p.emplace_back("has_bias", "false");
    if (shape_.batch > 0)
      p.emplace_back("batch", text(shape_.batch));
    plan_->add_kernel("forward", target_, "fixed_linear", p);
  }

  /// The kernel takes four vectors a step. They have half as many lanes if a row then has enough.
  /// 32 rows of 20 take 101 ns instead of 131 on a Zen 4.
  void add_mask() {
    const plan::ElementwiseShape rows = plan::elementwise_shape(shape_.batch, shape_.out, true);
    int lanes = tiles_.lanes;
    if (rows.rows != 1 && lanes > 8 && shape_.out <= 2 * lanes)
      lanes /= 2;
    Parameters p = {{"lanes", text(lanes)}, {"activation", shape_.activation}};
    append(&p, elementwise(rows));
    plan_->add_kernel("mask", target_, "activation_mask", p);
  }

  void add_g() {
    Parameters p = {{"lanes", text(tiles_.lanes)}};
    if (!shape_.has_mask) {
      p.emplace_back("unroll", text(tiles_.unroll));
      p.emplace_back("activation", shape_.activation);
    }
    append(&p, elementwise(plan::elementwise_shape(shape_.terms(), shape_.out, shape_.has_mask)));
    plan_->add_kernel("g", target_,
                      shape_.has_mask ? "activation_backward_mask" : "activation_backward", p);
  }

  /// Three products: dx = g W, dweight = g^T x and dbias = 1^T g.
  Heights add_gradients() {
    Heights heights;
    const std::int64_t terms = shape_.terms();
    if (shape_.has_activation())
      add_g();
    heights.dx = add_gradient("dx", "x", {shape_.in, terms, false});
    heights.dweight = add_gradient("dweight", "weight", {shape_.in, shape_.out, false});
    if (shape_.has_bias)
      add_gradient("dbias", "bias", {shape_.out, 1, false});
    return heights;
  }

  /// The height of its tile.
  int add_gradient(const std::string &role, const std::string &by, plan::FixedProduct product) {
    const std::int64_t terms = role == "dx" ? shape_.out : 1; // the others are one chain
    const plan::FixedTile tile = tile_in_parts(product, terms);
    Parameters p = {{"by", by}};
    append(&p, tile_parameters(tile));
    add_side(&p, tile, terms);
    append(&p, features());
    if (shape_.terms() > 0)
      p.emplace_back("batch", text(shape_.terms()));
    plan_->add_kernel(role, target_, "fixed_linear_gradient", p);
    return tile.rows;
  }

  LayerPlan *plan_;
  const LinearShape &shape_;
  const CpuTarget &target_;
  const plan::Tiles &tiles_;
};

/// The arguments of the layer's functions.
class LinearArguments {
public:
  LinearArguments(const LinearShape &shape, const LayerNames &names)
      : shape_(shape), names_(names), is_any_(shape.batch == 0),
        rows_(is_any_ ? "::hinge::any" : text(shape.batch)) {}

  LayerFunction forward() const {
    LayerFunction f{"", "linear_forward", {}, {}, is_any_ ? "x" : "", "batch", {}, {}};
    f.arguments = {rows("x", "const float", shape_.in),
                   {"packed", "const " + names_.c + "_packed_weights *",
                    "const " + names_.name + "_weights &"}};
    if (shape_.has_bias)
      f.arguments.push_back(bias("bias", "const float"));
    f.arguments.push_back(rows("y", "float", shape_.out));
    if (shape_.has_mask)
      f.arguments.push_back(mask("uint8_t"));
    f.fields = {"x", "packed", shape_.has_bias ? "bias" : "nullptr", "y",
                shape_.has_mask ? "mask" : "nullptr"};
    f.comment = forward_comment();
    f.comment_cpp = {"y = act(x W^T" + std::string(shape_.has_bias ? " + bias" : "") + ")" +
                     (shape_.has_mask ? ", and the mask of y for the backward" : "") + ". " +
                     names_.name + ".h says more."};
    return f;
  }

  LayerFunction backward() const {
    const std::string from = !shape_.has_activation() ? "" : shape_.has_mask ? "mask" : "y";
    LayerFunction f{"_backward", "linear_backward", {}, {}, is_any_ ? "dy" : "", "batch", {}, {}};
    f.arguments = {optional(rows("x", "const float", shape_.in)),
                   optional(weight("weight", "const float"))};
    if (from == "mask")
      f.arguments.push_back(mask("const uint8_t"));
    if (from == "y")
      f.arguments.push_back(rows("y", "const float", shape_.out));
    f.arguments.push_back(rows("dy", "const float", shape_.out));
    f.arguments.push_back(optional(rows("dx", "float", shape_.in)));
    f.arguments.push_back(optional(weight("dweight", "float")));
    if (shape_.has_bias)
      f.arguments.push_back(optional(bias("dbias", "float")));
    f.arguments.push_back({"accumulate", "int ", "bool"});
    f.fields = {"x",
                "weight",
                from == "y" ? "y" : "nullptr",
                from == "mask" ? "mask" : "nullptr",
                "dy",
                "dx",
                "dweight",
                shape_.has_bias ? "dbias" : "nullptr",
                "accumulate"};
    f.comment = backward_comment(from);
    f.comment_cpp = {"The gradients, given dy by y. What is std::nullopt is not computed, or not",
                     "there to be read. " + names_.name + ".h says more."};
    return f;
  }

private:
  LayerArgument rows(const std::string &name, const std::string &element, std::int64_t cols) const {
    return {name, element + " *",
            "::hinge::Matrix<" + element + ", " + rows_ + ", " + text(cols) + ">", is_any_};
  }
  LayerArgument weight(const std::string &name, const std::string &element) const {
    return {name, element + " *",
            "::hinge::Matrix<" + element + ", " + text(shape_.out) + ", " + text(shape_.in) + ">"};
  }
  LayerArgument bias(const std::string &name, const std::string &element) const {
    return {name, element + " *", "::hinge::Vector<" + element + ", " + text(shape_.out) + ">"};
  }
  LayerArgument mask(const std::string &element) const {
    const std::string is_const = element.compare(0, 5, "const") == 0 ? "const " : "";
    return {"mask", element + " *",
            "::hinge::Mask<" + is_const + "::std::uint8_t, " + rows_ + ", " + text(shape_.out) +
                ">",
            is_any_};
  }
  static LayerArgument optional(LayerArgument argument) {
    argument.cpp = "::hinge::Optional<" + argument.cpp + ">";
    return argument;
  }

  std::string batch() const { return is_any_ ? "batch" : text(shape_.batch); }

  std::vector<std::string> forward_comment() const {
    std::vector<std::string> lines = {
        "x: " + batch() + " rows of " + text(shape_.in) +
            (shape_.has_bias ? ", bias: " + text(shape_.out) + " floats" : "") + ", y: " + batch() +
            " rows of " + text(shape_.out) + ".",
        "y shares no memory with the others."};
    if (shape_.has_mask)
      lines.push_back("mask: " + batch() + " rows of " + text(plan::mask_row_bytes(shape_.out)) +
                      " bytes, as hinge_linear_forward_mask writes it; it shares none either.");
    return lines;
  }

  std::vector<std::string> backward_comment(const std::string &from) const {
    const std::string m = batch(), in = text(shape_.in), out = text(shape_.out);
    std::vector<std::string> lines = {
        "The gradients, given dy by y. With g = " +
            std::string(from.empty() ? "dy" : "act'(y) * dy") + ":",
        "  dx[m][k]      = sum over n of g[m][n] weight[n][k]   " + m + " rows of " + in,
        "  dweight[n][k] = sum over m of g[m][n] x[m][k]        " + out + " rows of " + in};
    if (shape_.has_bias)
      lines.push_back("  dbias[n]      = sum over m of g[m][n]                " + out + " floats");
    if (!from.empty())
      lines.push_back(from + " is that of the forward.");
    for (const char *line :
         {"`weight` is not packed. x is read for dweight only, weight for dx only: what is not "
          "read",
          "may be null. A gradient that is null is not computed. What is written shares no memory",
          "with the others. accumulate: 0 writes dweight and dbias, 1 adds to them."})
      lines.push_back(line);
    return lines;
  }

  const LinearShape &shape_;
  const LayerNames &names_;
  bool is_any_;
  std::string rows_;
};

void describe(LayerPlan *plan, const LinearShape &s) {
  plan->about = "Linear(" + text(s.in) + ", " + text(s.out) + ")";
  if (s.has_activation())
    plan->about += " + " + s.activation;
  if (s.batch > 0)
    plan->about += ", batches of " + text(s.batch);

  plan->shape = {"::std::int64_t in_features = " + text(s.in) + ", out_features = " + text(s.out),
                 "::std::int64_t batch = " + text(s.batch),
                 "::std::int64_t terms = " + text(s.terms()), flag("has_bias", s.has_bias),
                 flag("has_mask", s.has_mask)};
  if (s.has_backward)
    plan->shape.push_back(flag("has_activation", s.has_activation()));

  json::Object &record = plan->record_head;
  record.add("layer", plan->names.qualified);
  if (s.is_minimal)
    record.add("minimal", true);
  record.add("in", s.in).add("out", s.out);
  s.batch > 0 ? record.add("batch", s.batch) : record.add("batch", "any");
  record.add("activation", s.activation)
      .add("bias", s.has_bias)
      .add("mask", s.has_mask)
      .add("backward", s.has_backward);
}

} // namespace

LayerPlan plan_linear(const LayerCall &call, const Build &build) {
  const Arguments arguments(call, linear_keywords);
  const LayerNames names(call, arguments.value("NAMESPACE"));
  LinearShape shape(arguments);
  LayerPlan plan(names, targets_for_layer(arguments, build, shape.is_minimal));
  shape.read_sizes(arguments);

  plan.command = call.command;
  plan.is_minimal = shape.is_minimal;
  plan.in = shape.in;
  plan.out = shape.out;
  plan.kind = "Linear";
  plan.roles = {"forward", "mask", "g", "dx", "dweight", "dbias"};
  plan.headers = {shape.has_backward ? "linear_backward.h" : "linear.h"};
  describe(&plan, shape);
  for (const CpuTarget &target : plan.targets)
    LinearKernels(&plan, shape, target).add();
  const LinearArguments function(shape, plan.names);
  plan.functions.push_back(function.forward());
  if (shape.has_backward)
    plan.functions.push_back(function.backward());
  return plan;
}

} // namespace hinge::hingec
