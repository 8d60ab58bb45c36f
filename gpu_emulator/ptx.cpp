#include "ptx.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <unordered_map>

namespace gpu_emulator {
namespace {

constexpr int error_no_binary = 209, error_invalid_ptx = 218, error_unsupported_version = 222;

struct Token {
  std::string text;
  std::size_t begin, end; // in the source
  int line;
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || (c && std::strchr("_$.%", c));
}

class Lexer {
public:
  explicit Lexer(const std::string &text) : text_(text) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    while (skip_blanks()) {
      const std::size_t begin = at_;
      take_token();
      tokens.push_back({text_.substr(begin, at_ - begin), begin, at_, line_});
    }
    return tokens;
  }

private:
  char look(std::size_t n = 0) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }

  void step() {
    if (text_[at_++] == '\n')
      ++line_;
  }

  bool skip_blanks() {
    while (at_ < text_.size() && text_[at_]) {
      if (std::isspace(static_cast<unsigned char>(look())))
        step();
      else if (look() == '/' && look(1) == '/')
        while (look() && look() != '\n')
          step();
      else if (look() == '/' && look(1) == '*')
        skip_comment();
      else
        return true;
    }
    return false;
  }

  void skip_comment() {
    const std::size_t end = std::min(text_.find("*/", at_ + 2), text_.size() - 2);
    while (at_ < end + 2)
      step();
  }

  void take_token() {
    if (look() == '"') {
      do
        step();
      while (look() && look() != '"');
      if (look())
        step();
    } else if (is_word(look())) {
      // `shared::cta` is one word; a single colon ends a label.
      while (is_word(look()) || (look() == ':' && look(1) == ':') ||
             (look() == ':' && at_ && text_[at_ - 1] == ':' && is_word(look(1))))
        step();
    } else {
      step();
    }
  }

  const std::string &text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

struct Register {
  std::uint32_t slot;
  bool narrow; // it has at most 32 bits
};

struct Variable {
  enum class Space { shared, dynamic_shared, local, global, parameter };
  Space space;
  std::uint64_t size = 0, align = 1;
  std::int64_t place = -1; // offset in its space or index of a global variable; -1: none
};

std::uint64_t round_up(std::uint64_t x, std::uint64_t align) {
  return (x + align - 1) / align * align;
}

std::optional<std::uint64_t> size_of_type(const std::string &type) {
  static const std::map<std::string, std::uint64_t> sizes{
      {".b8", 1},  {".u8", 1},  {".s8", 1},  {".b16", 2}, {".u16", 2}, {".s16", 2},
      {".f16", 2}, {".b32", 4}, {".u32", 4}, {".s32", 4}, {".f32", 4}, {".b64", 8},
      {".u64", 8}, {".s64", 8}, {".f64", 8}, {".pred", 1}};
  const auto it = sizes.find(type);
  return it == sizes.end() ? std::nullopt : std::optional<std::uint64_t>(it->second);
}

const std::unordered_map<std::string, std::uint32_t> &special_registers() {
  static const std::unordered_map<std::string, std::uint32_t> slots{
      {"%tid.x", slot_tid},
      {"%tid.y", slot_tid + 1},
      {"%tid.z", slot_tid + 2},
      {"%ntid.x", slot_ntid},
      {"%ntid.y", slot_ntid + 1},
      {"%ntid.z", slot_ntid + 2},
      {"%ctaid.x", slot_ctaid},
      {"%ctaid.y", slot_ctaid + 1},
      {"%ctaid.z", slot_ctaid + 2},
      {"%nctaid.x", slot_nctaid},
      {"%nctaid.y", slot_nctaid + 1},
      {"%nctaid.z", slot_nctaid + 2},
      {"%laneid", slot_laneid},
      {"%warpid", slot_warpid},
      {"%nwarpid", slot_nwarpid},
      {"%dynamic_smem_size", slot_dynamic_shared},
      {"%total_smem_size", slot_total_shared},
      {"%clock", slot_zero},
      {"%clock64", slot_zero},
      {"%clock_hi", slot_zero},
      {"%globaltimer", slot_zero},
      {"%smid", slot_zero},
      {"WARP_SZ", slot_warp_size},
      {"_", slot_sink}};
  return slots;
}

class Parser {
public:
  Parser(const std::string &text, const Device &device)
      : text_(text), device_(device), tokens_(Lexer(text).run()) {}

