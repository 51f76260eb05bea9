// spokelab validate, explain, schema, report.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/json.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/cli/runs/run_files.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/text/fixes.h"
#include "harness/scenario/value_names.h"
#include "reports/html.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "reports/terminal.h"

namespace spokelab::harness {

namespace {

/// Writes back what is certain to be meant, and tells each change. False: it could not be written.
bool fix_file(const std::string& path, const ValidateArguments& arguments, bool quiet) {
  const auto text = read_whole_file(path);
  if (!text) return false;
  const auto fixed = fix_scenario(path, *text, load_options());
  for (const auto& one : fixed.fixed) {
    if (!quiet) fmt::print("{}: {} -> {}   ({})\n", one.place, one.before, one.after, one.why);
  }
  if (fixed.fixed.empty()) return true;
  if (arguments.dry_run) {
    if (!quiet) fmt::print("{}: {} to fix; nothing was written\n", path, fixed.fixed.size());
    return true;
  }
  if (!quiet) fmt::print("{}: {} fixed\n", path, fixed.fixed.size());
  return write_file(path, fixed.text);
}

/// One finding for machines. Lines and columns count from 1, columns in characters.
Json finding(const Diagnostic& one, const Sources& sources) {
  Json out{{"severity", one.severity == Severity::error ? "error" : "warning"},
           {"code", one.code},
           {"message", one.message},
           {"file", sources.path(one.at.file)}};
  const auto place = [&](const Position& at) {
    return Json{{"line", at.line}, {"column", sources.column(at)}, {"length", at.length}};
  };
  if (one.at.line > 0) out.update(place(one.at));
  if (!one.fix.empty()) out["fix"] = one.fix;
  if (one.related.line > 0) {
    Json related = place(one.related);
    related["file"] = sources.path(one.related.file);
    related["message"] = one.related_label;
    out["related"] = std::move(related);
  }
  return out;
}

int validate_for_machines(const std::vector<std::string>& files, int code) {
  Json items = Json::array();
  for (const auto& path : files) {
    std::vector<std::string> beside;
    const auto file = load_file_quietly(path, beside);
    if (!file.ok()) code = graver(code, kBadScenario);
    for (const auto& one : file.loaded.diagnostics.all())
      items.push_back(finding(one, *file.loaded.sources));
    for (const auto& line : beside)
      items.push_back({{"severity", "error"}, {"message", line}, {"file", path}});
  }
  Json out{{"apiVersion", reports::kApiVersion}, {"kind", "DiagnosticList"}};
  out["items"] = std::move(items);
  fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
  return code;
}

}  // namespace

int validate_scenarios(const CommonOptions& common, const ValidateArguments& arguments) {
  bool found = true;
  int code = kPassed;
  const auto files = scenario_files(arguments.files, found);
  if (!found) code = kBadScenario;
  if (arguments.output == "json") return validate_for_machines(files, code);
  for (const auto& path : files) {
    if (arguments.fix && !fix_file(path, arguments, common.quiet)) {
      code = graver(code, kEnvironment);
      continue;
    }
    const auto file = load_file(path, colours_wanted(common.colour, STDERR_FILENO));
    if (!file.ok()) {
      code = graver(code, kBadScenario);
    } else if (!common.quiet) {
      fmt::print("{}: fine{}\n", path,
                 file.loaded.cases.size() > 1
                     ? fmt::format(", {} variants", file.loaded.cases.size())
                     : "");
    }
  }
  return code;
}

int explain_format(const CommonOptions&, const ExplainArguments& arguments) {
  if (arguments.path.starts_with("SL")) {
    const auto text = explain_code(arguments.path);
    if (text.empty()) {
      fmt::print(stderr, "spokelab: no diagnostic has the code {}\n", arguments.path);
      return kUsage;
    }
    fmt::print("{}\n", text);
    return kPassed;
  }
  if (arguments.path == "values") {
    fmt::print("{}", value_names_markdown());
    return kPassed;
  }
  fmt::print("{}", explain(arguments.path, arguments.recursive));
  return kPassed;
}

int print_schema(const SchemaArguments& arguments) {
  fmt::print("{}", arguments.markdown ? reference_markdown() : json_schema_text());
  return kPassed;
}

int make_report(const CommonOptions& common, const ReportArguments& arguments) {
  int code = kPassed;
  const auto kept = load_kept_run(arguments.file, code);
  if (!kept) return code;
  const auto* run = &kept->run;
  if (arguments.output == "html") fmt::print("{}", reports::to_html(*run));
  if (arguments.output == "json") fmt::print("{}\n", reports::result_json({&*run, 1}));
  if (arguments.output == "md") fmt::print("{}", reports::markdown({&*run, 1}));
  if (arguments.output == "junit") fmt::print("{}", reports::junit_xml({&*run, 1}));
  if (arguments.output == "text") {
    reports::TerminalOptions terminal;
    terminal.colour = colours_wanted(common.colour, STDOUT_FILENO);
    reports::Story story(terminal, [](std::string_view line) { fmt::print("{}", line); });
    for (const auto& event : run->events) story.tell(event);
    story.finish();
    fmt::print("{}", reports::summary(*run, terminal));
  }
  return kPassed;
}

}  // namespace spokelab::harness
