// The commands of the command line.
#pragma once

#include <cstddef>
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
  bool swarm = false;           ///< The seed also chooses among the faults.
  std::string plant;            ///< Known mistakes in the hub; empty: none.
  bool check_determinism = false;
  bool hash_only = false;
};
/// Plays scenarios, prints the story and the verdict, writes the reports. Returns the exit code.
int run_scenarios(const CommonOptions& common, const RunArguments& arguments);

struct ValidateArguments {
  std::vector<std::string> files;
  bool fix = false;      ///< Write back what a diagnostic's fix says, where that is certain.
  bool dry_run = false;  ///< With `fix`: only tell what would be written.
  std::string output = "text";
};
/// Tells all that is wrong with scenarios. Returns the exit code.
int validate_scenarios(const CommonOptions& common, const ValidateArguments& arguments);

struct PlanArguments {
  std::string file;
  std::optional<std::uint64_t> seed;
  std::string variant;  ///< Empty: all of a matrix.
  bool swarm = false;
  std::string output = "text";
};
/// Tells what scenarios are going to do, without playing them. Returns the exit code.
int plan_scenario(const CommonOptions& common, const PlanArguments& arguments);

struct ExamplesArguments {
  std::string name;  ///< Empty: all of them are listed.
  std::string output = "text";
};
/// Lists the scenarios that come with the program, or prints one. Returns the exit code.
int show_examples(const CommonOptions& common, const ExamplesArguments& arguments);

struct InitArguments {
  std::string target;  ///< A directory, or a file to be (*.yaml).
  std::string from = "prod-outage";
  bool force = false;  ///< Overwrite what is there.
};
/// Copies a scenario with all it names to a place of the user's. Returns the exit code.
int init_scenario(const CommonOptions& common, const InitArguments& arguments);

struct SweepArguments {
  std::string file;
  std::string seeds = "100";  ///< "N" (1..N) or "A..B".
  int jobs = 0;               ///< 0: one for each core.
  std::string out;
  std::string output = "text";
  std::string variant;
  bool swarm = false;
  std::string plant;             ///< As for runs.
  bool until_fail = false;       ///< Stop at the first seed that fails.
  std::string budget;            ///< Real time after which no seed is begun; empty: none.
  std::string shard;             ///< "I/N": the I-th of N parts of the seeds; empty: all.
  std::string timeout = "120s";  ///< Real time that one run may take.
};
/// Plays many seeds in worker processes. Returns the exit code.
int sweep_scenario(const CommonOptions& common, const SweepArguments& arguments);

struct MergeArguments {
  std::vector<std::string> files;  ///< Results of sweeps, run files, or directories of them.
  std::string out;
  std::string output = "text";
};
/// Joins sweeps and runs of the same scenario. Returns the exit code that one sweep of all their
/// seeds would have.
int merge_sweeps(const CommonOptions& common, const MergeArguments& arguments);

struct ShrinkArguments {
  std::string file;  ///< A scenario, or the run file of a failed run.
  std::optional<std::uint64_t> seed;
  std::string variant;
  bool swarm = false;
  std::string plant;   ///< As for runs.
  std::string budget;  ///< Real time; empty: none.
  std::optional<std::uint64_t> runs;
  std::string out;  ///< "-": standard output; empty: below spokelab-out.
  int jobs = 0;     ///< 0: one for each core.
  std::string timeout = "120s";
};
/// Makes a failing scenario small. Returns the exit code.
int shrink_failure(const CommonOptions& common, const ShrinkArguments& arguments);

struct DiffArguments {
  std::string a;
  std::string b;
  std::size_t context = 3;
  std::string output = "text";
};
/// Compares two runs that were kept. Returns 0: the same run, 1: they differ; 3, 7.
int diff_runs(const CommonOptions& common, const DiffArguments& arguments);

struct ReplayArguments {
  std::string run;
  std::string until;  ///< A time, or an event; empty: the end.
  std::string output = "text";
};
/// Plays a run that was kept again, up to an instant. Returns the exit code.
int replay_run(const CommonOptions& common, const ReplayArguments& arguments);

struct ExplainArguments {
  std::string path;
  bool recursive = false;
};
int explain_format(const CommonOptions& common, const ExplainArguments& arguments);

struct SchemaArguments {
  bool markdown = false;  ///< The reference page instead of the JSON Schema.
};
int print_schema(const SchemaArguments& arguments);