  Module run() {
    while (at_ < tokens_.size())
      top_level();
    if (!module_.version || !module_.target)
      fail("there is no .version or no .target", 1);
    return std::move(module_);
  }

private:
  using Variables = std::unordered_map<std::string, Variable>;
  using Registers = std::unordered_map<std::string, Register>;

  // Tokens

  [[noreturn]] static void fail(const std::string &what, int line, int result = error_invalid_ptx) {
    throw PtxError(result, "PTX line " + std::to_string(line) + ": " + what);
  }
  [[noreturn]] void fail(const std::string &what) const {
    const int line = tokens_.empty() ? 1 : tokens_[std::min(at_, tokens_.size() - 1)].line;
    fail(first_ < tokens_.size() ? what + " in '" + statement_source() + "'" : what, line);
  }
  const std::string &look(std::size_t n = 0) const {
    static const std::string end;
    return at_ + n < tokens_.size() ? tokens_[at_ + n].text : end;
  }
  std::string next() {
    if (at_ >= tokens_.size())
      fail("the text ends too early");
    return tokens_[at_++].text;
  }
  bool take(const char *text) {
    const bool found = look() == text;
    at_ += found;
    return found;
  }
  void expect(const char *text) {
    if (!take(text))
      fail("'" + look() + "' where '" + text + "' should be");
  }
  std::uint64_t number() {
    const std::string text = next();
    char *end;
    const std::uint64_t x = std::strtoull(text.c_str(), &end, 0);
    if (*end && std::strcmp(end, "U") != 0)
      fail("'" + text + "' is no number");
    return x;
  }
  void skip_line() {
    const int line = tokens_[at_].line;
    while (at_ < tokens_.size() && tokens_[at_].line == line)
      ++at_;
  }
  void skip_past(const char *text) {
    while (next() != text)
      continue;
  }
  void skip_braces() {
    skip_past("{");
    for (int depth = 1; depth;) {
      const std::string token = next();
      depth += token == "{" ? 1 : token == "}" ? -1 : 0;
    }
  }

  // The module

  void top_level() {
    if (take(".version"))
      return version();
    if (take(".target"))
      return target();
    if (take(".address_size")) {
      if (number() != 64)
        fail("only addresses of 64 bits are known");
      return;
    }
    if (take(".visible") || take(".extern") || take(".weak") || take(".common") || take(";"))
      return;
    if (look() == ".file")
      return skip_line();
    if (look() == ".section")
      return skip_braces();
    if (take(".pragma"))
      return skip_past(";");
    if (take(".entry"))
      return entry();
    if (take(".func"))
      return function();
    if (variable(module_variables_))
      return;
    fail("'" + look() + "' is not known");
  }

  static int hundredths(const std::string &text) {
    const std::size_t dot = text.find('.');
    return 10 * std::atoi(text.c_str()) +
           (dot == std::string::npos ? 0 : std::atoi(text.c_str() + dot + 1));
  }

  void version() {
    const int line = tokens_[at_].line;
    const std::string text = next();
    module_.version = hundredths(text);
    if (module_.version > device_.max_ptx)
      fail(".version " + text + " is newer than the driver", line, error_unsupported_version);
  }

  void target() {
    const int line = tokens_[at_].line;
    const std::string text = next();
    if (text.rfind("sm_", 0) != 0)
      fail(".target " + text + " is not known", line);
    module_.target = std::atoi(text.c_str() + 3);
    // Code for one architecture, e.g. sm_90a, runs on no other.
    const bool only = !std::isdigit(static_cast<unsigned char>(text.back()));
    if (module_.target > device_.capability || (only && module_.target != device_.capability))
      fail(".target " + text + " is not of this device", line, error_no_binary);
    while (take(","))
      next();
  }

