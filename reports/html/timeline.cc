// Drawing the time line.
#include "reports/html/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/duration.h"
#include "reports/html/writer.h"
#include "reports/text.h"

namespace spokelab::reports::html {

namespace {

// All lengths in pixels of the drawing; x in tenths, so that no two compilers round differently.
constexpr int kWidth = 1190;
constexpr int kLeft = 178;
constexpr int kRight = 1180;
constexpr int kRow = 19;
constexpr int kBar = 14;
constexpr int kChart = 96;
constexpr int kMarkRow = 15;
constexpr int kMarkRowsMax = 8;
/// Spans narrower than this are drawn together.
constexpr int kNarrow = 8;            // tenths
constexpr std::int64_t kLetter = 62;  // tenths of a pixel, on average
constexpr std::size_t kBuckets = 500;
constexpr std::size_t kFaultRowsMax = 6;
constexpr std::size_t kCloseFaultsMax = 3;
constexpr std::size_t kSpansMax = 400;
/// Layers with a colour of their own; more share one.
constexpr std::size_t kLayersMax = 5;
constexpr std::size_t kTableRowsMax = 120;

const char* class_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::bad:
      return "bad";
    case Tone::warn:
      return "warn";
    case Tone::quiet:
    case Tone::fault:
      return "quiet";
  }
  return "quiet";
}

