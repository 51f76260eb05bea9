// The summary of a run, and the table of several.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "reports/clients.h"
#include "reports/paint.h"
#include "reports/terminal.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

Ink ink_of(Verdict verdict) {
  return verdict == Verdict::passed   ? Ink::green
         : verdict == Verdict::failed ? Ink::red
                                      : Ink::yellow;
}

class Summary {
 public:
  Summary(const Run& run, const TerminalOptions& options)
      : run_(run), options_(options), width_(width_of(options)) {}

  std::string all(std::string_view report) {
    head();
    timings();
    clients();
    expectations();
    verdict();
    foot(report);
    return std::move(out_);
  }

 private:
  bool shown(Verdict verdict) const { return !options_.quiet || verdict != Verdict::passed; }

  void line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }

  /// Wrapped below `indent` columns.
  void block(std::string_view text, std::size_t indent, Ink ink) {
    for (const auto& row : wrap(text, width_ - indent)) {
      line(std::string(indent, ' ') + paint(row, ink, options_));
    }
  }

  void head() {
    auto file = clean(run_.file);
    const auto slash = file.rfind('/');
    if (slash != std::string::npos) file.erase(0, slash + 1);
    const auto arrow = options_.ascii ? " > " : " › ";
    auto left = file.empty() ? title_of(run_) : file + arrow + title_of(run_);
    const auto right = fmt::format("{}, seed {}", pace_of(run_), run_.seed);
    if (columns(left) + 2 + right.size() <= width_) {
      left = pad(std::move(left), width_ - right.size());
      line(paint(left, Ink::bold, options_) + paint(right, Ink::dim, options_));
    } else {
      block(left, 0, Ink::bold);
      line(paint(pad_left(right, width_), Ink::dim, options_));
    }
    if (!run_.because.empty() && !options_.quiet) block(clean(run_.because), 2, Ink::dim);
  }

  void timings() {
    std::size_t name_width = 0;
    for (const auto& timing : run_.timings) {
      name_width = std::max(name_width, columns(name_of_timing(timing)));
    }
    name_width = std::min<std::size_t>(name_width, width_ / 2 - 12);
    for (const auto& timing : run_.timings) {
      if (!shown(timing.verdict)) continue;
      const bool judged = timing.limit.has_value();
      const auto sign =
          judged ? verdict_sign(timing.verdict, options_) : std::string(options_.ascii ? "." : "·");
      auto text = "  " + sign + " " +
                  pad(fit(name_of_timing(timing), name_width, cut_mark(options_)), name_width);
      text += "  " + pad_left(measured_of(timing), 9);
      text +=
          "  " +
          pad(judged ? fmt::format("{} {}", at_most(options_), format_duration(*timing.limit)) : "",
              10);
      const auto margin = pad(margin_of(timing), 12);
      text +=
          "  " + (timing.verdict == Verdict::failed ? paint(margin, Ink::red, options_) : margin);
      const auto place = text_of(timing.place);
      if (timing.verdict == Verdict::failed && !place.empty())
        text += "  " + paint(place, Ink::dim, options_);
      while (text.ends_with(' ')) text.pop_back();
      line(text);
      const auto parts = parts_of(timing);
      if (!parts.empty() && (timing.parts.size() > 1 || timing.note.empty()))
        block(parts, 6, Ink::dim);
      const bool note = !timing.note.empty() && (timing.parts.size() < 2 || !timing.measured);
      if (note) block(clean(timing.note), 6, Ink::dim);
    }
  }

  /// A table for each fault under which requests failed.
  void clients() {
    if (options_.quiet) return;
    std::string fault;
    std::vector<std::vector<std::string>> rows;
    const auto print = [&] {
      if (rows.size() < 2) return;
      line("  " + paint(fit("users under " + clean(fault), width_ - 2, cut_mark(options_)),
                        Ink::dim, options_));
      std::vector<std::size_t> widths(rows[0].size(), 0);
      for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
          widths[i] = std::max(widths[i], columns(row[i]));
      }
      for (const auto& row : rows) {
        auto text = "    " + pad(row[0], widths[0]);
        for (std::size_t i = 1; i < row.size(); ++i) text += "  " + pad_left(row[i], widths[i]);
        line(&row == &rows[0] ? paint(text, Ink::dim, options_) : text);
      }
    };
    for (const auto& one : run_.clients) {
      if (rows.empty() || one.fault != fault) {
        print();
        fault = one.fault;
        rows = {client_columns()};
      }
      if (worth_telling(one)) rows.push_back(client_cells(one));
    }
    print();
  }

  static std::string name_of_timing(const Timing& timing) {
    return clean(timing.fault + " " + timing.name);
  }

  void expectations() {
    for (const auto& one : run_.expectations) {
      if (!shown(one.verdict)) continue;
      const auto rows = wrap(clean(one.text), width_ - 4);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        line((i == 0 ? "  " + verdict_sign(one.verdict, options_) + " " : "    ") + rows[i]);
      }
      // What was spent, and what the faults have changed, is worth knowing when it is fine, too.
      const bool tells = one.text.starts_with("budget: ") || one.text.starts_with("control: ");
      if (one.verdict == Verdict::passed && !tells) continue;
      block(clean(one.message), 6, one.verdict == Verdict::passed ? Ink::dim : ink_of(one.verdict));
      if (one.verdict == Verdict::passed) continue;
      const auto place = text_of(one.place);
      if (!one.because.empty()) block("because " + clean(one.because), 6, Ink::dim);
      if (!place.empty()) block(place, 6, Ink::dim);
    }
  }

  void verdict() {
    const auto word = verdict_word(run_.verdict, options_);
    const auto size = std::string_view(name_of(run_.verdict)).size();
    line(fmt::format("{}{}  {}", word, stated(), counts()));
    if (run_.verdict == Verdict::passed) return;
    for (const auto& reason : run_.reasons) {
      const auto rows = wrap(clean(reason), width_ - size - 4);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        line(std::string(size, ' ') + (i == 0 ? "  - " : "    ") + rows[i]);
      }
    }
  }

  /// How the verdict stands to the one that the scenario states, where that is another than passed.
  std::string stated() const {
    if (run_.stated == Verdict::passed) return "";
    if (run_.as_stated()) return paint(" as the scenario states", Ink::green, options_);
    return paint(fmt::format(" but the scenario states {}", name_of(run_.stated)), Ink::red,
                 options_);
  }

  std::string counts() const {
    std::size_t all = run_.expectations.size();
    std::size_t good = 0;
    for (const auto& one : run_.expectations) good += one.verdict == Verdict::passed;
    for (const auto& timing : run_.timings) {
      all += timing.limit.has_value();
      good += timing.limit && timing.verdict == Verdict::passed;
    }
    return fmt::format("{} of {} hold", good, counted(all, "check"));
  }

  void foot(std::string_view report) {
    std::string drawn;
    for (const auto& [path, value] : run_.drawn) {
      drawn += fmt::format("{}{} = {}", drawn.empty() ? "drawn from the seed: " : ", ", clean(path),
                           clean(value));
    }
    if (!drawn.empty()) {
      for (const auto& row : wrap(drawn, width_)) line(row);
    }
    line(paint(fmt::format("hash {}{}{}", run_.hash.empty() ? "none" : clean(run_.hash),
                           report.empty() ? "" : "   report: ", clean(report)),
               Ink::dim, options_));
    if (!run_.replay.empty()) line("Replay: " + clean(run_.replay));
  }

  const Run& run_;
  const TerminalOptions& options_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string verdict_word(Verdict verdict, const TerminalOptions& options) {
  const auto word = verdict == Verdict::passed   ? "PASSED"
                    : verdict == Verdict::failed ? "FAILED"
                                                 : "INCONCLUSIVE";
  return paint(word, ink_of(verdict), options);
}