  /// Skips a function: nothing can call it, because the call instruction is unknown.
  void function() {
    while (look() != ";" && look() != "{")
      next();
    if (look() == "{")
      skip_braces();
  }

  // Variables

  /// Reads a variable in a state space other than .reg and .param; returns false where none begins.
  bool variable(Variables &variables) {
    const std::string space = look();
    if (space != ".shared" && space != ".global" && space != ".const" && space != ".local")
      return false;
    ++at_;
    Variable v{space == ".shared"  ? Variable::Space::shared
               : space == ".local" ? Variable::Space::local
                                   : Variable::Space::global};
    const std::uint64_t element = type_and_alignment(v);
    do
      declare(variables, v, element);
    while (take(","));
    expect(";");
    return true;
  }

  std::uint64_t type_and_alignment(Variable &v) {
    std::uint64_t align = 0;
    for (;;) {
      const std::string word = next();
      if (word == ".align") {
        align = number();
      } else if (word == ".ptr" || word == ".global" || word == ".shared" || word == ".const" ||
                 word == ".local" || word == ".attribute") {
        fail("'" + word + "' is not known here");
      } else if (const auto size = size_of_type(word)) {
        v.align = align ? align : *size;
        return *size;
      } else {
        fail("the type '" + word + "' is not known");
      }
    }
  }

  /// Returns the number of elements: 1 for a scalar, unsized_ for an array without a size.
  static constexpr std::uint64_t unsized_ = ~std::uint64_t{0};
  std::uint64_t elements() {
    std::uint64_t count = 1;
    while (take("[")) {
      if (take("]"))
        return unsized_;
      count *= number();
      expect("]");
    }
    return count;
  }

  void declare(Variables &variables, Variable v, std::uint64_t element) {
    const std::string name = next();
    const std::uint64_t count = elements();
    if (count == unsized_ && v.space == Variable::Space::shared)
      v.space = Variable::Space::dynamic_shared;
    else if (count == unsized_)
      fail("the size of '" + name + "' is not known");
    else
      v.size = count * element;
    if (v.space == Variable::Space::global) {
      v.place = static_cast<std::int64_t>(module_.variables.size());
      module_.variables.push_back({name, v.size, {}});
      if (take("="))
        initialise(module_.variables.back().bytes, element);
    }
    variables[name] = v;
  }

  void initialise(std::vector<std::uint8_t> &bytes, std::uint64_t element) {
    const bool braces = take("{");
    do {
      const std::uint64_t x = immediate();
      for (std::uint64_t n = 0; n < element; ++n)
        bytes.push_back(static_cast<std::uint8_t>(x >> (8 * n)));
    } while (braces && take(","));
    if (braces)
      expect("}");
  }

  // Kernels

  void entry() {
    kernel_ = Kernel();
    kernel_.name = next();
    kernel_.registers.assign(special_slots, ~std::uint64_t{0});
    kernel_.registers[slot_true] = 1;
    kernel_.registers[slot_zero] = 0;
    kernel_.registers[slot_warp_size] = 32;
    variables_ = {Variables()};
    registers_ = {Registers()};
    constants_.clear();
    labels_.clear();
    branches_.clear();
    shared_places_.clear();
    shared_end_ = 0;
    dynamic_align_ = 1;
    dynamic_slots_.clear();
    if (take("(") && !take(")"))
      parameters();
    while (look() != "{")
      performance_directive();
    next();
    body();
    finish();
    module_.kernels.push_back(std::move(kernel_));
  }

  void parameters() {
    do {
      expect(".param");
      Variable v{Variable::Space::parameter};
      std::uint64_t align = 0, element = 0;
      while (!look().empty() && look()[0] == '.') {
        const std::string word = next();
        if (word == ".align") // of an array; elsewhere it is the alignment of a pointee
          align = number();
        else if (word == ".ptr")
          pointer_attributes();
        else
          element = size_of_type(word).value_or(0);
      }
      if (!element)
        fail("the type of a parameter is not known");
      const std::string name = next();
      v.size = elements() * element;
      v.place =
          static_cast<std::int64_t>(round_up(kernel_.parameter_bytes, align ? align : element));
      variables_[0][name] = v;
      kernel_.parameters.push_back(
          {static_cast<std::uint32_t>(v.place), static_cast<std::uint32_t>(v.size)});
      kernel_.parameter_bytes =
          static_cast<std::uint32_t>(v.place) + static_cast<std::uint32_t>(v.size);
    } while (take(","));
    expect(")");
  }