/// "2:05", "1:02:05", "+12s".
std::string axis_label(Nanos at, bool relative) {
  if (relative) return at == Nanos(0) ? "0" : (at > Nanos(0) ? "+" : "") + format_duration(at);
  const auto s = at.count() / 1'000'000'000;
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

Nanos tick_step(Nanos span) {
  constexpr std::int64_t kSteps[] = {1,     2,     5,     10,     15,     30,      60,
                                     120,   300,   600,   900,    1800,   3600,    7200,
                                     21600, 43200, 86400, 172800, 604800, 2592000, 31536000};
  for (const auto step : kSteps) {
    if (span <= std::chrono::seconds(step * 12)) return std::chrono::seconds(step);
  }
  return std::chrono::seconds(kSteps[std::size(kSteps) - 1]);
}

class Drawing {
 public:
  Drawing(const Run& run, const Lanes& lanes, const View& view)
      : run_(run), lanes_(lanes), view_(view) {}

  std::string all() {
    faults();
    marks();
    const int top = y_;
    for (const auto& requests : lanes_.requests) chart(requests);
    for (const auto& group : lanes_.groups) draw(group);
    axis(top);
    shade(top);
    const int height = y_ + 22;
    auto out = fmt::format(
        "<figure><div class=\"scroll wide\"><svg viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-labelledby=\"{}-t {}-d\"><title "
        "id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>\n",
        kWidth, height, view_.id, view_.id, view_.id, escape(view_.title), view_.id,
        escape(view_.description));
    out += grid_ + body_ + over_;
    return out + "</svg></div></figure>\n";
  }

 private:
  /// Tenths of a pixel. Milliseconds keep the product small for every run.
  std::int64_t x(RunTime at) const {
    const auto ms = [](Nanos span) { return span.count() / 1'000'000; };
    const auto span = std::max<std::int64_t>(1, ms(view_.to - view_.from));
    const auto inside = std::clamp(at, view_.from, view_.to);
    return kLeft * 10 + ms(inside - view_.from) * (kRight - kLeft) * 10 / span;
  }

  static std::string px(std::int64_t value) { return tenths(value); }

  static void rect(std::string& out, std::int64_t from, std::int64_t to, int y, int height,
                   std::string_view css, std::string_view title = "") {
    out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"", px(from),
                       y, px(std::max<std::int64_t>(to - from, 10)), height, css);
    if (title.empty()) {
      out += "/>";
    } else {
      out += fmt::format("><title>{}</title></rect>", escape(title));
    }
  }

  static void text(std::string& out, std::int64_t at, int y, std::string_view css,
                   std::string_view what) {
    out +=
        fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>", px(at), y, css, escape(what));
  }

  bool shown(const FaultWindow& fault) const {
    return fault.start && *fault.start < view_.to && fault.end.value_or(run_.ended) > view_.from;
  }

  void faults() {
    std::size_t row = 0;
    for (const auto& fault : run_.faults) {
      if (!shown(fault)) continue;
      if (row == kFaultRowsMax) {
        text(body_, 0, y_ + 12, "m", "more faults are left out");
        y_ += kRow;
        break;
      }
      const auto from = x(*fault.start);
      const auto to = x(fault.end.value_or(run_.ended));
      const auto label = fmt::format("{}: {}{}{}", fault.name, fault.what,
                                     fault.scope.empty() ? "" : " ", fault.scope);
      text(body_, 0, y_ + 13, "g", row == 0 ? "faults" : "");
      rect(body_, from, to, y_, kRow - 1, "fb",
           fmt::format("{}, {} to {}", label, format_run_time(*fault.start),
                       format_run_time(fault.end.value_or(run_.ended))));
      const auto room = static_cast<std::int64_t>(columns(label)) * 66 + 80;
      if (to - from >= room) {
        text(body_, from + 60, y_ + 13, "fb", label);
      } else if (to + room < kRight * 10) {
        text(body_, to + 50, y_ + 13, "fb", label);
      } else {
        text(body_, from - 50, y_ + 13, "fb e", label);
      }
      y_ += kRow + 2;
      ++row;
    }
    steps();
    y_ += 2;
  }

  void steps() {
    bool any = false;
    for (const auto& event : run_.events) {
      if (!event.subject.starts_with("step.") || event.at < view_.from || event.at > view_.to)
        continue;
      if (!any) text(body_, 0, y_ + 12, "g", "steps");
      any = true;
      const auto at = x(event.at);
      body_ += fmt::format("<path class=\"mkd\" d=\"M{} {}l4 5-4 5-4-5z\"><title>{}</title></path>",
                           px(at), y_ + 3,
                           escape(event.subject.substr(5) + " at " + format_run_time(event.at)));
      text(body_, at + 70, y_ + 12, "m", fit(clean(event.subject.substr(5)), 24));
    }
    if (any) y_ += kRow;
  }

  struct Mark {
    RunTime at;
    std::string label;
  };

  std::vector<Mark> noticed() const {
    std::vector<Mark> marks;
    for (const auto& timing : run_.timings) {
      if (!timing.measured || *timing.measured == Nanos(0)) continue;
      const auto fault =
          std::find_if(run_.faults.begin(), run_.faults.end(),
                       [&](const FaultWindow& one) { return one.name == timing.fault; });
      if (fault == run_.faults.end() || !fault->start) continue;
      const bool after = timing.name == "reconvergence";
      if (timing.name == "downtime" || (after && !fault->end)) continue;
      const auto at = (after ? *fault->end : *fault->start) + *timing.measured;
      if (at < view_.from || at > view_.to) continue;
      auto name = clean(timing.name);
      if (name.starts_with("detection.")) name = fmt::format("{} noticed", name.substr(10));
      if (name == "failover") name = "failed over";
      if (after) name = "reconverged";
      marks.push_back({at, fmt::format("{} {}", name, format_duration(*timing.measured))});
    }
    std::stable_sort(marks.begin(), marks.end(),
                     [](const Mark& a, const Mark& b) { return a.at < b.at; });
    return marks;
  }

  /// Instants at which something was noticed, with their names on as many rows as it takes.
  void marks() {
    const auto all = noticed();
    if (all.empty()) return;
    std::array<std::int64_t, kMarkRowsMax> taken{};
    int rows = 0;
    for (const auto& mark : all) {
      const auto at = x(mark.at);
      const auto room = static_cast<std::int64_t>(columns(mark.label)) * kLetter + 120;
      const bool left = at + room > kRight * 10;
      const auto from = left ? at - room : at;
      int row = 0;
      while (row + 1 < kMarkRowsMax && taken[static_cast<std::size_t>(row)] > from) ++row;
      taken[static_cast<std::size_t>(row)] =
          std::max(taken[static_cast<std::size_t>(row)], at + (left ? 40 : room));
      rows = std::max(rows, row + 1);
      const int y = y_ + row * kMarkRow + 8;
      body_ += fmt::format("<circle class=\"mkd\" cx=\"{}\" cy=\"{}\" r=\"3\"/>", px(at), y);
      text(body_, left ? at - 60 : at + 60, y + 4, left ? "e" : "", mark.label);
      lines_.emplace_back(at, y);
    }
    text(body_, 0, y_ + 12, "g", "noticed");
    y_ += rows * kMarkRow + 6;
  }

  struct Bucket {
    std::int64_t from;  // tenths
    std::int64_t to;
    std::vector<std::int64_t> tops;  // per mille, summed up; the failed ones end at 1000
    bool operator==(const Bucket& other) const { return tops == other.tops; }
  };

  std::vector<Bucket> buckets(const Requests& requests, std::size_t layers) const {
    struct Sum {
      std::int64_t sent = 0;
      std::vector<std::int64_t> ok;
      std::int64_t from = INT64_MAX;
      std::int64_t to = 0;
    };
    std::map<std::int64_t, Sum> sums;
    const auto width =
        std::max<std::int64_t>(1, (kRight - kLeft) * 10 / static_cast<std::int64_t>(kBuckets));
    for (const auto& one : requests.intervals) {
      if (one.to <= view_.from || one.from >= view_.to || one.sent == 0) continue;
      const auto middle = one.from + (one.to - one.from) / 2;
      auto& sum = sums[(x(middle) - kLeft * 10) / width];
      sum.ok.resize(layers);
      sum.sent += one.sent;
      for (std::size_t i = 0; i < one.ok.size(); ++i) sum.ok[std::min(i, layers - 1)] += one.ok[i];
      sum.from = std::min(sum.from, x(one.from));
      sum.to = std::max(sum.to, x(one.to));
    }
    std::vector<Bucket> out;
    for (const auto& [index, sum] : sums) {
      Bucket bucket{sum.from, sum.to, {}};
      std::int64_t total = 0;
      for (const auto ok : sum.ok) {
        total = std::min(total + ok, sum.sent);
        bucket.tops.push_back(total * 1000 / sum.sent);
      }
      if (!out.empty()) bucket.from = std::max(bucket.from, std::min(out.back().to, bucket.to));
      if (!out.empty() && out.back() == bucket && bucket.from - out.back().to <= 1) {
        out.back().to = bucket.to;
      } else {
        out.push_back(std::move(bucket));
      }
    }
    return out;
  }

  /// The area under one layer's upper edge; layers below are drawn over it.
  static std::string area(const std::vector<Bucket>& buckets, std::size_t layer, int bottom) {
    const auto height = [&](const Bucket& bucket) -> std::int64_t {
      const auto share = layer < bucket.tops.size() ? bucket.tops[layer] : 1000;
      return share * kChart / 100;  // tenths
    };
    std::string d;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      const bool joins = i > 0 && buckets[i].from - buckets[i - 1].to <= 1;
      const auto y = bottom * 10 - height(buckets[i]);
      if (!joins) {
        if (i > 0) d += fmt::format("V{}Z", bottom);
        d += fmt::format("M{} {}", px(buckets[i].from), bottom);
      }
      if (!joins || height(buckets[i]) != height(buckets[i - 1])) d += fmt::format("V{}", px(y));
      const bool same = i + 1 < buckets.size() && buckets[i + 1].from - buckets[i].to <= 1 &&
                        height(buckets[i + 1]) == height(buckets[i]);
      if (!same) d += fmt::format("H{}", px(buckets[i].to));
    }
    return d.empty() ? d : d + fmt::format("V{}Z", bottom);
  }

  void chart(const Requests& requests) {
    const auto layers = std::min(std::max<std::size_t>(requests.clusters.size(), 1), kLayersMax);
    const auto all = buckets(requests, layers);
    if (all.empty()) return;
    const int top = y_ + 8;
    const int bottom = top + kChart;
    text(body_, 0, top + 11, "g", fit(requests.traffic, 16));
    text(body_, 0, top + 26, "m", "who answers");
    text(body_, 0, top + 40, "m", "the requests");
    for (const int share : {0, 50, 100}) {
      const int y = bottom - share * kChart / 100;
      body_ += fmt::format("<path class=\"grid\" d=\"M{} {}H{}\"/>", kLeft, y, kRight);
      text(body_, kLeft * 10 - 60,
           y + (share == 100 ? 8
                : share == 0 ? 1
                             : 4),
           "m e", fmt::format("{}%", share));
    }
    body_ += fmt::format("<path class=\"bad\" shape-rendering=\"crispEdges\" d=\"{}\"/>",
                         area(all, layers, bottom));
    for (std::size_t layer = layers; layer-- > 0;) {
      body_ += fmt::format("<path class=\"k{}\" shape-rendering=\"crispEdges\" d=\"{}\"/>", layer,
                           area(all, layer, bottom));
    }
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const bool rest = layer + 1 == kLayersMax && requests.clusters.size() > kLayersMax;
      name_layer(all, layer, bottom,
                 rest || requests.clusters.empty() ? "others" : clean(requests.clusters[layer]));
    }
    name_layer(all, layers, bottom, "failed");
    y_ = bottom + 12;
  }

  /// Writes a layer's name where it is wide and high enough; the layer after the last one is the
  /// failed ones.
  void name_layer(const std::vector<Bucket>& all, std::size_t layer, int bottom,
                  const std::string& name) {
    const auto lower = [&](const Bucket& bucket) {
      return layer == 0 ? 0 : bucket.tops[layer - 1];
    };
    const auto upper = [&](const Bucket& bucket) {
      return layer < bucket.tops.size() ? bucket.tops[layer] : 1000;
    };
    const auto css =
        layer < all.front().tops.size() ? fmt::format("in c k{}", layer) : std::string("in c bad");
    const auto need = static_cast<std::int64_t>(columns(name)) * 70 + 100;
    std::vector<std::int64_t> places;
    for (const auto& bucket : all) {
      const auto width = bucket.to - bucket.from;
      if (upper(bucket) - lower(bucket) < 180 || width < need) continue;
      const auto at = bucket.from + width / 2;
      const auto middle = (upper(bucket) + lower(bucket)) / 2;
      if (!places.empty() && at - places.back() < need * 3) continue;
      places.push_back(at);
      text(body_, at, bottom - static_cast<int>(middle * kChart / 1000) + 4, css, name);
    }
  }

  bool changes(const Lane& lane) const {
    const Span* seen = nullptr;
    for (const auto& span : lane.spans) {
      if (span.to <= view_.from || span.from >= view_.to) continue;
      if (seen != nullptr) return true;
      seen = &span;
    }
    return seen != nullptr && (seen->from > view_.from || seen->tone == Tone::bad);
  }

  void draw(const LaneGroup& group) {
    std::vector<const Lane*> shown;
    for (const auto& lane : group.lanes) {
      if (!view_.changes_only || changes(lane)) shown.push_back(&lane);
    }
    if (shown.empty()) return;
    body_ += fmt::format("<path class=\"sep\" d=\"M0 {}H{}\"/>\n", y_, kRight);
    y_ += 5;
    text(body_, 0, y_ + 12, "g", fit(group.name, 11));
    if (!group.remark.empty() && shown.size() > 1)
      text(body_, 0, y_ + 12 + kRow - 4, "m", fit(group.remark, 13));
    for (const auto* lane : shown) {
      text(body_, kLeft * 10 - 80, y_ + 11, "m e",
           fit(lane->name, columns(group.name) > 9 ? 14 : 16));
      draw(*lane);
      y_ += kRow;
    }
    y_ += 4;
  }

  void draw(const Lane& lane) {
    struct Piece {
      std::int64_t from;
      std::int64_t to;
      Tone tone;
      std::string value;
      std::string title;
      std::size_t joined;
    };
    std::vector<Piece> pieces;
    const auto rank = [](Tone tone) {
      return tone == Tone::bad ? 3 : tone == Tone::warn ? 2 : tone == Tone::quiet ? 1 : 0;
    };
    for (const auto& span : lane.spans) {
      if (span.to <= view_.from || span.from >= view_.to) continue;
      const auto from = x(span.from);
      const auto to = x(span.to);
      // What is too narrow to see is drawn as one piece with its neighbour, in the worse of both
      // tones.
      const bool narrow = !pieces.empty() && from - pieces.back().to <= 1 && to - from < kNarrow &&
                          pieces.back().to - pieces.back().from < kNarrow * 4;
      if (narrow || pieces.size() >= kSpansMax) {
        auto& last = pieces.back();
        last.to = to;
        ++last.joined;
        if (rank(span.tone) > rank(last.tone)) last.tone = span.tone;
        continue;
      }
      auto title = fmt::format("{} {} from {} to {}", lane.name, span.value,
                               format_run_time(span.from), format_run_time(span.to));
      if (!span.why.empty()) title += ": " + fit(span.why, 140);
      pieces.push_back({from, to, span.tone, span.value, std::move(title), 1});
    }
    for (const auto& piece : pieces) {
      const auto title = piece.joined > 1
                             ? fmt::format("{} changes, the first: {}", piece.joined, piece.title)
                             : piece.title;
      const bool off = piece.value == "stopped";
      rect(body_, piece.from, piece.to, y_, kBar, off ? "bad" : class_of(piece.tone), title);
      const auto value = fit(piece.value, 28);
      const auto room = static_cast<std::int64_t>(columns(value)) * kLetter + 80;
      if (piece.joined == 1 && piece.to - piece.from >= room)
        text(body_, piece.from + 40, y_ + 11, class_of(piece.tone), value);
    }
    body_ += '\n';
  }

  void axis(int top) {
    y_ += 2;
    const auto zero = view_.zero.value_or(RunTime{});
    const auto step = tick_step(view_.to - view_.from);
    const auto first = (view_.from - zero) / step;  // whole steps, towards zero
    body_ += fmt::format("<path class=\"grid\" d=\"M{} {}H{}\"/>", kLeft, y_, kRight);
    for (auto n = first - 1;; ++n) {
      const auto at = zero + step * n;
      if (at > view_.to) break;
      if (at < view_.from) continue;
      const auto place = x(at);
      grid_ += fmt::format("<path class=\"grid\" d=\"M{} {}V{}\"/>", px(place), top, y_ + 4);
      text(body_, place, y_ + 16, place > (kRight - 20) * 10 ? "m e" : "m c",
           axis_label(at - zero, view_.zero.has_value()));
    }
    text(body_, 0, y_ + 16, "m", view_.zero ? "since then" : "virtual time");
  }

  void shade(int top) {
    for (const auto& fault : run_.faults) {
      if (!shown(fault)) continue;
      const auto from = x(*fault.start);
      const auto to = x(fault.end.value_or(run_.ended));
      rect(over_, from, to, top, y_ - top, "fw");
      if (*fault.start >= view_.from)
        over_ += fmt::format("<path class=\"fe\" d=\"M{} {}V{}\"/>", px(from), top, y_);
      if (fault.end && *fault.end <= view_.to) {
        over_ += fmt::format("<path class=\"fe\" d=\"M{} {}V{}\"/>", px(to), top, y_);
      }
    }
    for (const auto& [at, y] : lines_)
      over_ += fmt::format("<path class=\"mk\" d=\"M{} {}V{}\"/>", px(at), y + 4, y_);
  }

  const Run& run_;
  const Lanes& lanes_;
  const View& view_;
  int y_ = 2;
  std::string grid_;
  std::string body_;
  std::string over_;
  std::vector<std::pair<std::int64_t, int>> lines_;
};

