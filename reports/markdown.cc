// The summary as Markdown.
#include "reports/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/duration.h"
#include "reports/clients.h"
#include "reports/text.h"
#include "reports/words.h"

namespace spokelab::reports {

namespace {

constexpr std::size_t kTimelineMax = 40;

/// Text that Markdown and HTML leave alone, on one line.
std::string plain(std::string_view raw) {
  std::string out;
  for (const char c : clean(raw)) {
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
      case '|':
      case '*':
      case '_':
      case '`':
      case '[':
      case ']':
      case '#':
      case '\\':
      case '~':
      case '!':
        out += '\\';
        out += c;
        break;
      case '@':
        out += "&#64;";
        break;  // no mail to whoever has that name
      default:
        out += c;
    }
  }
  return out;
}

/// A code span that no backtick and no bar in it can end.
std::string code(std::string_view raw) {
  auto text = clean(raw);
  std::replace(text.begin(), text.end(), '`', '\'');
  std::string out = "`";
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out + "`";
}

std::string_view sign(Verdict verdict) {
  return verdict == Verdict::passed ? "✅" : verdict == Verdict::failed ? "❌" : "❔";
}

std::string clients(const Run& run) {
  std::string rows;
  for (const auto& one : run.clients) {
    if (!worth_telling(one)) continue;
    rows += "| " + plain(one.fault);
    for (const auto& cell : client_cells(one)) rows += " | " + plain(cell);
    rows += " |\n";
  }
  if (rows.empty()) return "";
  std::string head = "| users under";
  std::string line = "|---";
  for (std::size_t i = 0; i < client_columns().size(); ++i) {
    head += " | " + client_columns()[i];
    line += i == 0 ? "|---" : "|--:";
  }
  return head + " |\n" + line + "|\n" + rows + "\n";
}

std::string timings(const Run& run) {
  if (run.timings.empty()) return "";
  std::string out = "| | timing | measured | limit | margin | parts |\n|---|---|--:|--:|--:|---|\n";
  for (const auto& timing : run.timings) {
    out +=
        fmt::format("| {} | {} | {} | {} | {} | {} |\n", timing.limit ? sign(timing.verdict) : "·",
                    plain(timing.fault + " " + timing.name), measured_of(timing),
                    timing.limit ? format_duration(*timing.limit) : "", margin_of(timing),
                    plain(timing.parts.empty() ? timing.note : parts_of(timing)));
  }
  return out + "\n";
}

std::string expectations(const Run& run) {
  std::vector<const Expectation*> order;
  for (const auto& one : run.expectations) order.push_back(&one);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return (a->verdict != Verdict::passed) > (b->verdict != Verdict::passed);
  });
  std::string out;
  if (!order.empty()) out = "| | expectation | observed |\n|---|---|---|\n";
  for (const auto* one : order) {
    out +=
        fmt::format("| {} | {} | {} |\n", sign(one->verdict), code(one->text), plain(one->message));
  }
  return out.empty() ? out : out + "\n";
}

/// What happened, told around the faults.
std::string timeline(const Run& run) {
  std::string rows;
  std::size_t count = 0;
  bool set_up = false;
  for (const auto& event : run.events) {
    if (event.subject == "run.phase") set_up = event.value == "set-up";
    if (set_up || event.kind == EventKind::traffic) continue;
    const auto news = tell(event);
    // Users and splits change by the second; the pages show them, a list does not.
    const bool crowd = event.subject.starts_with("traffic.") && event.kind == EventKind::state;
    if (!news.worth || crowd) continue;
    if (++count > kTimelineMax) continue;
    rows += fmt::format("| {} | {} | {} |\n", format_run_time(event.at), plain(event.cluster),
                        plain(news.what));
  }
  if (rows.empty()) return "";
  auto out =
      "<details><summary>What happened</summary>\n\n| time | cluster | what |\n|---|---|---|\n" +
      rows;
  if (count > kTimelineMax)
    out += fmt::format("\nand {} more; the HTML report has them all.\n", count - kTimelineMax);
  return out + "\n</details>\n\n";
}

std::string section(const Run& run) {
  const bool passed = run.verdict == Verdict::passed;
  auto out = fmt::format("### {} {}: {}\n\n{}\n\n", sign(run.verdict), plain(title_of(run)),
                         name_of(run.verdict), plain(sentence_of(run)));
  if (!passed) {
    for (const auto& reason : run.reasons) out += fmt::format("- {}\n", plain(reason));
    out += "\n";
  }
  auto detail = timings(run) + clients(run) + expectations(run) + timeline(run);
  if (passed && !detail.empty()) {
    detail = "<details><summary>Timings and expectations</summary>\n\n" + detail + "</details>\n\n";
  }
  out += detail;
  out += fmt::format("{}, seed {}, hash {}", pace_of(run), run.seed, code(run.hash));
  if (!run.replay.empty()) out += fmt::format("; replay: {}", code(run.replay));
  return out + "\n\n";
}

}  // namespace

std::string markdown(std::span<const Run> runs) {
  std::vector<const Run*> order;
  std::size_t counts[3] = {0, 0, 0};
  for (const auto& run : runs) {
    order.push_back(&run);
    ++counts[static_cast<std::size_t>(run.verdict)];
  }
  const auto rank = [](const Run* run) {
    return run->verdict == Verdict::failed ? 0 : run->verdict == Verdict::inconclusive ? 1 : 2;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const Run* a, const Run* b) { return rank(a) < rank(b); });
  auto out = fmt::format("## spokelab: {} passed, {} failed, {} inconclusive\n\n", counts[0],
                         counts[1], counts[2]);
  std::size_t told = 0;
  for (const auto* run : order) {
    const auto text = section(*run);
    if (out.size() + text.size() > kMarkdownBytesMax) break;
    out += text;
    ++told;
  }
  if (told < order.size())
    out += fmt::format("{} left out: the page is full.\n", counted(order.size() - told, "run"));
  return out;
}

}  // namespace spokelab::reports