  void pointer_attributes() {
    if (look() == ".global" || look() == ".shared" || look() == ".const" || look() == ".local")
      next();
    if (take(".align"))
      number();
  }

  void performance_directive() {
    const std::string word = next();
    if (word == ".pragma")
      return skip_past(";");
    std::array<std::uint32_t, 3> sizes{1, 1, 1};
    std::size_t n = 0;
    do
      sizes[std::min<std::size_t>(n++, 2)] = static_cast<std::uint32_t>(number());
    while (take(","));
    if (word == ".maxntid")
      kernel_.max_threads = std::uint64_t{sizes[0]} * sizes[1] * sizes[2];
    else if (word == ".reqntid")
      kernel_.required_block = sizes;
    else if (word != ".minnctapersm" && word != ".maxnctapersm" && word != ".maxnreg")
      fail("the directive '" + word + "' is not known");
  }

  void body() {
    while (!registers_.empty()) {
      if (take("{")) {
        variables_.emplace_back();
        registers_.emplace_back();
      } else if (take("}")) {
        variables_.pop_back();
        registers_.pop_back();
      } else if (look(1) == ":") {
        label();
      } else if (!directive()) {
        instruction();
      }
    }
  }

  void label() {
    if (!labels_.emplace(look(), kernel_.code.size()).second)
      fail("the label '" + look() + "' is there twice");
    at_ += 2;
  }

  bool directive() {
    if (take(".reg")) {
      declare_registers();
      return true;
    }
    if (look() == ".loc" || look() == ".file") {
      skip_line();
      return true;
    }
    if (take(".pragma")) {
      skip_past(";");
      return true;
    }
    return take(".extern") || take(";") || variable(variables_.back());
  }

  void declare_registers() {
    const std::string type = next();
    const auto size = size_of_type(type);
    if (!size)
      fail("registers of type '" + type + "' are not known");
    do {
      const std::string name = next();
      if (take("<")) {
        const std::uint64_t count = number();
        for (std::uint64_t n = 0; n < count; ++n)
          registers_.back()[name + std::to_string(n)] = {new_slot(), *size <= 4};
        expect(">");
      } else {
        registers_.back()[name] = {new_slot(), *size <= 4};
      }
    } while (take(","));
    expect(";");
  }

  std::uint32_t new_slot(std::uint64_t value = ~std::uint64_t{0}) {
    kernel_.registers.push_back(value);
    return static_cast<std::uint32_t>(kernel_.registers.size() - 1);
  }

  std::uint32_t constant(std::uint64_t value) {
    const auto it = constants_.find(value);
    if (it != constants_.end())
      return it->second;
    return constants_[value] = new_slot(value);
  }

  const Register *find_register(const std::string &name) const {
    for (auto scope = registers_.rbegin(); scope != registers_.rend(); ++scope)
      if (const auto it = scope->find(name); it != scope->end())
        return &it->second;
    return nullptr;
  }

  Variable *find_variable(const std::string &name) {
    for (auto scope = variables_.rbegin(); scope != variables_.rend(); ++scope)
      if (const auto it = scope->find(name); it != scope->end())
        return &it->second;
    const auto it = module_variables_.find(name);
    return it == module_variables_.end() ? nullptr : &it->second;
  }

  // Instructions

  void instruction() {
    first_ = at_;
    Instruction i;
    i.guard = slot_true;
    if (take("@")) {
      i.negated_guard = take("!");
      i.guard = known_register(next()).slot;
    }
    Statement statement;
    statement.words = split(next());
    const bool branches = statement.words[0] == "bra";
    type_ = statement.words.back();
    if (branches)
      branches_.push_back({kernel_.code.size(), next(), tokens_[first_].line});
    else
      operands(statement);
    if (look() != ";" || !decode(statement, i, kernel_))
      fail("the instruction '" + statement_source() + "' is not known", tokens_[first_].line);
    kernel_.text.push_back(statement_source());
    kernel_.code.push_back(i);
    next();
    first_ = none_;
  }

