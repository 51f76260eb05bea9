// The report of a run: its panels, in the order in which a reader asks.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/duration.h"
#include "reports/clients.h"
#include "reports/html.h"
#include "reports/html/lanes.h"
#include "reports/html/timeline.h"
#include "reports/html/writer.h"
#include "reports/text.h"
#include "reports/words.h"

namespace spokelab::reports {

namespace {

using html::escape;

constexpr std::size_t kPartsMax = 12;
constexpr std::size_t kSourceBytesMax = 256 * 1024;
constexpr std::size_t kTableMax = 200;
constexpr int kBulletWidth = 360;

class Page {
 public:
  explicit Page(const Run& run) : run_(run), lanes_(html::lanes_of(run)) {}

  std::string all() {
    verdict();
    timings();
    clients();
    times();
    expectations();
    waterfalls();
    log();
    inputs();
    out_ = "<main>" + out_ + "</main>\n<footer>Made by spokelab " + escape(run_.version) +
           " from the run's history alone. Times are virtual unless they say otherwise.</footer>";
    const auto title = fmt::format("{}: {} - spokelab", title_of(run_), name_of(run_.verdict));
    return html::page(title, out_);
  }

 private:
  static std::string fact(std::string_view name, std::string_view value) {
    return value.empty() ? ""
                         : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escape(value));
  }

  void verdict() {
    out_ += fmt::format("<section class=\"verdict {}\"><div class=\"head\">{}<h1>{}</h1></div>\n",
                        name_of(run_.verdict), html::badge(run_.verdict), escape(title_of(run_)));
    out_ += fmt::format("<p class=\"sentence\">{}</p>\n", escape(sentence_of(run_)));
    if (run_.stated != Verdict::passed) {
      out_ += fmt::format("<p class=\"muted\">The scenario states that this ends as {}{}.</p>\n",
                          name_of(run_.stated), run_.as_stated() ? ", and it does" : "");
    }
    if (!run_.because.empty())
      out_ += fmt::format("<p class=\"muted\">Why it is played: {}.</p>\n", escape(run_.because));
    if (run_.verdict != Verdict::passed && run_.reasons.size() > 1) {
      out_ += "<ul class=\"reasons\">";
      for (std::size_t i = 0; i < run_.reasons.size() && i < kTableMax; ++i) {
        out_ += fmt::format("<li>{}</li>", escape(run_.reasons[i]));
      }
      out_ += "</ul>\n";
    }
    out_ += "<dl class=\"facts\">";
    out_ += fact("seed", std::to_string(run_.seed)) + fact("hash", run_.hash) +
            fact("hub profile", run_.profile) + fact("time", pace_of(run_)) +
            fact("events", grouped(static_cast<std::int64_t>(run_.events.size())));
    out_ += "</dl>\n";
    if (!run_.replay.empty()) {
      out_ += fmt::format(
          "<div class=\"cmd\"><code id=\"replay\">{}</code><button type=\"button\" "
          "data-copy=\"replay\" "
          "hidden>copy</button></div>\n",
          escape(run_.replay));
    }
    out_ += "</section>\n";
  }

  /// A bar from 0 with its parts, the limit as a tick, and what is beyond the limit striped.
  static std::string bullet(const Timing& timing) {
    const auto measured = timing.measured.value_or(timing.limit.value_or(Nanos(0)));
    const auto most = std::max(measured, timing.limit.value_or(Nanos(0)));
    const auto scale = std::max<std::int64_t>(1, most.count() / 1'000'000 * 110 / 100);
    const auto px = [&](Nanos span) {
      return span.count() / 1'000'000 * kBulletWidth * 10 / scale;
    };
    auto out = fmt::format(
        "<svg viewBox=\"0 0 {} 24\" role=\"img\" style=\"min-width:200px\"><title>{} {}{}</title>",
        kBulletWidth, escape(timing.name), measured_of(timing),
        timing.limit ? ", limit " + format_duration(*timing.limit) : "");
    const auto rect = [&](std::int64_t from, std::int64_t to, std::string_view css,
                          std::string_view title) {
      out +=
          fmt::format("<rect x=\"{}\" y=\"5\" width=\"{}\" height=\"14\" class=\"{}\">",
                      html::tenths(from), html::tenths(std::max<std::int64_t>(to - from, 5)), css);
      if (!title.empty()) out += fmt::format("<title>{}</title>", escape(title));
      out += "</rect>";
    };
    rect(0, timing.limit ? px(*timing.limit) : kBulletWidth * 10, "track", "");
    if (!timing.measured) {
      rect(0, kBulletWidth * 10, "over", "it never happened");
    } else {
      Nanos at{0};
      std::size_t n = 0;
      auto parts = main_parts(timing, kPartsMax);
      if (parts.empty()) parts.push_back({timing.name, *timing.measured});
      for (const auto& part : parts) {
        if (part.span > Nanos(0)) {
          rect(px(at) + (n > 0 ? 8 : 0), px(at + part.span), fmt::format("p{}", n % 3),
               part.what + " " + format_duration(part.span));
          ++n;
        }
        at += part.span;
      }
      if (timing.limit && *timing.measured > *timing.limit) {
        rect(px(*timing.limit), px(*timing.measured), "over",
             "over the limit: " + margin_of(timing));
      }
    }
    if (timing.limit) {
      const auto x = html::tenths(px(*timing.limit));
      out += fmt::format("<path class=\"lim\" d=\"M{} 1V23\"/>", x);
    }
    return out + "</svg>";
  }

