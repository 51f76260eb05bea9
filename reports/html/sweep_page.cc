// A sweep as a page: a curve of each timing over all seeds, and the seeds that failed.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "reports/html/writer.h"
#include "reports/sweeps/sweep.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

using html::escape;

constexpr int kWidth = 560;
constexpr int kLeft = 40;
constexpr int kRight = 548;
constexpr int kTop = 12;
constexpr int kBottom = 132;
constexpr std::size_t kFailuresShown = 200;

std::string quantile_text(const SweepTiming& timing, std::uint32_t per_mille) {
  const auto value = timing.quantile(per_mille);
  if (!value) return "-";
  return *value == kNever.time_since_epoch() ? "never" : format_duration(*value);
}

/// Centuries are beyond what a count of nanoseconds can hold.
std::string virtual_text(std::chrono::milliseconds span) {
  if (span < std::chrono::hours(24 * 365)) return format_duration(span);
  return counted(static_cast<std::uint64_t>(span / std::chrono::hours(24)), "day");
}

/// Milliseconds between two marks of an axis, so that there are at most six.
std::int64_t step_for(std::int64_t most) {
  constexpr std::int64_t kSteps[] = {1,
                                     2,
                                     5,
                                     10,
                                     20,
                                     50,
                                     100,
                                     200,
                                     500,
                                     1000,
                                     2000,
                                     5000,
                                     10'000,
                                     15'000,
                                     30'000,
                                     60'000,
                                     120'000,
                                     300'000,
                                     600'000,
                                     1'800'000,
                                     3'600'000,
                                     7'200'000,
                                     21'600'000,
                                     86'400'000,
                                     604'800'000,
                                     2'592'000'000,
                                     31'536'000'000};
  for (const auto step : kSteps) {
    if (most / step <= 6) return step;
  }
  return most / 2;
}

/// The share of seeds that stayed within a span, over the span: rises from 0 to 100 %.
std::string curve(const std::string& title, const SweepTiming& timing) {
  auto most = timing.values.empty() ? Nanos(0) : timing.values.back();
  most = std::max(most, timing.limit.value_or(Nanos(0)));
  const auto scale = std::max<std::int64_t>(1, most.count() / 1'000'000 * 106 / 100);
  const auto x = [&](Nanos span) {
    return kLeft * 10 + span.count() / 1'000'000 * (kRight - kLeft) * 10 / scale;
  };
  const auto y = [](std::uint64_t part, std::uint64_t whole) {
    return kBottom * 10 - static_cast<std::int64_t>(
                              part * static_cast<std::uint64_t>((kBottom - kTop) * 10) / whole);
  };
  auto out = fmt::format(
      "<figure><svg viewBox=\"0 0 {} 152\" role=\"img\" aria-label=\"{}: median {}, 99% {}, worst "
      "{}\">",
      kWidth, escape(title), quantile_text(timing, 500), quantile_text(timing, 990),
      quantile_text(timing, 1000));
  for (const int share : {0, 50, 100}) {
    const int at = kBottom - share * (kBottom - kTop) / 100;
    out += fmt::format(
        "<path class=\"grid\" d=\"M{} {}H{}\"/><text x=\"{}\" y=\"{}\" class=\"m e\">{}%</text>",
        kLeft, at, kRight, kLeft - 6, at + 4, share);
  }
  const auto step = step_for(scale);
  for (std::int64_t tick = 0; tick <= scale; tick += step) {
    const auto span = std::chrono::milliseconds(tick);
    out += fmt::format("<text x=\"{}\" y=\"148\" class=\"m c\">{}</text>", html::tenths(x(span)),
                       format_duration(span));
  }
  std::string d = fmt::format("M{} {}", kLeft, kBottom);
  std::int64_t last = 0;
  const auto runs = std::max<std::uint64_t>(1, timing.runs());
  for (std::size_t i = 0; i < timing.values.size(); ++i) {
    const auto at = x(timing.values[i]);
    // One point a pixel is enough, and the last one.
    if (at - last < 10 && i + 1 < timing.values.size()) continue;
    last = at;
    d += fmt::format("H{}V{}", html::tenths(at), html::tenths(y(i + 1, runs)));
  }
  out += fmt::format("<path d=\"{}H{}\" style=\"fill:none;stroke:var(--p0);stroke-width:2\"/>", d,
                     kRight);
  if (timing.limit) {
    const auto at = x(*timing.limit);
    out += fmt::format(
        "<path class=\"lim\" d=\"M{0} {1}V{2}\"/><text x=\"{3}\" y=\"{4}\" class=\"e\">limit "
        "{5}</text>",
        html::tenths(at), kTop - 6, kBottom, html::tenths(at - 50), kBottom - 8,
        format_duration(*timing.limit));
  }
  return out + "</svg></figure>\n";
}

/// The seeds that needed longest.
std::string worst(const SweepTiming& timing) {
  std::string out;
  for (const auto& one : timing.worst) {
    out += fmt::format("{}{} ({})", out.empty() ? "<p class=\"note\">Worst seeds: " : ", ",
                       one.seed, one.measured ? format_duration(*one.measured) : "never");
  }
  return out.empty() ? out : out + ".</p>\n";
}

std::string head(const Sweep& sweep, Verdict verdict, const std::string& title) {
  auto out = fmt::format("<section class=\"verdict {}\"><div class=\"head\">{}<h1>{}</h1></div>\n",
                         name_of(verdict), html::badge(verdict), escape(title));
  out +=
      fmt::format("<p class=\"sentence\">{} of {} passed",
                  grouped(static_cast<std::int64_t>(sweep.passed)), counted(sweep.runs(), "run"));
  if (sweep.failed > 0)
    out += fmt::format(", {} failed", grouped(static_cast<std::int64_t>(sweep.failed)));
  if (sweep.inconclusive > 0)
    out +=
        fmt::format(", {} proved nothing", grouped(static_cast<std::int64_t>(sweep.inconclusive)));
  if (sweep.crashed + sweep.hung > 0)
    out += fmt::format("; {} crashed, {} hung", sweep.crashed, sweep.hung);
  out += ".</p>\n";
  if (const auto missing = sweep.not_played(); !missing.empty()) {
    out += fmt::format("<p class=\"note\">Not played: {} ({}){}.</p>\n",
                       counted(missing.size(), "seed"), missing.text(),
                       sweep.cut_short.empty() ? "" : ": " + escape(sweep.cut_short));
  }
  if (!sweep.because.empty())
    out += fmt::format("<p class=\"muted\">Why it is played: {}.</p>\n", escape(sweep.because));
  out += fmt::format(
      "<dl class=\"facts\"><div><dt>seeds</dt><dd>{} to {}</dd></div><div><dt>virtual "
      "time</dt><dd>{}</dd></div>",
      sweep.seed_first(), sweep.seed_last(), virtual_text(sweep.virtually));
  if (sweep.wall > Nanos(0)) {
    out += fmt::format("<div><dt>wall time</dt><dd>{}, {} a minute</dd></div>",
                       format_duration(sweep.wall), counted(sweep.runs_per_minute(), "run"));
  }
  return out + "</dl></section>\n";
}

}  // namespace

