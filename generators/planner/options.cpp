#include "options.h"

#include <algorithm>

namespace hinge::hingec {

namespace {

[[noreturn]] void refuse(const Command &command, const std::string &why) {
  throw Refusal("hingec " + command.name + ": " + why);
}

const Option &find(const Command &command, const std::string &name) {
  std::vector<std::string> known;
  for (const Option &option : command.options) {
    if (option.name == name)
      return option;
    known.push_back(option.name);
  }
  refuse(command, "unknown option " + name + "; known are: " + join(known) + " --help");
}

void store(const Option &option, const std::string &value) {
  if (option.text)
    *option.text = value;
  else
    for (const std::string &word : split(value, ";"))
      option.list->push_back(word);
}

} // namespace

Words parse_options(const Command &command, const std::vector<std::string> &arguments) {
  Words words;
  for (std::size_t i = 0; i < arguments.size(); i++) {
    const std::string &argument = arguments[i];
    if (argument == "--" && command.takes_rest) {
      words.rest.assign(arguments.begin() + std::ptrdiff_t(i) + 1, arguments.end());
      break;
    }
    if (argument.compare(0, 2, "--") != 0) {
      words.positional.push_back(argument);
      continue;
    }
    const Option &option = find(command, argument);
    if (option.is_on) {
      *option.is_on = true;
    } else {
      if (i + 1 == arguments.size())
        refuse(command, argument + " has no value: expected " + option.value);
      store(option, arguments[++i]);
    }
  }
  if (command.arguments.empty() && !words.positional.empty())
    refuse(command, "\"" + words.positional[0] + "\": expected options only");
  return words;
}

std::string usage(const Command &command) {
  std::string text = "usage: hingec " + command.name;
  text += (command.arguments.empty() ? "" : " " + command.arguments) + " [options]" +
          (command.takes_rest ? " -- KEYWORDS..." : "") + "\n\n" + command.help + "\n\n";
  std::size_t width = 0;
  const auto head = [](const Option &option) {
    return "  " + option.name + (option.value.empty() ? "" : " " + option.value);
  };
  for (const Option &option : command.options)
    width = std::max(width, head(option).size());
  for (const Option &option : command.options)
    text += head(option) + std::string(width + 2 - head(option).size(), ' ') + option.help + "\n";
  return text;
}

} // namespace hinge::hingec