  std::string place_link(const Place& place) const {
    const auto text = text_of(place);
    if (text.empty()) return "";
    if (place.file != run_.file)
      return fmt::format("<span class=\"muted mono\">{}</span>", escape(text));
    return fmt::format("<a class=\"nowrap\" href=\"#L{0}\" title=\"{1}\">line {0}</a>", place.line,
                       escape(text));
  }

  void timings() {
    if (run_.timings.empty()) return;
    out_ +=
        "<section><h2>Timings</h2><div class=\"scroll\"><table><thead><tr><th>timing<th "
        "style=\"width:36%\">0 … limit"
        "<th class=\"n\">measured<th class=\"n\">limit<th class=\"n\">margin<th></thead><tbody>\n";
    for (const auto& timing : run_.timings) {
      const bool bad = timing.verdict != Verdict::passed;
      out_ += fmt::format("<tr class=\"{}\"><td><b>{}</b> <span class=\"muted\">{}</span>",
                          name_of(timing.verdict), escape(timing.name), escape(timing.fault));
      if (!timing.note.empty())
        out_ += fmt::format("<div class=\"note\">{}</div>", escape(timing.note));
      const bool never = !timing.measured;
      const bool draw = timing.limit || (timing.measured && *timing.measured > Nanos(0));
      out_ += fmt::format(
          "<td>{}<td class=\"n {}\">{}<td class=\"n\">{}<td class=\"n {}\">{}<td class=\"n\">",
          draw ? bullet(timing) : "", bad || never ? "t-bad" : "", measured_of(timing),
          timing.limit ? "≤ " + format_duration(*timing.limit) : "", bad ? "t-bad" : "t-good",
          margin_of(timing));
      out_ += timing.limit ? html::badge(timing.verdict)
                           : std::string("<span class=\"badge info\">no limit</span>");
      const auto place = place_link(timing.place);
      if (!place.empty()) out_ += "<br>" + place;
      out_ += '\n';
    }
    out_ += "</tbody></table></div></section>\n";
  }

  void clients() {
    std::string body;
    std::size_t shown = 0;
    std::string fault;
    for (const auto& one : run_.clients) {
      if (!worth_telling(one) || ++shown > kTableMax) continue;
      if (one.fault != fault) {
        fault = one.fault;
        body += fmt::format("<tr><td colspan=\"{}\" class=\"muted\">under {}\n",
                            client_columns().size(), escape(fault));
      }
      body += "<tr>";
      const auto cells = client_cells(one);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        body += fmt::format("<td{}>{}", i == 0 ? "" : " class=\"n\"", escape(cells[i]));
      }
      body += '\n';
    }
    if (body.empty()) return;
    out_ +=
        "<section><h2>Users</h2><p class=\"muted\">p50, p95, p99: how long after the fault began "
        "half, 95% and 99% of the requests succeed again, and go on to. down: in how many seconds "
        "fewer than 99.9% did. failed, of: requests from the fault's begin to the next fault, or "
        "the end. "
        "budget: what that is of a month's error budget.</p><div "
        "class=\"scroll\"><table><thead><tr>";
    for (std::size_t i = 0; i < client_columns().size(); ++i) {
      out_ += fmt::format("<th{}>{}", i == 0 ? "" : " class=\"n\"", client_columns()[i]);
    }
    out_ += "</thead><tbody>\n" + body + "</tbody></table></div></section>\n";
  }

  static std::string swatch(std::string_view css, std::string_view what) {
    return fmt::format(
        "<li><svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><rect width=\"14\" height=\"12\" "
        "class=\"{}\"/></svg>{}</li>",
        css, escape(what));
  }

