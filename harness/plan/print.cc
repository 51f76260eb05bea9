// A plan as text and as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "harness/plan/plan.h"
#include "reports/json.h"
#include "reports/text.h"

namespace spokelab::harness {

namespace {

class Text {
 public:
  explicit Text(std::size_t width)
      : width_(width == 0 ? 100'000 : std::max<std::size_t>(width, 40)) {}

  void title(std::string_view words) { out_ += fmt::format("\n{}\n", words); }

  /// A paragraph whose first line begins with `lead`, the others below its text.
  void row(const std::string& lead, std::string_view words) {
    const auto indent = reports::columns(lead);
    const auto rows = reports::wrap(reports::clean(words), width_ - indent);
    for (std::size_t i = 0; i < rows.size(); ++i)
      out_ += (i == 0 ? lead : std::string(indent, ' ')) + rows[i] + "\n";
  }

  std::string take() { return std::move(out_); }

 private:
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string to_text(const Plan& plan, std::size_t width) {
  Text text(width);
  text.row("", fmt::format("{}{}", plan.scenario,
                           plan.variant.empty() ? "" : fmt::format(" ({})", plan.variant)));
  if (!plan.because.empty()) text.row("  ", plan.because);
  text.row("  ", fmt::format("seed {}{}; {} of virtual time, then up to {} to settle{}", plan.seed,
                             plan.swarm ? ", as a swarm draws it" : "", format_duration(plan.lasts),
                             format_duration(plan.settle),
                             plan.verdict == "passed"
                                 ? ""
                                 : fmt::format("; the file states that it ends {}", plan.verdict)));
  text.title("THE WORLD");
  for (const auto& sentence : plan.world) text.row("  ", sentence);
  text.title("WHAT HAPPENS");
  for (const auto& one : plan.moments) {
    const auto lead = one.at ? fmt::format("  {}  ", format_run_time(*one.at)) : "  ";
    auto words = one.at               ? one.words
                 : one.kind == "heal" ? fmt::format("{}: {}", one.when, one.words)
                                      : fmt::format("as soon as {}: {}", one.when, one.words);
    if (!one.because.empty()) words += fmt::format(" (because {})", one.because);
    text.row(lead, words);
  }
  text.title("WHAT MUST HOLD");
  for (const auto& one : plan.checks) {
    text.row(
        fmt::format("  {:<10}  ", one.kind),
        one.because.empty() ? one.words : fmt::format("{} (because {})", one.words, one.because));
  }
  if (!plan.drawn.empty()) {
    text.title("DRAWN FROM THE SEED");
    for (const auto& one : plan.drawn) {
      text.row("  ", fmt::format("{} = {}{}", one.path, one.value,
                                 one.written.empty() ? "" : fmt::format(" (of {})", one.written)));
    }
  }
  if (!plan.defaults.empty()) {
    text.title("NOT WRITTEN, SO BY DEFAULT");
    for (const auto& [path, value] : plan.defaults) {
      const auto source = plan.sources.find(path);
      text.row("  ",
               fmt::format("{} = {}{}", path, value,
                           source == plan.sources.end() ? std::string()
                                                        : fmt::format(" ({})", source->second)));
    }
  }
  if (!plan.variants.empty()) {
    text.title(fmt::format("THE MATRIX: {} COMBINATIONS", plan.variants.size()));
    for (const auto& one : plan.variants) {
      text.row(
          one.told ? "  * " : "    ",
          fmt::format("{}{}", one.variant,
                      one.verdict == "passed" ? "" : fmt::format(" (stated: {})", one.verdict)));
    }
  }
  return text.take();
}

Json to_json(const Plan& plan) {
  Json out{{"apiVersion", reports::kApiVersion},
           {"kind", "ScenarioPlan"},
           {"file", plan.file},
           {"scenario", plan.scenario},
           {"because", plan.because},
           {"variant", plan.variant},
           {"statedVerdict", plan.verdict},
           {"seed", plan.seed},
           {"swarm", plan.swarm},
           {"lasts", exact_duration(plan.lasts)},
           {"settle", exact_duration(plan.settle)},
           {"world", plan.world}};
  Json moments = Json::array();
  for (const auto& one : plan.moments) {
    Json moment{{"kind", one.kind}, {"name", one.name}, {"words", one.words}};
    if (one.at) {
      moment["at"] = exact_duration(one.at->time_since_epoch());
    } else {
      moment["when"] = one.when;
    }
    if (!one.because.empty()) moment["because"] = one.because;
    moments.push_back(std::move(moment));
  }
  out["timeline"] = std::move(moments);
  Json checks = Json::array();
  for (const auto& one : plan.checks) {
    Json check{{"kind", one.kind}, {"words", one.words}};
    if (!one.because.empty()) check["because"] = one.because;
    checks.push_back(std::move(check));
  }
  out["checks"] = std::move(checks);
  Json drawn = Json::array();
  for (const auto& one : plan.drawn)
    drawn.push_back({{"path", one.path}, {"written", one.written}, {"value", one.value}});
  out["drawn"] = std::move(drawn);
  Json defaults = Json::array();
  for (const auto& [path, value] : plan.defaults) {
    Json one{{"path", path}, {"value", value}};
    const auto source = plan.sources.find(path);
    if (source != plan.sources.end()) one["source"] = source->second;
    defaults.push_back(std::move(one));
  }
  out["defaults"] = std::move(defaults);
  Json variants = Json::array();
  for (const auto& one : plan.variants)
    variants.push_back({{"variant", one.variant}, {"statedVerdict", one.verdict}});
  out["variants"] = std::move(variants);
  return out;
}

}  // namespace spokelab::harness