/// The longest of what was noticed after the start of a fault.
Nanos noticed_within(const Run& run, const FaultWindow& fault) {
  Nanos longest = std::chrono::seconds(16);
  for (const auto& timing : run.timings) {
    if (timing.fault != fault.name || !timing.measured) continue;
    if (timing.name.starts_with("detection.") || timing.name == "failover")
      longest = std::max(longest, *timing.measured);
  }
  return longest;
}

std::string describe(const Run& run, const FaultWindow& fault, bool end) {
  auto text = fmt::format("{} of fault {}.", end ? "End" : "Start", fault.name);
  for (const auto& timing : run.timings) {
    if (timing.fault != fault.name || (timing.name == "reconvergence") != end) continue;
    text += fmt::format(" {}: {}.", timing.name, measured_of(timing));
  }
  return text;
}

}  // namespace

std::string timeline(const Run& run, const Lanes& lanes, const View& view) {
  return Drawing(run, lanes, view).all();
}

std::vector<View> close_ups(const Run& run) {
  std::vector<View> views;
  const auto whole = run.ended.time_since_epoch();
  std::size_t told = 0;
  const auto add = [&](const FaultWindow& fault, RunTime zero, Nanos span, bool end) {
    View view;
    const auto pad = span / 8 + std::chrono::seconds(2);
    view.from = std::max(RunTime{}, zero - pad);
    view.to = std::min(run.ended, zero + span + pad);
    if (view.to - view.from > whole / 2 || view.to <= view.from) return;
    view.zero = zero;
    view.changes_only = true;
    view.id = fmt::format("close{}", views.size() + 1);
    view.title = end ? fmt::format("After {} ended at {}", fault.name, format_run_time(zero))
                     : fmt::format("When {} began at {}", fault.name, format_run_time(zero));
    view.description = describe(run, fault, end);
    views.push_back(std::move(view));
  };
  for (const auto& fault : run.faults) {
    if (!fault.start || told++ == kCloseFaultsMax) continue;
    const auto lasts = fault.end.value_or(run.ended) - *fault.start;
    add(fault, *fault.start, std::min(noticed_within(run, fault), lasts), false);
    const auto back =
        std::find_if(run.timings.begin(), run.timings.end(), [&](const Timing& timing) {
          return timing.fault == fault.name && timing.name == "reconvergence";
        });
    if (!fault.end || back == run.timings.end()) continue;
    const auto span = back->measured.value_or(run.ended - *fault.end);
    add(fault, *fault.end, std::max<Nanos>(span, std::chrono::seconds(16)), true);
  }
  return views;
}

