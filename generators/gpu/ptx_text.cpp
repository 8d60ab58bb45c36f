#include "ptx_text.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace hinge::gpu::ptx {

namespace {

using Kind = Line::Kind;

bool starts_with(const std::string &text, const std::string &prefix) {
  return text.rfind(prefix, 0) == 0;
}

bool ends_with(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

bool is_number(const std::string &text) {
  const std::string digits = starts_with(text, "-") ? text.substr(1) : text;
  return !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
}

std::string join(const std::vector<std::string> &parts, const std::string &separator) {
  std::string all;
  for (std::size_t i = 0; i < parts.size(); i++)
    all += (i ? separator : "") + parts[i];
  return all;
}

/// At each `separator` that is not within braces.
std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += (c == '{') - (c == '}');
    if (c == separator && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string without_comment(std::string line) {
  line.erase(std::min(line.find("//"), line.size()));
  line.erase(line.find_last_not_of(" \t") + 1);
  return line;
}

std::string print(const Address &a) {
  return "[" + a.base + (a.offset.empty() ? "" : "+" + a.offset) + "]";
}

std::string print(const Line &line) {
  if (line.kind == Kind::entry)
    return ".visible .entry " + line.text + "(";
  if (line.kind != Kind::instruction)
    return line.text;
  std::vector<std::string> operands = line.operands;
  if (line.address_at >= 0)
    operands[std::size_t(line.address_at)] = print(line.address);
  return "\t" + (line.predicate.empty() ? "" : line.predicate + " ") + join(line.opcode, ".") +
         (operands.empty() ? "" : " \t" + join(operands, ", ")) + ";";
}

[[noreturn]] void refuse(int number, const std::string &text, const std::string &why) {
  throw std::runtime_error("PTX, line " + std::to_string(number) + ", \"" +
                           text.substr(std::min(text.find_first_not_of('\t'), text.size())) +
                           "\": " + why);
}

[[noreturn]] void refuse(const Line &line, const std::string &why) {
  refuse(line.number, print(line), why);
}

Line make_text(const std::string &text) {
  Line line;
  line.text = text;
  return line;
}

Line make_instruction(const std::string &opcode, const std::vector<std::string> &operands) {
  Line line;
  line.kind = Kind::instruction;
  line.opcode = split(opcode, '.');
  line.operands = operands;
  return line;
}

void parse_operands(const std::string &text, Line *line) {
  for (std::string operand : split(text, ',')) {
    if (!line->operands.empty() && starts_with(operand, " "))
      operand.erase(0, 1);
    if (starts_with(operand, "[") && ends_with(operand, "]") && line->address_at < 0) {
      const std::string inside = operand.substr(1, operand.size() - 2);
      const std::size_t plus = std::min(inside.find('+'), inside.size());
      line->address = {inside.substr(0, plus), inside.substr(std::min(plus + 1, inside.size()))};
      line->address_at = int(line->operands.size());
      operand.clear();
    }
    line->operands.push_back(operand);
  }
}

bool is_opcode(const std::string &text) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == ':' || c == '_';
  };
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), is_part);
}

/// `text` without its first tab and its last semicolon. False if its form is not known.
bool parse_instruction(std::string text, Line *line) {
  line->kind = Kind::instruction;
  line->text.clear();
  if (starts_with(text, "@")) {
    const std::size_t space = std::min(text.find(' '), text.size());
    line->predicate = text.substr(0, space);
    text.erase(0, space + 1);
  }
  const std::size_t end = std::min(text.find(" \t"), text.size());
  if (!is_opcode(text.substr(0, end)))
    return false;
  line->opcode = split(text.substr(0, end), '.');
  if (end < text.size())
    parse_operands(text.substr(end + 2), line);
  return true;
}

/// Half of a register, which LLVM unpacks by an instruction in braces.
bool is_unpacking(const std::string &line) {
  const std::string begin = "\t{ .reg .b32 tmp; mov.b64 {", end = "; }";
  return starts_with(line, begin) && ends_with(line, end) &&
         line.find(';', begin.size()) == line.size() - end.size();
}

class Parser {
public:
  Lines parse(const std::string &ptx) {
    std::istringstream in(ptx);
    int number = 0;
    for (std::string text; std::getline(in, text);) {
      number++;
      text = without_comment(text);
      if (text.empty())
        continue;
      Line line = make_text(text);
      line.number = number;
      if (!(this->*place_)(&line))
        refuse(number, text, "this form is not known here");
      if (print(line) != text)
        refuse(number, text, "it would be printed as \"" + print(line) + "\"");
      lines_.push_back(line);
    }
    if (place_ != &Parser::outside)
      throw std::runtime_error("PTX ends within an entry");
    return lines_;
  }

private:
  bool outside(Line *line) {
    const std::string begin = ".visible .entry ";
    if (starts_with(line->text, begin) && ends_with(line->text, "(")) {
      line->kind = Kind::entry;
      line->text = line->text.substr(begin.size(), line->text.size() - begin.size() - 1);
      place_ = &Parser::in_parameters;
      return true;
    }
    return starts_with(line->text, ".version ") || starts_with(line->text, ".target ") ||
           starts_with(line->text, ".address_size ");
  }

  bool in_parameters(Line *line) {
    line->kind = Kind::parameter;
    if (line->text != ")")
      return starts_with(line->text, "\t.param ");
    line->kind = Kind::text;
    place_ = &Parser::before_body;
    return true;
  }

  bool before_body(Line *line) {
    line->kind = Kind::body;
    place_ = &Parser::in_body;
    return line->text == "{";
  }