  void times() {
    if (run_.events.empty()) return;
    out_ += "<section><h2>What happened when</h2>\n";
    html::View whole;
    whole.to = std::max(run_.ended, RunTime(std::chrono::seconds(1)));
    whole.id = "whole";
    whole.title = "The whole run";
    whole.description = sentence_of(run_);
    out_ += html::timeline(run_, lanes_, whole);
    out_ += "<ul class=\"legend\">" + swatch("good", "as it should be") +
            swatch("warn", "between, or not known") + swatch("bad", "bad, or a failed request") +
            swatch("quiet", "neither") + swatch("fb", "a fault lasts") + "</ul>\n";
    if (lanes_.clusters_left_out > 0) {
      out_ += fmt::format("<p class=\"note\">{} with less news are left out; the log has them.</p>",
                          counted(lanes_.clusters_left_out, "cluster"));
    }
    for (const auto& view : html::close_ups(run_)) {
      out_ += fmt::format("<h3>{}</h3>\n<p class=\"note\">Only what changes is shown.</p>\n",
                          escape(view.title));
      out_ += html::timeline(run_, lanes_, view);
    }
    out_ += html::requests_table(lanes_) + "</section>\n";
  }

  void expectations() {
    if (run_.expectations.empty()) return;
    std::vector<const Expectation*> order;
    for (const auto& one : run_.expectations) order.push_back(&one);
    const auto rank = [](Verdict verdict) {
      return verdict == Verdict::failed ? 0 : verdict == Verdict::inconclusive ? 1 : 2;
    };
    std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
      return rank(a->verdict) < rank(b->verdict);
    });
    out_ +=
        "<section><h2>Expectations</h2><div "
        "class=\"scroll\"><table><thead><tr><th><th>expected<th>observed<th "
        "class=\"n\">asked<th>written at</thead><tbody>\n";
    for (const auto* one : order) {
      out_ += fmt::format("<tr class=\"{}\"><td>{}<td><code>{}</code>", name_of(one->verdict),
                          html::badge(one->verdict), escape(one->text));
      if (!one->because.empty())
        out_ += fmt::format("<div class=\"note\">because {}</div>", escape(one->because));
      out_ +=
          fmt::format("<td>{}<td class=\"n\">{}<td>{}\n", escape(one->message),
                      grouped(static_cast<std::int64_t>(one->evaluations)), place_link(one->place));
    }
    out_ += "</tbody></table></div></section>\n";
  }

  void waterfalls() {
    std::string body;
    for (const auto& timing : run_.timings) {
      const auto parts = main_parts(timing, kPartsMax);
      if (!timing.measured || parts.size() < 2 || *timing.measured <= Nanos(0)) continue;
      body += fmt::format(
          "<h3>{} <span class=\"muted\">of {}</span>: {}</h3><table class=\"falls\"><tbody>\n",
          escape(timing.name), escape(timing.fault), measured_of(timing));
      const auto whole = std::max<std::int64_t>(1, timing.measured->count() / 1'000'000);
      Nanos at{0};
      for (const auto& part : parts) {
        const auto permille = [&](Nanos span) {
          return std::min<std::int64_t>(span.count() / 1'000'000 * 1000 / whole, 1000);
        };
        const auto left = permille(at);
        const auto width = std::max<std::int64_t>(0, std::min(permille(part.span), 1000 - left));
        body += fmt::format(
            "<tr><td>{}<td><div class=\"bar\"><i style=\"left:{}%;width:{}%\"></i></div><td "
            "class=\"n\">{}\n",
            escape(part.what), html::tenths(left), html::tenths(width), format_duration(part.span));
        at += part.span;
      }
      body += "</tbody></table>\n";
    }
    if (body.empty()) return;
    out_ +=
        "<section><h2>Why this long</h2><p class=\"muted\">Each timing in its steps, one after the "
        "other.</p>\n" +
        body + "</section>\n";
  }

  /// Which events get a row: all, or when there are too many those that matter, and of those the
  /// first and last.
  std::vector<const Event*> rows(std::size_t& left_out) const {
    std::vector<const Event*> all;
    for (const auto& event : run_.events) {
      if (event.kind != EventKind::traffic) all.push_back(&event);
    }
    left_out = 0;
    if (all.size() <= kLogRowsMax) return all;
    auto kept = all;
    std::erase_if(kept, [](const Event* event) {
      const bool crowd = event->kind == EventKind::state && event->subject.starts_with("traffic.");
      return crowd || !(tell(*event).worth || event->kind == EventKind::truth);
    });
    if (kept.size() > kLogRowsMax) {
      const auto first = kept.begin() + static_cast<std::ptrdiff_t>(kLogRowsMax / 3 * 2);
      kept.erase(first,
                 kept.end() - static_cast<std::ptrdiff_t>(kLogRowsMax - kLogRowsMax / 3 * 2));
    }
    left_out = all.size() - kept.size();
    return kept;
  }

  void log() {
    std::size_t left_out = 0;
    const auto kept = rows(left_out);
    if (kept.empty()) return;
    std::set<std::uint64_t> ids;
    for (const auto* event : kept) ids.insert(event->id);
    out_ += fmt::format(
        "<section><details><summary class=\"h\">Event log: {}</summary>\n<p class=\"note\">Counts "
        "of requests by "
        "the second are in the pictures above.{}</p>\n",
        counted(kept.size(), "event"),
        left_out == 0
            ? ""
            : fmt::format(" {} of less weight are left out here; the run file has them all.",
                          counted(left_out, "event")));
    out_ +=
        "<form class=\"filter\" id=\"filter\" hidden onsubmit=\"return false\"><input "
        "type=\"search\" "
        "aria-label=\"Words to look for\" placeholder=\"words to look for\">";
    for (const char* kind : {"run", "fault", "truth", "belief", "state", "fact", "check"}) {
      out_ +=
          fmt::format("<label><input type=\"checkbox\" value=\"{0}\" checked> {0}</label>", kind);
    }
    out_ +=
        "<output></output></form>\n<div class=\"scroll\"><table "
        "class=\"log\"><thead><tr><th>time<th>kind<th>cluster<th>what"
        "<th>said by<th>because</thead><tbody id=\"log\">\n";
    for (const auto* event : kept) {
      const auto news = tell(*event);
      out_ += fmt::format(
          "<tr id=e{0}><td class=mono><a href=#e{0}>{1}</a><td class=k>{2}<td>{3}<td>{4}",
          event->id, format_run_time(event->at), name_of(event->kind),
          escape(fit(event->cluster, 40)), escape(fit(news.what, 200)));
      if (!event->message.empty())
        out_ += fmt::format(" <span class=k>{}</span>", escape(fit(clean(event->message), 300)));
      out_ += fmt::format("<td class=k>{}<td>", escape(fit(event->who, 40)));
      if (ids.contains(event->cause)) out_ += fmt::format("<a href=#e{0}>#{0}</a>", event->cause);
      out_ += '\n';
    }
    out_ += "</tbody></table></div></details></section>\n";
  }

  void pairs(std::string_view title, const std::vector<std::pair<std::string, std::string>>& all) {
    if (all.empty()) return;
    out_ += fmt::format("<div><h3>{}</h3><table><tbody>\n", title);
    for (std::size_t i = 0; i < all.size() && i < kTableMax; ++i) {
      out_ += fmt::format("<tr><td>{}<td class=\"n\">{}\n", escape(all[i].first),
                          escape(all[i].second));
    }
    out_ += "</tbody></table>";
    if (all.size() > kTableMax)
      out_ += fmt::format("<p class=\"note\">and {} more</p>", all.size() - kTableMax);
    out_ += "</div>\n";
  }

  void inputs() {
    out_ += "<section><h2>Inputs</h2><div class=\"cols\">\n";
    pairs("Values drawn from the seed", run_.drawn);
    std::vector<std::pair<std::string, std::string>> clusters;
    for (const auto& one : run_.clusters) {
      clusters.emplace_back(one.name, one.region.empty() ? one.role : one.role + ", " + one.region);
    }
    pairs("Clusters", clusters);
    std::vector<std::pair<std::string, std::string>> faults;
    for (const auto& one : run_.faults) {
      const auto when = !one.start ? std::string("never began")
                                   : fmt::format("{} to {}, {}", format_run_time(*one.start),
                                                 one.end ? format_run_time(*one.end) : "the end",
                                                 counted(one.hits, "hit"));
      faults.emplace_back(one.name, when);
    }
    pairs("Faults", faults);
    std::vector<std::pair<std::string, std::string>> counters;
    for (const auto& [name, count] : run_.counters) counters.emplace_back(name, grouped(count));
    pairs("Counted", counters);
    out_ += "</div>\n";
    if (!run_.source.empty()) {
      out_ += fmt::format("<h3>{}</h3>\n<pre class=\"src\">",
                          escape(run_.file.empty() ? "scenario" : run_.file));
      std::string_view rest = first_bytes(run_.source, kSourceBytesMax);
      for (int n = 1; !rest.empty(); ++n) {
        const auto end = rest.find('\n');
        out_ += fmt::format("<span id=L{}>{}</span>", n, escape(rest.substr(0, end), true));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      }
      out_ += "</pre>\n";
      if (run_.source.size() > kSourceBytesMax)
        out_ += "<p class=\"note\">The rest of the file is left out.</p>";
    }
    out_ += "</section>\n";
  }

  const Run& run_;
  html::Lanes lanes_;
  std::string out_;
};

}  // namespace

std::string to_html(const Run& run) { return Page(run).all(); }

}  // namespace spokelab::reports
