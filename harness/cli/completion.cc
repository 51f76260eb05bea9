#include "harness/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

namespace spokelab::harness {

namespace {

std::string options_of(const CLI::App& command) {
  std::string out;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames())
      out += fmt::format("{}--{}", out.empty() ? "" : " ", name);
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  std::string names;
  std::string cases;
  for (const auto* command : commands) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", command->get_name());
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(), options_of(*command));
  }
  return fmt::format(R"(_spokelab() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{} {}" -- "$cur"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{}  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}}
complete -o filenames -F _spokelab spokelab
)",
                     names, options_of(app), cases);
}

}  // namespace spokelab::harness
