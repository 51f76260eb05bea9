// The grammar of the command line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/completion.h"
#include "harness/cli/options.h"
#include "harness/run/play.h"
#include "harness/scenario/diagnostic.h"

namespace spokelab::harness {

namespace {

constexpr const char* kExamples = R"(Examples:
  spokelab run scenarios/prod-outage.yaml            play a story, print it and its verdict
  spokelab run scenarios --out spokelab-out          play all of a directory, write reports
  spokelab sweep scenarios/prod-outage.yaml --seeds 500
  spokelab sweep my-scenario.yaml --seeds 10000 --until-fail
  spokelab shrink my-scenario.yaml --seed 41         the smallest file that fails alike
  spokelab init my-lab                               a scenario to begin with
  spokelab plan my-lab/prod-outage.yaml              what is going to happen, in words
  spokelab validate my-scenario.yaml                 all mistakes at once, with line and column
  spokelab explain faults                            what can be written, and what it means
  spokelab get apps --run spokelab-out/RUN --at 7m   how the hub stood, in argocd's columns
  spokelab render charts/web --set replicas=3        a chart, as helm template prints it
  spokelab up --clusters prod,dr --detach            a fleet for kubectl; then spokelab env, down

Exit codes: 0 passed, 1 failed, 2 inconclusive, 3 bad scenario, 4 usage, 6 not deterministic,
            7 environment, 70 internal error, 130 interrupted.)";

/// Puts "did you mean" behind an unknown command or option.
void suggest(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (argc < 2) return;
  const std::string first = argv[1];
  if (first.empty() || first[0] == '-') return;
  for (const auto& name : known) {
    if (name == first) return;
  }
  const auto close = nearest(first, known);
  if (!close.empty()) fmt::print(stderr, "Did you mean: spokelab {}\n", close);
}

void add_plant(CLI::App* command, std::string& plant) {
  command->add_option("--plant", plant,
                      "Put a known mistake into the hub, to see whether it is found: its name, or "
                      "several joined by commas");
}

void add_output(CLI::App* command, std::string& output) {
  command->add_option("-o,--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

// Commands of the authors of scenarios.

void add_plan_command(CLI::App& app, PlanArguments& plan, std::function<void()> run) {
  auto* command =
      app.add_subcommand("plan", "Tell what a scenario is going to do, without playing it");
  command->add_option("FILE", plan.file, "A scenario file")->required();
  command
      ->add_option("--seed", plan.seed, "Values drawn from this seed (default: the file's, else 1)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--variant", plan.variant,
                      "This combination of a matrix (default: the first; all are listed)");
  command->add_flag("--swarm", plan.swarm, "The seed also chooses among the faults");
  add_output(command, plan.output);
  command->callback(std::move(run));
}

void add_examples_command(CLI::App& app, ExamplesArguments& examples, std::function<void()> run) {
  auto* command = app.add_subcommand("examples", "List the scenarios that come with spokelab");
  command->add_option("NAME", examples.name, "Print this one");
  add_output(command, examples.output);
  command->callback(std::move(run));
}

void add_init_command(CLI::App& app, InitArguments& init, std::function<void()> run) {
  auto* command =
      app.add_subcommand("init", "Copy a scenario, with all the files it names, to begin with");
  command->add_option("TARGET", init.target, "A directory, or the file to be (NAME.yaml)")
      ->required();
  command->add_option("--from", init.from, "Which: spokelab examples lists them")
      ->capture_default_str();
  command->add_flag("--force", init.force, "Overwrite what is there");
  command->callback(std::move(run));
}

// Commands over many runs.

void add_sweep_command(CLI::App& app, SweepArguments& sweep, std::function<void()> run) {
  auto* command = app.add_subcommand("sweep", "Play one scenario with many seeds");
  command->add_option("FILE", sweep.file, "A scenario file")->required();
  command->add_option("--seeds", sweep.seeds, "N, or A..B")->capture_default_str();
  command->add_option("-j,--jobs", sweep.jobs, "Worker processes (default: one for each core)")
      ->check(CLI::Range(0, 1024));
  command->add_option("--shard", sweep.shard, "I/N: the I-th of N parts of the seeds");
  command->add_flag("--until-fail", sweep.until_fail, "Stop at the first seed that fails");
  command->add_option("--budget", sweep.budget, "Begin no seed after this time, as in 10m");
  command->add_option("--timeout", sweep.timeout, "Kill a run that takes longer: it hangs")
      ->capture_default_str();
  command->add_flag("--swarm", sweep.swarm,
                    "Each seed plays some of the faults, at strengths of its own");
  add_plant(command, sweep.plant);
  command->add_option("--out", sweep.out, "Write sweep.json and sweep.html below this directory");
  add_output(command, sweep.output);
  command->add_option("--variant", sweep.variant, "Only this combination of a matrix");
  command->callback(std::move(run));
}

void add_merge_command(CLI::App& app, MergeArguments& merge, std::function<void()> run) {
  auto* command = app.add_subcommand("merge", "Join shards of a sweep, and runs that were kept");
  command
      ->add_option("FILE", merge.files,
                   "Results (sweep*.json), run files (*.slrun), or directories of them")
      ->required();
  command->add_option("--out", merge.out, "Write sweep.json and sweep.html below this directory");
  add_output(command, merge.output);
  command->callback(std::move(run));
}

void add_shrink_command(CLI::App& app, ShrinkArguments& shrink, std::function<void()> run) {
  auto* command = app.add_subcommand(
      "shrink", "Make a failing scenario as small as it can be and still fail alike");
  command->add_option("FILE", shrink.file, "A scenario file, or the run file of a failed run")
      ->required();
  command->add_option("--seed", shrink.seed, "The seed that fails (default: the file's, else 1)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--variant", shrink.variant, "This combination of a matrix");
  command->add_flag("--swarm", shrink.swarm, "The seed also chooses among the faults");
  add_plant(command, shrink.plant);
  command->add_option("--budget", shrink.budget, "Keep what is smallest after this time, as in 5m");
  command->add_option("--runs", shrink.runs, "Keep what is smallest after so many runs")
      ->check(CLI::NonNegativeNumber);
  command->add_option(
      "-o,--out", shrink.out,
      "Where the small file goes; -: standard output (default: below spokelab-out)");
  command->add_option("-j,--jobs", shrink.jobs, "Worker processes (default: one for each core)")
      ->check(CLI::Range(0, 1024));
  command->add_option("--timeout", shrink.timeout, "Kill a run that takes longer: it hangs")
      ->capture_default_str();
  command->callback(std::move(run));
}

// Commands over runs that were kept.

void add_diff_command(CLI::App& app, DiffArguments& diff, std::function<void()> run) {
  auto* command = app.add_subcommand("diff", "Compare two runs that were kept with --out");
  command->add_option("A", diff.a, "A run file (*.slrun), or a directory that holds one")
      ->required();
  command->add_option("B", diff.b, "Another one")->required();
  command->add_option("--context", diff.context, "Events to show around where they part")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  add_output(command, diff.output);
  command->callback(std::move(run));
}

void add_replay_command(CLI::App& app, ReplayArguments& replay, std::function<void()> run) {
  auto* command =
      app.add_subcommand("replay", "Play a run that was kept again, and show how things stand");
  command->add_option("RUN", replay.run, "A run file (*.slrun), or a directory that holds one")
      ->required();
  command->add_option("--until", replay.until,
                      "5m41s, 00:05:41, prod-lost.start, #1423 (default: the end)");
  add_output(command, replay.output);
  command->callback(std::move(run));
}

// Commands that look into a hub.

void add_source(CLI::App* command, LookSource& source) {
  command->add_option("--run", source.run,
                      "Look into this run that was kept, not into the fleet that is up");
  command->add_option("--at", source.at,
                      "At 7m, 00:07:00, prod-lost.start, #1423 of the run (default: its end)");
  command->add_option("--state", source.state, "State directory of the fleet");
}

void add_get_command(CLI::App& app, GetArguments& get, std::function<void()> run) {
  auto* command = app.add_subcommand("get", "List a hub's clusters, Applications, ApplicationSets");
  command->add_option("WHAT", get.what, "clusters, apps or appsets")->required();
  command->add_option("NAME", get.name, "Only this one");
  command->add_option("-o,--output", get.output, "wide, json, yaml or name")
      ->check(CLI::IsMember({"wide", "json", "yaml", "name"}));
  command->add_option("-l,--selector", get.selector, "Only those with these labels: a=b,c!=d");
  command->add_flag("--no-headers", get.no_headers, "Without the line of headers");
  add_source(command, get.source);
  command->callback(std::move(run));
}

void add_describe_command(CLI::App& app, DescribeArguments& describe, std::function<void()> run) {
  auto* command = app.add_subcommand(
      "describe", "Show an Application: status, conditions, last operation, resources");
  command->add_option("WHAT", describe.what, "app (or cluster, appset: as YAML)")->required();
  command->add_option("NAME", describe.name, "Which")->required();
  add_source(command, describe.source);
  command->callback(std::move(run));
}

void add_history_command(CLI::App& app, HistoryArguments& history, std::function<void()> run) {
  auto* command = app.add_subcommand("history", "Show what an Application was synced to, and when");
  command->add_option("NAME", history.name, "The Application")->required();
  command->add_option("-o,--output", history.output, "id or json")
      ->check(CLI::IsMember({"id", "json"}));
  add_source(command, history.source);
  command->callback(std::move(run));
}

void add_app_diff_command(CLI::App& app, AppDiffArguments& diff, std::function<void()> run) {
  auto* command = app.add_subcommand(
      "app-diff", "Show how an Application's live objects differ from what Git wants");
  command->add_option("NAME", diff.name, "The Application")->required();
  add_output(command, diff.output);
  add_source(command, diff.source);
  command->callback(std::move(run));
}

void add_metrics_command(CLI::App& app, MetricsArguments& metrics, std::function<void()> run) {
  auto* command = app.add_subcommand("metrics", "Print a hub's metrics as Prometheus reads them");
  command->add_option("REPLICA", metrics.replica,
                      "Of this replica only (default: all, with a label pod)");
  add_source(command, metrics.source);
  command->callback(std::move(run));
}

CLI::App* add_render_command(CLI::App& app, RenderArguments& render) {
  auto* command = app.add_subcommand(
      "render", "Print what a chart renders to, or the Applications of a scenario");
  command->add_option("TARGET", render.target, "A chart (directory or .tgz), or a scenario file")
      ->required();
  const auto each = [command](const char* names, std::vector<std::string>& into, const char* text) {
    return command->add_option(names, into, text)->allow_extra_args(false);
  };
  each("-f,--values", render.value_files, "A file of values; later ones win")->delimiter(',');
  each("--set", render.set, "A value: a.b[0]=c,d={x,y}");
  each("--set-string", render.set_string, "A value that is text, whatever it looks like");
  each("--set-json", render.set_json, "A value in JSON: a.b={\"c\": 1}");
  each("--set-file", render.set_file, "A value that is the content of a file: a.b=path");
  each("--set-literal", render.set_literal, "A value taken as it is: a.b=x,y");
  command->add_option("--release-name", render.release_name, "Name of the release")
      ->capture_default_str();
  command->add_option("-n,--namespace", render.ns, "Namespace of the release")
      ->capture_default_str();
  command->add_option("--kube-version", render.kube_version, "Kubernetes to render for")
      ->capture_default_str();
  each("-a,--api-versions", render.api_versions, "What it serves besides: group/version[/Kind]")
      ->delimiter(',');
  each("-s,--show-only", render.show_only, "Only what these templates make: templates/x.yaml");
  command->add_flag("--include-crds", render.include_crds, "With the files of crds/");
  command->add_flag("--skip-tests", render.skip_tests, "Without test hooks");
  command->add_flag("--no-hooks", render.no_hooks, "Without any hooks");
  command->add_flag("--is-upgrade", render.is_upgrade, "As an upgrade, not an installation");
  command->add_flag("--skip-schema-validation", render.skip_schema,
                    "Do not hold values against values.schema.json");
  command->add_flag("--debug", render.debug, "Print templates that gave no YAML, too");
  command->add_option("--app", render.app, "Only this Application of the scenario");
  command->add_option("--cluster", render.cluster, "Only Applications for this cluster");
  command->add_option("--variant", render.variant,
                      "This combination of the scenario's matrix (default: the first)");
  command->add_option("-o,--output", render.output, "yaml or json")
      ->check(CLI::IsMember({"yaml", "json"}))
      ->capture_default_str();
  command->add_option("--seed", render.seed, "The seed of random functions (default: 1)");
  return command;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{"spokelab: a chaos lab for hub-and-spoke GitOps", "spokelab"};
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("spokelab ") + version());
  CommonOptions common;
  app.add_option("--color", common.colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_flag("-q,--quiet", common.quiet, "Print failures only");
  app.fallthrough();
  int code = kPassed;

  RunArguments run;
  auto* run_command = app.add_subcommand("run", "Play scenarios and judge them");
  run_command->add_option("FILE", run.files, "Scenario files, or directories of them")->required();
  run_command
      ->add_option("--seed", run.seed, "The seed of all chance (default: the file's, else 1)")
      ->check(CLI::NonNegativeNumber);
  run_command->add_option("--out", run.out,
                          "Write the reports below this directory (default: spokelab-out)");
  run_command->add_flag("--no-reports", run.no_reports, "Write no reports");
  run_command->add_option("-o,--output", run.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  run_command->add_option("--variant", run.variant, "Only this combination of a matrix");
  run_command->add_flag("--swarm", run.swarm,
                        "The seed also chooses among the faults, and how strong they are");
  add_plant(run_command, run.plant);
  run_command->add_flag("--check-determinism", run.check_determinism,
                        "Play twice and compare the histories");
  run_command->add_flag("--hash-only", run.hash_only, "Print nothing but the hash of the history");
  run_command->callback([&] { code = run_scenarios(common, run); });

  ValidateArguments validate;
  auto* validate_command =
      app.add_subcommand("validate", "Check scenario files; all mistakes at once");
  validate_command->add_option("FILE", validate.files, "Scenario files, or directories of them")
      ->required();
  auto* fix = validate_command->add_flag(
      "--fix", validate.fix, "Write back what is certain to be meant, and tell each change");
  validate_command->add_flag("--dry-run", validate.dry_run, "Only tell what --fix would change")
      ->needs(fix);
  validate_command->add_option("-o,--output", validate.output, "text, or json for editors and CI")
      ->check(CLI::IsMember({"text", "json"}))
      ->excludes(fix)
      ->capture_default_str();
  validate_command->callback([&] { code = validate_scenarios(common, validate); });

  PlanArguments plan;
  add_plan_command(app, plan, [&] { code = plan_scenario(common, plan); });

  SweepArguments sweep;
  add_sweep_command(app, sweep, [&] { code = sweep_scenario(common, sweep); });
  MergeArguments merge;
  add_merge_command(app, merge, [&] { code = merge_sweeps(common, merge); });
  ShrinkArguments shrink;
  add_shrink_command(app, shrink, [&] { code = shrink_failure(common, shrink); });

  ReportArguments report;
  auto* report_command =
      app.add_subcommand("report", "Make a report of a run that was kept with --out");
  report_command
      ->add_option("RUN", report.file, "A run file (*.slrun), or a directory that holds one")
      ->required();
  report_command->add_option("-o,--output", report.output, "html, json, junit, md or text")
      ->check(CLI::IsMember({"html", "json", "junit", "md", "text"}))
      ->capture_default_str();
  report_command->callback([&] { code = make_report(common, report); });

  DiffArguments diff;
  add_diff_command(app, diff, [&] { code = diff_runs(common, diff); });
  ReplayArguments replay;
  add_replay_command(app, replay, [&] { code = replay_run(common, replay); });

  GetArguments get;
  add_get_command(app, get, [&] { code = get_things(common, get); });
  DescribeArguments describe;
  add_describe_command(app, describe, [&] { code = describe_thing(common, describe); });
  HistoryArguments history;
  add_history_command(app, history, [&] { code = show_history(common, history); });
  AppDiffArguments app_diff;
  add_app_diff_command(app, app_diff, [&] { code = diff_app(common, app_diff); });

  MetricsArguments metrics;
  add_metrics_command(app, metrics, [&] { code = print_metrics(common, metrics); });

  InitArguments init;
  add_init_command(app, init, [&] { code = init_scenario(common, init); });
  ExamplesArguments examples;
  add_examples_command(app, examples, [&] { code = show_examples(common, examples); });

  ExplainArguments explain;
  auto* explain_command =
      app.add_subcommand("explain", "What a scenario file may hold, or what a diagnostic means");
  explain_command->add_option("FIELD", explain.path, "For instance faults, world.traffic, SL2001");
  explain_command->add_flag("--recursive", explain.recursive, "With everything below it");
  explain_command->callback([&] { code = explain_format(common, explain); });

  UpArguments up;
  auto* up_command =
      app.add_subcommand("up", "Serve a hub and its clusters to kubectl, Helm and other clients");
  up_command->add_option("-f,--file", up.file, "Serve the world of this scenario");
  auto* clusters = up_command->add_option("--clusters", up.clusters, "Names of the clusters")
                       ->delimiter(',')
                       ->capture_default_str();
  clusters->excludes("--file");
  up_command->add_flag("--hub,!--no-hub", up.hub, "With a hub cluster and its engine (default)");
  up_command->add_option("--kubeconfig", up.kubeconfig,
                         "Write the kubeconfig here (default: in the state directory)");
  up_command->add_option("--speed", up.speed, "Let time run this many times as fast")
      ->check(CLI::Range(0.01, 10'000.0))
      ->capture_default_str();
  up_command->add_option("--port-base", up.port_base,
                         "First of the ports to listen on (default: free ones)");
  up_command->add_flag("--insecure-http", up.insecure_http,
                       "Serve plain HTTP, to look at the wire");
  up_command->add_flag("--detach", up.detach, "Return once it serves");
  up_command->add_option("--state", up.state, "State directory (default: ~/.local/state/spokelab)");
  up_command->callback([&] { code = serve_fleet(common, up); });

  FleetArguments fleet;
  const auto with_state = [&](CLI::App* command, FleetArguments& of) {
    command->add_option("--state", of.state, "State directory of the fleet");
  };
  auto* down_command = app.add_subcommand("down", "End the fleet that is up");
  with_state(down_command, fleet);
  down_command->callback([&] { code = end_fleet(common, fleet); });
  auto* env_command =
      app.add_subcommand("env", "Print the export line for clients: eval \"$(spokelab env)\"");
  with_state(env_command, fleet);
  env_command->callback([&] { code = print_environment(fleet); });
  std::string status_output = "text";
  auto* status_command = app.add_subcommand("status", "What the fleet that is up does now");
  with_state(status_command, fleet);
  status_command->add_option("-o,--output", status_output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  status_command->callback([&] { code = print_status(fleet, status_output); });

  InjectArguments inject;
  auto* inject_command = app.add_subcommand("inject", "Begin a fault in the fleet that is up");
  inject_command
      ->add_option("FAULT", inject.what,
                   "What: spokelab explain faults; or the name of one of the scenario's faults")
      ->required();
  inject_command->add_option("PLACE", inject.on, "Where: a cluster, hub, or a region");
  inject_command->add_option("PARAMETERS", inject.parameters, "NAME=VALUE, as in share=30%");
  inject_command->add_option("--for", inject.lasts, "How long (default: 5m)");
  with_state(inject_command, inject.fleet);
  inject_command->callback([&] { code = inject_fault(common, inject); });

  HealArguments heal;
  auto* heal_command = app.add_subcommand("heal", "End faults in the fleet that is up");
  heal_command->add_option("NAME", heal.name, "The fault, as inject has named it");
  heal_command->add_flag("--all", heal.all, "All of them");
  with_state(heal_command, heal.fleet);
  heal_command->callback([&] { code = heal_faults(common, heal); });

  SchemaArguments schema;
  auto* schema_command = app.add_subcommand("schema", "Print the JSON Schema of scenario files");
  schema_command->add_flag("--markdown", schema.markdown, "Print the reference page instead");
  schema_command->callback([&] { code = print_schema(schema); });

  auto* completion_command =
      app.add_subcommand("completion", "Print what bash needs to complete commands and options");
  completion_command->footer(
      "In bash: source <(spokelab completion)\n"
      "In zsh:  autoload -U bashcompinit; bashcompinit; source <(spokelab completion)");
  completion_command->callback([&] { fmt::print("{}", completion_script(app)); });

  RenderArguments render;
  add_render_command(app, render)->callback([&] { code = render_target(common, render); });

  if (argc == 1) {
    fmt::print("{}", app.help());
    return kPassed;
  }
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) {
      fmt::print("{}", app.help());
      return kUsage;
    }
  } catch (const CLI::ParseError& error) {
    const bool wanted = error.get_exit_code() == 0;  // --help, --version
    app.exit(error);
    if (!wanted) suggest(app, argc, argv);
    return wanted ? kPassed : kUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "spokelab: internal error: {}\n", error.what());
    return kInternal;
  }
  return code;
}

}  // namespace spokelab::harness
