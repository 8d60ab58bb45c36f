// The command lines of hingec.
#pragma once

#include "refusal.h"

#include <string>
#include <vector>

namespace hinge::hingec {

/// An option of a command, and the destination of its value: one of three.
struct Option {
  std::string name;  // "--out"
  std::string value; // the name of its value in --help, "FILE"; "": a switch
  std::string help;
  std::string *text = nullptr;
  std::vector<std::string> *list = nullptr; // each use adds; the value may be separated by `;`
  bool *is_on = nullptr;
};

struct Command {
  std::string name, arguments, help; // "layer", "linear|activation NAME", its purpose
  std::vector<Option> options;
  bool takes_rest = false; // words after `--` belong to the command
};

/// The words that are not options: before `--`, and after it.
struct Words {
  std::vector<std::string> positional, rest;
};

/// Fills the options' values. Refuses unknown options, missing values, and other words if the
/// command takes none. The message names what is allowed.
Words parse_options(const Command &command, const std::vector<std::string> &arguments);

/// The text of --help.
std::string usage(const Command &command);

} // namespace hinge::hingec
