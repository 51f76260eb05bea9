// JUnit XML.
#include "reports/junit.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/duration.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

constexpr std::size_t kTextBytesMax = 60 * 1024;

std::string escape(std::string_view raw) {
  std::string out;
  const auto text = clean(first_bytes(raw, kTextBytesMax), true);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string seconds(Nanos span) {
  const auto ms = span.count() / 1'000'000;
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

struct Case {
  std::string name;
  Verdict verdict = Verdict::passed;
  std::string type;
  std::string message;
  std::string body;
  Place place;
};

Case case_of(const Timing& timing) {
  Case out;
  out.name = fmt::format("{}: {} ≤ {}", timing.fault, timing.name, format_duration(*timing.limit));
  out.verdict = timing.verdict;
  out.type = "limit";
  out.place = timing.place;
  out.message =
      timing.measured
          ? fmt::format("{} of {} took {}, its limit is {} ({})", timing.name, timing.fault,
                        measured_of(timing), format_duration(*timing.limit), margin_of(timing))
          : fmt::format("{} of {} never happened: {}", timing.name, timing.fault, timing.note);
  out.body =
      fmt::format("observed: {}\nlimit: {}\n", measured_of(timing), format_duration(*timing.limit));
  if (!timing.parts.empty()) out.body += "parts: " + parts_of(timing) + "\n";
  if (!timing.note.empty()) out.body += "note: " + timing.note + "\n";
  return out;
}

Case case_of(const Expectation& one) {
  Case out;
  out.name = one.text;
  out.verdict = one.verdict;
  out.type = one.text.starts_with("liveness") ? "liveness" : "expectation";
  out.place = one.place;
  out.message = one.message;
  out.body = fmt::format("expected: {}\nobserved: {}\n", one.text, one.message);
  if (one.decided_at) out.body += fmt::format("decided at: {}\n", format_run_time(*one.decided_at));
  out.body += fmt::format("evaluations: {}\n", one.evaluations);
  if (!one.because.empty()) out.body += "because: " + one.because + "\n";
  return out;
}

/// All that a run is judged by. A run that fails for another reason (a fault that hit nothing) gets
/// a case of its own, so that no failed run looks green.
std::vector<Case> cases_of(const Run& run) {
  std::vector<Case> cases;
  bool told = run.verdict == Verdict::passed;
  for (const auto& timing : run.timings) {
    if (timing.limit) cases.push_back(case_of(timing));
  }
  for (const auto& one : run.expectations) cases.push_back(case_of(one));
  for (const auto& one : cases) told = told || one.verdict == run.verdict;
  if (run.verdict == Verdict::passed && !run.as_stated()) {
    Case whole;
    whole.name = "the verdict that the scenario states";
    whole.verdict = Verdict::failed;
    whole.type = "run";
    whole.message = fmt::format("it passed, but the scenario states {}", name_of(run.stated));
    cases.push_back(std::move(whole));
  }
  if (!told || cases.empty()) {
    Case whole;
    whole.name = "the run as a whole";
    whole.verdict = run.verdict;
    whole.type = "run";
    whole.message = run.reasons.empty() ? std::string(name_of(run.verdict)) : run.reasons.front();
    for (const auto& reason : run.reasons) whole.body += reason + "\n";
    cases.push_back(std::move(whole));
  }
  return cases;
}

std::string properties(const Run& run) {
  std::string out = "    <properties>\n";
  const auto add = [&out](std::string_view name, std::string_view value) {
    out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, escape(value));
  };
  add("seed", std::to_string(run.seed));
  add("verdict", name_of(run.verdict));
  if (run.stated != Verdict::passed) add("stated-verdict", name_of(run.stated));
  add("virtual-time", format_duration(run.ended.time_since_epoch()));
  add("hash", run.hash);
  add("version", run.version);
  add("profile", run.profile);
  add("replay", run.replay);
  return out + "    </properties>\n";
}

/// A check that does not hold in a run that ends as its scenario states: nobody is to be woken.
bool skips(const Case& one, const Run& run) {
  return one.verdict != Verdict::passed && run.verdict != Verdict::passed && run.as_stated();
}

std::string write(const Case& one, const Run& run, const std::string& class_name,
                  const std::string& name, Nanos time) {
  auto out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
                         escape(class_name), escape(name), seconds(time));
  const auto file = one.place.line > 0 ? one.place.file : run.file;
  if (!file.empty())
    out += fmt::format(" file=\"{}\" line=\"{}\"", escape(file),
                       one.place.line > 0 ? one.place.line : 1);
  if (one.verdict == Verdict::passed) return out + "/>\n";
  out += ">\n";
  if (skips(one, run)) {
    out += fmt::format("      <skipped message=\"{} as the scenario states: {}\"/>\n",
                       name_of(one.verdict), escape(one.message));
  } else if (one.verdict == Verdict::inconclusive) {
    out += fmt::format("      <skipped message=\"inconclusive: {}\"/>\n", escape(one.message));
  } else {
    auto body = one.body;
    const auto place = text_of(one.place);
    if (!place.empty()) body += "written at: " + place + "\n";
    if (!run.replay.empty()) body += "replay: " + run.replay + "\n";
    out += fmt::format("      <failure message=\"{}\" type=\"{}\">{}</failure>\n",
                       escape(one.message), one.type, escape(body));
  }
  return out + "    </testcase>\n";
}

}  // namespace

std::string junit_xml(std::span<const Run> runs) {
  std::string suites;
  std::size_t all = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  Nanos wall{0};
  std::set<std::string> names;
  for (const auto& run : runs) {
    const auto class_name = run.file.empty() ? run.scenario : run.file + "::" + run.scenario;
    const auto cases = cases_of(run);
    std::string body;
    std::size_t bad = 0;
    std::size_t open = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto& one = cases[i];
      auto stem = one.name;
      if (!run.variant.empty()) stem += fmt::format(" ({})", run.variant);
      stem += fmt::format(" [seed {}]", run.seed);
      auto name = stem;
      for (int n = 2; !names.insert(class_name + "\n" + name).second; ++n)
        name = fmt::format("{} #{}", stem, n);
      body += write(one, run, class_name, name, i == 0 ? run.wall : Nanos(0));
      bad += one.verdict == Verdict::failed && !skips(one, run);
      open += one.verdict == Verdict::inconclusive || skips(one, run);
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
        "time=\"{}\">\n{}{}  </testsuite>\n",
        escape(title_of(run)), cases.size(), bad, open, seconds(run.wall), properties(run), body);
    all += cases.size();
    failed += bad;
    skipped += open;
    wall += run.wall;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"spokelab\" tests=\"{}\" "
      "failures=\"{}\" errors=\"0\" "
      "skipped=\"{}\" time=\"{}\">\n{}</testsuites>\n",
      all, failed, skipped, seconds(wall), suites);
}

}  // namespace spokelab::reports