struct RenderArguments {
  std::string target;  ///< A chart (directory or .tgz), or a scenario file.
  // Of charts, as `helm template` has them.
  std::vector<std::string> value_files;
  std::vector<std::string> set;
  std::vector<std::string> set_string;
  std::vector<std::string> set_json;
  std::vector<std::string> set_file;
  std::vector<std::string> set_literal;
  std::string release_name = "release-name";
  std::string ns = "default";
  std::string kube_version = "1.34.0";
  std::vector<std::string> api_versions;
  std::vector<std::string> show_only;
  bool include_crds = false;
  bool skip_tests = false;
  bool no_hooks = false;
  bool is_upgrade = false;
  bool skip_schema = false;
  bool debug = false;
  // Of scenarios.
  std::string app;
  std::string cluster;
  std::string variant;                ///< This combination of a matrix; empty: the first.
  std::string output = "yaml";        ///< "yaml" or "json".
  std::optional<std::uint64_t> seed;  ///< Of random template functions.
};
/// Prints what a chart or a scenario's Applications render to. Returns the exit code: 0, 1 when
/// rendering fails, 3 for a chart, values or scenario that cannot be read, 4.
int render_target(const CommonOptions& common, const RenderArguments& arguments);

struct ReportArguments {
  std::string file;             ///< A run file, or a directory that holds one.
  std::string output = "html";  ///< html, json, junit, md, text.
};
int make_report(const CommonOptions& common, const ReportArguments& arguments);

struct UpArguments {
  std::string file;  ///< A scenario whose world is served; empty: a plain one.
  std::vector<std::string> clusters = {"dev", "staging", "prod"};
  bool hub = true;
  std::string kubeconfig;  ///< Where it is written; empty: in the state directory.
  std::string state;       ///< State directory; empty: the user's.
  double speed = 1;
  std::uint16_t port_base = 0;
  bool insecure_http = false;
  bool detach = false;
};
/// Serves a fleet until SIGINT, SIGTERM or `spokelab down`. Returns the exit code.
int serve_fleet(const CommonOptions& common, const UpArguments& arguments);
/// The state directory that an option names; without one $XDG_STATE_HOME/spokelab, or
/// ~/.local/state/spokelab.
std::string state_path(const std::string& chosen);

/// Which fleet is meant.
struct FleetArguments {
  std::string state;
};
int end_fleet(const CommonOptions& common, const FleetArguments& arguments);
int print_environment(const FleetArguments& arguments);
int print_status(const FleetArguments& arguments, const std::string& output);

struct InjectArguments {
  FleetArguments fleet;
  std::string what;
  std::string on;
  std::string lasts;
  std::vector<std::string> parameters;  ///< "NAME=VALUE".
};
int inject_fault(const CommonOptions& common, const InjectArguments& arguments);

struct HealArguments {
  FleetArguments fleet;
  std::string name;
  bool all = false;
};
int heal_faults(const CommonOptions& common, const HealArguments& arguments);

/// Which hub is looked into: that of the fleet that is up, or that of a run that was kept.
struct LookSource {
  std::string run;    ///< A run file, or a directory that holds one; empty: the fleet.
  std::string at;     ///< An instant of the run; empty: its end.
  std::string state;  ///< State directory of the fleet.
};

struct GetArguments {
  LookSource source;
  std::string what;    ///< clusters, apps, appsets, or a name that kubectl has for them.
  std::string name;    ///< Empty: all.
  std::string output;  ///< "", "wide", "json", "yaml", "name".
  std::string selector;
  bool no_headers = false;
};
/// Lists what a hub knows. Returns the exit code: 1 when there is none of that name.
int get_things(const CommonOptions& common, const GetArguments& arguments);

struct DescribeArguments {
  LookSource source;
  std::string what;
  std::string name;
};
/// Shows one thing in detail. Returns the exit code.
int describe_thing(const CommonOptions& common, const DescribeArguments& arguments);

struct HistoryArguments {
  LookSource source;
  std::string name;
  std::string output;  ///< "", "id", "json".
};
/// Shows what an application was synced to. Returns the exit code.
int show_history(const CommonOptions& common, const HistoryArguments& arguments);

struct MetricsArguments {
  LookSource source;
  std::string replica;  ///< Empty: all, told apart by a label.
};
/// Prints a hub's metrics as Prometheus reads them. Returns the exit code.
int print_metrics(const CommonOptions& common, const MetricsArguments& arguments);

struct AppDiffArguments {
  LookSource source;
  std::string name;
  std::string output = "text";
};
/// Shows how an application's objects differ from what Git wants. Returns 0: they do not, 1: they
/// do.
int diff_app(const CommonOptions& common, const AppDiffArguments& arguments);

/// Parses the command line and does what it says.
int run_command_line(int argc, char** argv);

}  // namespace spokelab::harness