std::string to_html(const Sweep& sweep) {
  Run name;
  name.scenario = sweep.scenario;
  name.variant = sweep.variant;
  const auto title = title_of(name);
  const auto verdict = sweep.failed > 0                              ? Verdict::failed
                       : sweep.inconclusive > 0 || sweep.passed == 0 ? Verdict::inconclusive
                                                                     : Verdict::passed;
  auto out = head(sweep, verdict, title);
  if (!sweep.timings.empty()) {
    out +=
        "<section><h2>Timings over all seeds</h2><div "
        "class=\"scroll\"><table><thead><tr><th>timing<th class=\"n\">n<th "
        "class=\"n\">p50<th class=\"n\">p90<th class=\"n\">p95<th class=\"n\">p99<th "
        "class=\"n\">max<th class=\"n\">limit<th "
        "class=\"n\">over<th class=\"n\">never</thead><tbody>\n";
    for (const auto& [key, timing] : sweep.timings) {
      out += fmt::format(
          "<tr class=\"{}\"><td><b>{}</b> <span class=\"muted\">{}</span><td class=\"n\">{}",
          timing.over > 0 ? "failed" : "passed", escape(key.second), escape(key.first),
          grouped(static_cast<std::int64_t>(timing.runs())));
      for (const std::uint32_t q : {500U, 900U, 950U, 990U, 1000U})
        out += "<td class=\"n\">" + quantile_text(timing, q);
      out += fmt::format("<td class=\"n\">{}<td class=\"n {}\">{}<td class=\"n\">{}\n",
                         timing.limit ? "≤ " + format_duration(*timing.limit) : "",
                         timing.over > 0 ? "t-bad" : "",
                         timing.limit ? grouped(static_cast<std::int64_t>(timing.over)) : "",
                         grouped(static_cast<std::int64_t>(timing.never)));
    }
    out +=
        "</tbody></table></div>\n<p class=\"note\">The curves: the share of seeds that needed at "
        "most so long.</p><div "
        "class=\"cols\" style=\"grid-template-columns:repeat(auto-fit,minmax(420px,1fr))\">\n";
    for (const auto& [key, timing] : sweep.timings) {
      const auto one = key.second + " of " + key.first;
      out += fmt::format("<div><h3>{}</h3>\n{}{}</div>\n", escape(one), curve(one, timing),
                         worst(timing));
    }
    out += "</div></section>\n";
  }
  if (!sweep.failures.empty()) {
    out +=
        "<section><h2>Seeds that did not pass</h2><div class=\"scroll\"><table><thead><tr><th><th "
        "class=\"n\">seed<th>why<th>play it "
        "again</thead><tbody>\n";
    for (std::size_t i = 0; i < sweep.failures.size() && i < kFailuresShown; ++i) {
      const auto& one = sweep.failures[i];
      std::string drawn;
      for (const auto& value : one.drawn) drawn += (drawn.empty() ? "" : ", ") + value;
      if (!drawn.empty()) drawn = "<br><span class=\"muted\">drawn: " + escape(drawn) + "</span>";
      out += fmt::format("<tr class=\"{}\"><td>{}<td class=\"n\">{}<td>{}{}<td><code>{}</code>\n",
                         name_of(one.verdict), html::badge(one.verdict), one.seed,
                         escape(one.reason), drawn, escape(one.replay));
    }
    out += "</tbody></table></div>\n";
    const auto all = sweep.failures.size() + sweep.failures_left_out;
    if (all > kFailuresShown)
      out +=
          fmt::format("<p class=\"note\">and {}</p>\n", counted(all - kFailuresShown, "more seed"));
    out += "</section>\n";
  }
  return html::page(
      fmt::format("sweep of {} - spokelab", title),
      "<main>" + out + "</main>\n<footer>Made by spokelab " + escape(sweep.version) + ".</footer>");
}

}  // namespace spokelab::reports