  bool in_body(Line *line) {
    const std::string &text = line->text;
    if (text == "}") {
      place_ = &Parser::outside;
      return true;
    }
    if ((text[0] == '$' && text.back() == ':') || starts_with(text, "\t.reg ") ||
        is_unpacking(text))
      return true;
    return text[0] == '\t' && text.back() == ';' &&
           parse_instruction(text.substr(1, text.size() - 2), line);
  }

  bool (Parser::*place_)(Line *) = &Parser::outside;
  Lines lines_;
};

/// Whether an instruction loads from or stores to shared memory. Others may not touch it.
bool is_shared(const Line &line) {
  const std::vector<std::string> &op = line.opcode;
  const bool is_access = op[0] == "ld" || op[0] == "st";
  const std::string space = op.size() > 1 ? op[1] : "";
  if (is_access && space == "shared")
    return true;
  for (const std::string &part : op)
    if (starts_with(part, "shared"))
      refuse(line, "of the instructions for shared memory only ld.shared and st.shared are known");
  if (is_access && space != "global" && space != "param")
    refuse(line, "the memory of an access must be known: global, param or shared");
  return false;
}

const std::string shared = "hinge_shared", shared_base = "%hinge_shared_base";

/// The access, with its address computed from the base.
void append_shared(Line line, Lines *out) {
  const std::string base = line.address.base;
  if (line.address_at < 0 || (!line.address.offset.empty() && !is_number(line.address.offset)))
    refuse(line, "expected the address of a shared access as [number], [%register] or "
                 "[%register+number]");
  if (is_number(base) && line.address.offset.empty()) {
    line.address = {shared_base, base};
    out->push_back(line);
    return;
  }
  if (!starts_with(base, "%rd"))
    refuse(line, "expected a register of 64 bits, %rd, in the address of a shared access");
  line.address.base = "%address";
  out->push_back(make_text("\t{"));
  out->push_back(make_text("\t.reg .b64 %address;"));
  out->push_back(make_instruction("add.s64", {"%address", shared_base, base}));
  out->push_back(line);
  out->push_back(make_text("\t}"));
}

std::string new_name(const std::map<std::string, std::string> &names, const Line &entry) {
  const auto found = names.find(entry.text);
  if (found == names.end())
    refuse(entry, "the entry has no new name");
  return found->second;
}

} // namespace

Lines parse(const std::string &ptx) { return Parser().parse(ptx); }

std::string print(const Lines &lines) {
  std::string text;
  for (const Line &line : lines)
    text += print(line) + '\n';
  return text;
}

void round_explicitly(Lines &lines) {
  for (Line &line : lines) {
    if (line.kind != Kind::instruction)
      continue;
    std::vector<std::string> &op = line.opcode;
    const std::string name = op[0], type = op.back();
    const bool is_sum_or_product = name == "add" || name == "sub" || name == "mul";
    const bool is_fused = name == "fma" || name == "mad";
    if ((!is_sum_or_product && !is_fused) || (type[0] != 'f' && type[0] != 'b'))
      continue;
    if (is_sum_or_product && op.size() == 2 && type == "f32")
      op.insert(op.begin() + 1, "rn");
    else if (op != std::vector<std::string>{name, "rn", "f32"} || name == "mad")
      refuse(line, "expected add, sub or mul of f32, or fma.rn.f32");
  }
}

void find_shared_memory(Lines &lines) {
  Lines out;
  bool has_shared = false;
  for (const Line &line : lines) {
    if (line.kind == Kind::instruction && is_shared(line)) {
      has_shared = true;
      append_shared(line, &out);
    } else {
      out.push_back(line);
    }
  }
  if (!has_shared)
    return;
  lines.clear();
  bool is_declared = false;
  for (const Line &line : out) {
    if (line.kind == Kind::entry && !is_declared) {
      lines.push_back(make_text(".extern .shared .align 16 .b8 " + shared + "[];"));
      is_declared = true;
    }
    lines.push_back(line);
    if (line.kind == Kind::body) {
      lines.push_back(make_text("\t.reg .b64 " + shared_base + ";"));
      lines.push_back(make_instruction("mov.u64", {shared_base, shared}));
    }
  }
}

void set_launch_bounds(Lines &lines, const std::map<std::string, LaunchBounds> &by_entry) {
  Lines out;
  const LaunchBounds *bounds = nullptr;
  for (const Line &line : lines) {
    if (line.kind == Kind::entry) {
      const auto found = by_entry.find(line.text);
      if (found == by_entry.end())
        refuse(line, "nothing launches the entry");
      bounds = &found->second;
    }
    if (line.kind == Kind::body) {
      std::vector<std::string> threads;
      for (const int n : bounds->threads)
        threads.push_back(std::to_string(n));
      out.push_back(make_text(".maxntid " + join(threads, ", ")));
      if (bounds->blocks > 0)
        out.push_back(make_text(".minnctapersm " + std::to_string(bounds->blocks)));
    }
    out.push_back(line);
  }
  lines = out;
}

void rename_entries(Lines &lines, const std::map<std::string, std::string> &names) {
  std::string old, now;
  for (Line &line : lines) {
    if (line.kind == Kind::entry) {
      old = line.text + "_param_";
      line.text = new_name(names, line);
      now = line.text + "_param_";
    } else if (line.kind == Kind::parameter) {
      const std::size_t at = line.text.rfind(' ') + 1;
      if (line.text.compare(at, old.size(), old) != 0)
        refuse(line, "expected a parameter named " + old + "<number>");
      line.text.replace(at, old.size(), now);
    } else if (line.address_at >= 0 && starts_with(line.address.base, old)) {
      line.address.base.replace(0, old.size(), now);
    }
  }
}

} // namespace hinge::gpu::ptx