std::string requests_table(const Lanes& lanes) {
  std::string out;
  for (const auto& requests : lanes.requests) {
    struct Row {
      Interval sum;
      std::vector<std::int64_t> split;
    };
    std::vector<Row> rows;
    for (const auto& one : requests.intervals) {
      if (one.sent == 0) continue;
      std::vector<std::int64_t> split;
      for (const auto ok : one.ok) split.push_back(ok * 100 / one.sent);
      split.push_back(one.failed == 0 ? 0 : 1 + one.failed * 100 / one.sent);
      const bool joins =
          !rows.empty() && rows.back().split == split && rows.back().sum.to >= one.from;
      if (!joins) {
        rows.push_back({one, std::move(split)});
        continue;
      }
      auto& sum = rows.back().sum;
      sum.to = one.to;
      sum.sent += one.sent;
      sum.failed += one.failed;
      for (std::size_t i = 0; i < sum.ok.size() && i < one.ok.size(); ++i) sum.ok[i] += one.ok[i];
    }
    out += fmt::format(
        "<details><summary>Requests of {} as a table</summary><div "
        "class=\"scroll\"><table><thead><tr><th>from"
        "<th>to<th class=\"n\">sent<th class=\"n\">failed",
        escape(requests.traffic));
    for (const auto& cluster : requests.clusters)
      out += fmt::format("<th class=\"n\">by {}", escape(cluster));
    out += "</thead><tbody>\n";
    for (std::size_t i = 0; i < rows.size() && i < kTableRowsMax; ++i) {
      const auto& sum = rows[i].sum;
      out += fmt::format("<tr><td>{}<td>{}<td class=\"n\">{}<td class=\"n\">{}",
                         format_run_time(sum.from), format_run_time(sum.to), grouped(sum.sent),
                         grouped(sum.failed));
      for (std::size_t k = 0; k < requests.clusters.size(); ++k) {
        out += fmt::format("<td class=\"n\">{}", grouped(k < sum.ok.size() ? sum.ok[k] : 0));
      }
      out += '\n';
    }
    out += "</tbody></table></div>";
    if (rows.size() > kTableRowsMax) {
      out += fmt::format(
          "<p class=\"note\">{} more stretches are left out; the run file has every second.</p>",
          grouped(static_cast<std::int64_t>(rows.size() - kTableRowsMax)));
    }
    out += "</details>\n";
  }
  return out;
}

}  // namespace spokelab::reports::html