std::string verdict_sign(Verdict verdict, const TerminalOptions& options) {
  constexpr std::string_view kSigns[] = {"✓", "✗", "?"};
  constexpr std::string_view kAscii[] = {"+", "x", "?"};
  const auto index = static_cast<std::size_t>(verdict);
  return paint(options.ascii ? kAscii[index] : kSigns[index], ink_of(verdict), options);
}

std::string summary(const Run& run, const TerminalOptions& options, std::string_view report) {
  if (options.quiet && run.as_stated()) return "";
  return Summary(run, options).all(report);
}

std::string table(std::span<const Run> runs, const TerminalOptions& options) {
  std::array<std::size_t, 3> counts{};
  std::size_t stated = 0;  // those that did not pass, as their scenario says
  std::size_t otherwise = 0;
  for (const auto& run : runs) {
    ++counts[static_cast<std::size_t>(run.verdict)];
    stated += run.as_stated() && run.verdict != Verdict::passed;
    otherwise += !run.as_stated() && run.verdict == Verdict::passed;
  }
  const bool all_good = counts[0] + stated == runs.size() && otherwise == 0;
  if (options.quiet && all_good) return "";
  // Whatever a run file says, the sums must not overflow.
  constexpr Nanos kCounted = std::chrono::hours(24 * 365);
  constexpr std::size_t kFixed = 2 + 14 + 8 + 10 + 10 + 4 * 2;
  std::size_t name_width = 8;
  for (const auto& run : runs) name_width = std::max(name_width, columns(title_of(run)));
  name_width = std::min(name_width, width_of(options) - kFixed);
  std::string out =
      fmt::format("  {}  {}  {}  {}  {}\n", pad("SCENARIO", name_width), pad("VERDICT", 12),
                  pad_left("SEED", 8), pad_left("VIRTUAL", 10), pad_left("WALL", 10));
  std::chrono::milliseconds virtually{0};
  Nanos wall{0};
  for (const auto& run : runs) {
    virtually += std::chrono::floor<std::chrono::milliseconds>(
        std::min<Nanos>(run.ended.time_since_epoch(), kCounted));
    wall += std::min(run.wall, kCounted);
    if (options.quiet && run.as_stated()) continue;
    auto verdict = verdict_word(run.verdict, options);
    const auto plain = std::string_view(name_of(run.verdict)).size();
    if (plain < 12) verdict.append(12 - plain, ' ');
    out += fmt::format("{} {}  {}  {}  {}  {}\n", verdict_sign(run.verdict, options),
                       pad(fit(title_of(run), name_width, cut_mark(options)), name_width), verdict,
                       pad_left(std::to_string(run.seed), 8),
                       pad_left(format_duration(run.ended.time_since_epoch()), 10),
                       pad_left(run.wall > Nanos(0) ? format_duration(run.wall) : "-", 10));
    if (run.as_stated() && run.verdict != Verdict::passed) {
      out += "    as the scenario states\n";
    } else if (!run.as_stated() && run.verdict == Verdict::passed) {
      out += fmt::format("    but the scenario states {}\n", name_of(run.stated));
    } else if (run.verdict != Verdict::passed && !run.reasons.empty()) {
      for (const auto& row : wrap(clean(run.reasons.front()), width_of(options) - 4))
        out += "    " + row + "\n";
    }
  }
  out += fmt::format("{}: {} passed, {} failed, {} inconclusive; virtual {}",
                     counted(runs.size(), "run"), counts[0], counts[1], counts[2],
                     format_duration(virtually));
  if (stated > 0) out += fmt::format("; {} not passed as stated", stated);
  if (otherwise > 0) out += fmt::format("; {} passed against what is stated", otherwise);
  if (wall > Nanos(0)) out += fmt::format(" in {}", format_duration(wall));
  return out + ".\n";
}

}  // namespace spokelab::reports