  std::string statement_source() const {
    std::size_t last = first_;
    while (last + 2 < tokens_.size() && tokens_[last + 1].text != ";")
      ++last;
    const std::size_t begin = tokens_[first_].begin;
    std::string text = text_.substr(begin, tokens_[last].end - begin);
    std::replace(text.begin(), text.end(), '\t', ' ');
    std::replace(text.begin(), text.end(), '\n', ' ');
    text.erase(
        std::unique(text.begin(), text.end(), [](char x, char y) { return x == ' ' && y == ' '; }),
        text.end());
    return text;
  }

  static std::vector<std::string> split(const std::string &opcode) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin <= opcode.size();) {
      const std::size_t end = std::min(opcode.find('.', begin), opcode.size());
      words.push_back(opcode.substr(begin, end - begin));
      begin = end + 1;
    }
    return words;
  }

  void operands(Statement &statement) {
    if (look() == ";")
      return;
    do
      statement.operands.push_back(operand());
    while (take(","));
  }

  Operand operand() {
    Operand o;
    if (take("[")) {
      address(o);
    } else if (take("{")) {
      o.kind = Operand::Kind::vector;
      do
        o.slots.push_back(value());
      while (take(","));
      expect("}");
      if (o.slots.size() > 4)
        fail("a vector of more than 4 elements");
    } else {
      o.negated = take("!");
      o.slots = {value()};
      if (take("|")) {
        o.kind = Operand::Kind::pair;
        o.slots.push_back(value());
      }
    }
    return o;
  }

  void address(Operand &o) {
    o.kind = Operand::Kind::address;
    const Register *r = find_register(look());
    o.narrow = r && r->narrow;
    o.slots = {value()};
    while (look() == "+" || look() == "-") {
      const bool minus = next() == "-";
      const auto x = static_cast<std::int64_t>(immediate());
      o.offset += minus ? -x : x;
    }
    expect("]");
  }

  const Register &known_register(const std::string &name) const {
    const Register *r = find_register(name);
    if (!r)
      fail("the register '" + name + "' is not known");
    return *r;
  }

  /// Returns the slot of a register, immediate or symbol.
  std::uint32_t value() {
    const std::string &name = look();
    if (name == "-" || (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0]))))
      return constant(immediate());
    ++at_;
    if (const Register *r = find_register(name))
      return r->slot;
    if (Variable *v = find_variable(name))
      return symbol(name, *v);
    const auto special = special_registers().find(name);
    if (special == special_registers().end())
      fail("the operand '" + name + "' is not known");
    return special->second;
  }

  std::uint64_t immediate() {
    const bool minus = take("-");
    std::string text = next();
    const bool hexadecimal = text.size() > 1 && std::tolower(text[1]) == 'x';
    if (text.size() == 10 && std::tolower(text[1]) == 'f' && text[0] == '0')
      return float_bits(text, minus ? std::uint64_t{1} << 31 : 0);
    if (text.size() == 18 && std::tolower(text[1]) == 'd' && text[0] == '0')
      return float_bits(text, minus ? std::uint64_t{1} << 63 : 0);
    if (!hexadecimal && text.find_first_of(".eE") != std::string::npos)
      return decimal_bits(text, minus);
    char *end;
    const std::uint64_t x = text.rfind("0b", 0) == 0 || text.rfind("0B", 0) == 0
                                ? std::strtoull(text.c_str() + 2, &end, 2)
                                : std::strtoull(text.c_str(), &end, 0);
    if (*end && std::strcmp(end, "U") != 0)
      fail("the operand '" + text + "' is not known");
    return minus ? 0 - x : x;
  }

  std::uint64_t float_bits(const std::string &text, std::uint64_t sign) const {
    char *end;
    const std::uint64_t x = std::strtoull(text.c_str() + 2, &end, 16);
    if (*end)
      fail("the operand '" + text + "' is not known");
    return x ^ sign;
  }

  /// An immediate has the instruction's type, the last of its words.
  std::uint64_t decimal_bits(std::string text, bool minus) {
    const bool exponent_sign = std::tolower(text.back()) == 'e' && (look() == "-" || look() == "+");
    if (exponent_sign)
      text += next() + next();
    const double x = std::strtod(text.c_str(), nullptr) * (minus ? -1 : 1);
    std::uint64_t bits = 0;
    if (type_ == "f32") {
      const auto narrow = static_cast<float>(x);
      std::memcpy(&bits, &narrow, sizeof narrow);
    } else {
      std::memcpy(&bits, &x, sizeof x);
    }
    return bits;
  }

  std::uint32_t symbol(const std::string &name, Variable &v) {
    switch (v.space) {
    case Variable::Space::parameter:
      return constant(static_cast<std::uint64_t>(v.place));
    case Variable::Space::local:
      if (v.place < 0)
        v.place = reserve(kernel_.local_bytes, v);
      return constant(static_cast<std::uint64_t>(v.place));
    case Variable::Space::shared: {
      // Shared memory has only the variables that this kernel uses.
      const auto [place, is_new] = shared_places_.emplace(name, 0);
      if (is_new)
        place->second = reserve(shared_end_, v);
      return constant(static_cast<std::uint64_t>(place->second) + device_.shared_base());
    }
    case Variable::Space::dynamic_shared:
      dynamic_align_ = std::max(dynamic_align_, v.align);
      dynamic_slots_.push_back(new_slot());
      return dynamic_slots_.back();
    case Variable::Space::global:
      break;
    }
    const std::uint32_t slot = new_slot();
    module_.relocations.push_back(
        {module_.kernels.size(), slot, static_cast<std::size_t>(v.place), 0});
    return slot;
  }

  static std::int64_t reserve(std::uint32_t &end, const Variable &v) {
    const std::uint64_t place = round_up(end, v.align);
    end = static_cast<std::uint32_t>(place + v.size);
    return static_cast<std::int64_t>(place);
  }

  void finish() {
    for (const Branch &b : branches_) {
      const auto it = labels_.find(b.label);
      if (it == labels_.end())
        fail("the label '" + b.label + "' is not known", b.line);
      kernel_.code[b.instruction].immediate = static_cast<std::int64_t>(it->second);
    }
    if (!dynamic_slots_.empty())
      shared_end_ = static_cast<std::uint32_t>(round_up(shared_end_, dynamic_align_));
    for (std::uint32_t slot : dynamic_slots_)
      kernel_.registers[slot] = shared_end_ + device_.shared_base();
    kernel_.static_shared = shared_end_;
    // The end of the body ends the thread.
    Instruction end;
    end.guard = slot_true;
    decode({{"ret"}, {}}, end, kernel_);
    kernel_.text.push_back("ret");
    kernel_.code.push_back(end);
  }

  struct Branch {
    std::size_t instruction;
    std::string label;
    int line;
  };

  const std::string &text_;
  const Device device_;
  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
  static constexpr std::size_t none_ = ~std::size_t{0};
  std::size_t first_ = none_; // the first token of the current instruction
  std::string type_;          // the type of the current instruction
  Module module_;
  Variables module_variables_;

  Kernel kernel_;
  std::vector<Variables> variables_; // one for each nested scope
  std::vector<Registers> registers_;
  std::unordered_map<std::uint64_t, std::uint32_t> constants_;
  std::unordered_map<std::string, std::size_t> labels_;
  std::vector<Branch> branches_;
  std::unordered_map<std::string, std::int64_t> shared_places_;
  std::vector<std::uint32_t> dynamic_slots_;
  std::uint32_t shared_end_ = 0;
  std::uint64_t dynamic_align_ = 1;
};

} // namespace

Module parse_ptx(const std::string &text, const Device &device) {
  return Parser(text, device).run();
}

} // namespace gpu_emulator
