// spokelab get, describe, history and app-diff: how a hub and what it deploys stand.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "base/json.h"
#include "base/yaml.h"
#include "harness/cli/commands.h"
#include "harness/cli/looking/hub_source.h"
#include "harness/cli/options.h"
#include "harness/look/describe.h"
#include "harness/look/differences.h"
#include "harness/look/look.h"
#include "harness/look/table.h"
#include "harness/look/tables.h"
#include "reports/json.h"
#include "reports/paint.h"
#include "reports/terminal.h"

namespace spokelab::harness {

namespace {

struct Sort {
  const char* what;         // as look() calls it
  const char* kind;         // of a document with all of them
  const char* name_prefix;  // of -o name
  std::array<const char*, 5> words;
};
constexpr std::array<Sort, 3> kSorts{{
    {"clusters", "ClusterList", "cluster/", {"clusters", "cluster", "", "", ""}},
    {"apps",
     "ApplicationList",
     "application.argoproj.io/",
     {"apps", "app", "applications", "application", "applications.argoproj.io"}},
    {"appsets",
     "ApplicationSetList",
     "applicationset.argoproj.io/",
     {"appsets", "appset", "applicationsets", "applicationset", "applicationsets.argoproj.io"}},
}};

const Sort* sort_of(const std::string& word) {
  for (const auto& sort : kSorts) {
    for (const std::string_view known : sort.words) {
      if (!known.empty() && known == word) return &sort;
    }
  }
  fmt::print(stderr, "spokelab: \"{}\" cannot be looked at: there are clusters, apps and appsets\n",
             word);
  return nullptr;
}

std::optional<Json> asked(const CommonOptions& common, const LookSource& source,
                          const LookRequest& request, int& code) {
  HubQuestion question;
  question.request = to_json(request);
  question.request["do"] = "look";
  question.answer = [&request](Lab& lab) { return look(lab, request); };
  return ask_hub(common, source, question, code);
}

void print_document(const Json& document, const std::string& output) {
  if (output == "yaml") {
    fmt::print("{}", to_yaml(document));
  } else {
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  }
}

std::string item_name(const Json& item) {
  return text_at(item, {"metadata", "name"}, text_at(item, {"name"}));
}

}  // namespace

int get_things(const CommonOptions& common, const GetArguments& arguments) {
  const auto* sort = sort_of(arguments.what);
  if (sort == nullptr) return kUsage;
  LookRequest request;
  request.what = sort->what;
  request.name = arguments.name;
  request.selector = arguments.selector;
  int code = kPassed;
  const auto answer = asked(common, arguments.source, request, code);
  if (!answer) return code;
  const Json& items = (*answer)["items"];
  if (arguments.output == "json" || arguments.output == "yaml") {
    Json list{{"apiVersion", reports::kApiVersion}, {"kind", sort->kind}};
    list["items"] = items;
    const bool one = !arguments.name.empty() && items.size() == 1;
    print_document(one ? items.front() : list, arguments.output);
    return code;
  }
  if (arguments.output == "name") {
    for (const auto& item : items) fmt::print("{}{}\n", sort->name_prefix, item_name(item));
    return code;
  }
  if (items.empty()) {
    fmt::print(stderr, "No {} found.\n", arguments.what);
    return code;
  }
  TableOptions table;
  table.wide = arguments.output == "wide";
  table.headers = !arguments.no_headers;
  const auto text = request.what == "clusters" ? cluster_table(*answer, table)
                    : request.what == "apps"   ? app_table(*answer, table)
                                               : appset_table(*answer, table);
  fmt::print("{}", text);
  return code;
}

int describe_thing(const CommonOptions& common, const DescribeArguments& arguments) {
  const auto* sort = sort_of(arguments.what);
  if (sort == nullptr) return kUsage;
  if (std::string_view(sort->what) != "apps") {
    GetArguments as_yaml;
    as_yaml.source = arguments.source;
    as_yaml.what = arguments.what;
    as_yaml.name = arguments.name;
    as_yaml.output = "yaml";
    return get_things(common, as_yaml);
  }
  LookRequest request;
  request.what = "app";
  request.name = arguments.name;
  int code = kPassed;
  const auto answer = asked(common, arguments.source, request, code);
  if (!answer) return code;
  fmt::print("{}", describe_app(*answer));
  return code;
}

int show_history(const CommonOptions& common, const HistoryArguments& arguments) {
  LookRequest request;
  request.what = "app";
  request.name = arguments.name;
  int code = kPassed;
  const auto answer = asked(common, arguments.source, request, code);
  if (!answer) return code;
  const Json& app = (*answer)["items"].front();
  const Json* history = find(app, {"status", "history"});
  if (arguments.output == "json") {
    print_document(history != nullptr ? *history : Json::array(), "json");
  } else if (arguments.output == "id") {
    if (history == nullptr || !history->is_array()) return code;
    for (const auto& entry : *history) fmt::print("{}\n", int_at(entry, {"id"}));
  } else {
    const auto text = history_table(app);
    if (text.empty()) fmt::print(stderr, "{} was never synced.\n", item_name(app));
    fmt::print("{}", text);
  }
  return code;
}

int print_metrics(const CommonOptions& common, const MetricsArguments& arguments) {
  LookRequest request;
  request.what = "metrics";
  request.name = arguments.replica;
  int code = kPassed;
  const auto answer = asked(common, arguments.source, request, code);
  if (!answer) return code;
  fmt::print("{}", text_at(*answer, {"text"}));
  return code;
}

int diff_app(const CommonOptions& common, const AppDiffArguments& arguments) {
  LookRequest request;
  request.what = "diff";
  request.name = arguments.name;
  int code = kPassed;
  const auto answer = asked(common, arguments.source, request, code);
  if (!answer) return code;
  const Json& items = (*answer)["items"];
  if (arguments.output == "json") {
    Json document{{"apiVersion", reports::kApiVersion}, {"kind", "ApplicationDifferences"}};
    document["application"] = arguments.name;
    document["items"] = items;
    print_document(document, "json");
  } else {
    reports::TerminalOptions terminal;
    terminal.colour = colours_wanted(common.colour, STDOUT_FILENO);
    std::string text = difference_text(*answer);
    while (!text.empty()) {
      const auto end = text.find('\n');
      const auto line = text.substr(0, end);
      const auto ink = line.starts_with("+")   ? reports::Ink::green
                       : line.starts_with("-") ? reports::Ink::red
                       : line.starts_with("=") ? reports::Ink::bold
                                               : reports::Ink::none;
      fmt::print("{}\n", reports::paint(line, ink, terminal));
      text.erase(0, end == std::string::npos ? end : end + 1);
    }
  }
  return graver(code, items.empty() ? kPassed : kFailed);
}

}  // namespace spokelab::harness
