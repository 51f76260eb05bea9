// The commands of the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spokelab::harness {

struct CommonOptions {
  std::string colour = "auto";
  bool quiet = false;
};

struct RunArguments {
  std::vector<std::string> files;
  std::optional<std::uint64_t> seed;
  std::string out;  ///< Directory for reports; empty: spokelab-out, or none for JSON and hashes.
  bool no_reports = false;
  std::string output = "text";  ///< "text" or "json".
  std::string variant;          ///< Only this combination of a matrix.
  bool check_determinism = false;
  bool hash_only = false;
};
/// Plays scenarios, prints the story and the verdict, writes the reports. Returns the exit code.
int run_scenarios(const CommonOptions& common, const RunArguments& arguments);

struct ValidateArguments {
  std::vector<std::string> files;
};
int validate_scenarios(const CommonOptions& common, const ValidateArguments& arguments);

struct SweepArguments {
  std::string file;
  std::string seeds = "100";  ///< "N" (1..N) or "A..B".
  int jobs = 0;               ///< 0: one for each core.
  std::string out;
  std::string output = "text";
  std::string variant;
};
/// Plays many seeds in worker processes. Returns the exit code.
int sweep_scenario(const CommonOptions& common, const SweepArguments& arguments);

struct ExplainArguments {
  std::string path;
  bool recursive = false;
};
int explain_format(const CommonOptions& common, const ExplainArguments& arguments);

struct SchemaArguments {
  bool markdown = false;  ///< The reference page instead of the JSON Schema.
};
int print_schema(const SchemaArguments& arguments);

struct ReportArguments {
  std::string file;             ///< A run file, or a directory that holds one.
  std::string output = "html";  ///< html, json, junit, md, text.
};
int make_report(const CommonOptions& common, const ReportArguments& arguments);

/// Parses the command line and does what it says.
int run_command_line(int argc, char** argv);

}  // namespace spokelab::harness
