// The run file: writing it, and reading it back from anybody's hands.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/json.h"
#include "reports/json.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

constexpr std::string_view kFormat = "spokelab.run";
constexpr int kVersion = 1;
constexpr EventKind kKinds[] = {EventKind::run,     EventKind::truth, EventKind::belief,
                                EventKind::state,   EventKind::fact,  EventKind::fault,
                                EventKind::traffic, EventKind::check};
/// Fields of an event's line, before its numbers.
constexpr std::size_t kEventFields = 8;
/// No run lasts longer than ten years; it keeps all sums of times far from overflow.
constexpr std::int64_t kNanosMax = 10LL * 365 * 24 * 3600 * 1'000'000'000;

std::string print(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
         c != '"' && c != '\\';
}

/// Appends a JSON string. `text` becomes what will be read back: other bytes than UTF-8 are
/// replaced.
void put_text(std::string& out, std::string& text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out.append("\"").append(text).append("\"");
    return;
  }
  const auto printed = print(Json(text));
  text = Json::parse(printed).get<std::string>();
  out += printed;
}

/// Appends an event's line, and makes the event what will be read back.
void put_event(std::string& out, Event& event) {
  fmt::format_to(std::back_inserter(out), "[{},\"{}\"", event.at.time_since_epoch().count(),
                 name_of(event.kind));
  for (auto* text : {&event.who, &event.subject, &event.value, &event.cluster, &event.message}) {
    out += ',';
    put_text(out, *text);
  }
  fmt::format_to(std::back_inserter(out), ",{}", event.cause);
  for (auto& [name, number] : event.numbers) {
    out += ',';
    put_text(out, name);
    fmt::format_to(std::back_inserter(out), ",{}", number);
  }
  out += "]\n";
}

Json place_json(const Place& place) { return Json::array({place.file, place.line, place.column}); }
Json instant_json(const std::optional<RunTime>& at) {
  return at ? Json(at->time_since_epoch().count()) : Json();
}
Json span_json(const std::optional<Nanos>& span) { return span ? Json(span->count()) : Json(); }

Json run_json(const Run& run) {
  Json out = {{"scenario", run.scenario},
              {"because", run.because},
              {"variant", run.variant},
              {"file", run.file},
              {"source", run.source},
              {"seed", run.seed},
              {"swarm", run.swarm},
              {"plant", run.plant},
              {"version", run.version},
              {"profile", run.profile},
              {"lasts", run.lasts.count()},
              {"ended", run.ended.time_since_epoch().count()},
              {"wall", run.wall.count()},
              {"hash", run.hash},
              {"verdict", name_of(run.verdict)},
              {"stated", name_of(run.stated)},
              {"reasons", run.reasons},
              {"traffic", run.traffic},
              {"replay", run.replay},
              {"drawn", run.drawn},
              {"counters", run.counters}};
  for (const char* name : {"clusters", "faults", "timings", "expectations"})
    out[name] = Json::array();
  for (const auto& one : run.clusters) out["clusters"].push_back({one.name, one.region, one.role});
  for (const auto& one : run.faults) {
    out["faults"].push_back({{"name", one.name},
                             {"what", one.what},
                             {"scope", one.scope},
                             {"start", instant_json(one.start)},
                             {"end", instant_json(one.end)},
                             {"hits", one.hits},
                             {"clusters", one.clusters}});
  }
  for (const auto& one : run.timings) {
    Json parts = Json::array();
    for (const auto& part : one.parts) parts.push_back(Json::array({part.what, part.span.count()}));
    out["timings"].push_back({{"fault", one.fault},
                              {"name", one.name},
                              {"measured", span_json(one.measured)},
                              {"limit", span_json(one.limit)},
                              {"verdict", name_of(one.verdict)},
                              {"parts", parts},
                              {"note", one.note},
                              {"place", place_json(one.place)}});
  }
  for (const auto& one : run.expectations) {
    out["expectations"].push_back({{"text", one.text},
                                   {"because", one.because},
                                   {"verdict", name_of(one.verdict)},
                                   {"message", one.message},
                                   {"decidedAt", instant_json(one.decided_at)},
                                   {"evaluations", one.evaluations},
                                   {"place", place_json(one.place)}});
  }
  return out;
}

/// Reads a document field by field; the first wrong one is remembered, and all is empty from there
/// on.
class Reader {
 public:
  explicit Reader(const Json& at, std::string path = "") : at_(at), path_(std::move(path)) {}

  std::string text(const char* name) {
    const auto* value = field(name, &Json::is_string, "a text");
    return value ? value->get<std::string>() : "";
  }
  std::int64_t number(const char* name, std::int64_t low, std::int64_t high) {
    const auto* value = field(name, &Json::is_number_integer, "a whole number");
    return value ? checked(*value, low, high, name) : low;
  }
  std::uint64_t count(const char* name) {
    const auto* value = field(name, &Json::is_number_unsigned, "a count");
    return value ? value->get<std::uint64_t>() : 0;
  }
  bool truth(const char* name) {
    const auto* value = field(name, &Json::is_boolean, "true or false");
    return value != nullptr && value->get<bool>();
  }
  Nanos span(const char* name) { return Nanos(number(name, 0, kNanosMax)); }
  std::optional<Nanos> maybe_span(const char* name) {
    if (at_.is_object() && at_.contains(name) && at_[name].is_null()) return std::nullopt;
    return span(name);
  }
  std::optional<RunTime> maybe_instant(const char* name) {
    const auto since = maybe_span(name);
    return since ? std::optional<RunTime>(RunTime(*since)) : std::nullopt;
  }
  Verdict verdict() { return verdict_in("verdict"); }
  Verdict verdict_in(const char* name) {
    if (const auto verdict = verdict_of(text(name))) return *verdict;
    wrong(name, "passed, failed or inconclusive");
    return Verdict::inconclusive;
  }
  bool has(const char* name) const { return at_.is_object() && at_.contains(name); }
  Place place() {
    const auto* value = field("place", &Json::is_array, "a place");
    if (!value) return {};
    const bool good = value->size() == 3 && (*value)[0].is_string() &&
                      (*value)[1].is_number_integer() && (*value)[2].is_number_integer();
    if (!good) {
      wrong("place", "[file, line, column]");
      return {};
    }
    constexpr int kMost = std::numeric_limits<int>::max();
    return {(*value)[0].get<std::string>(),
            static_cast<int>(checked((*value)[1], 0, kMost, "place")),
            static_cast<int>(checked((*value)[2], 0, kMost, "place"))};
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const auto* value = field(name, &Json::is_array, "a list");
    if (!value) return out;
    for (const auto& one : *value) {
      if (!one.is_string()) {
        wrong(name, "a list of texts");
        return {};
      }
      out.push_back(one.get<std::string>());
    }
    return out;
  }
  /// Calls `each` for every element of a list.
  template <class Each>
  void list(const char* name, Each each) {
    const auto* value = field(name, &Json::is_array, "a list");
    if (!value) return;
    for (const auto& one : *value) {
      Reader inner(one, path_ + name + ".");
      each(inner);
      if (problem_.empty()) problem_ = inner.problem_;
      if (!problem_.empty()) return;
    }
  }
  /// An element of the shape [text, T, ...]: its texts and numbers by position.
  std::string text_item(std::size_t i) {
    if (at_.is_array() && i < at_.size() && at_[i].is_string()) return at_[i].get<std::string>();
    wrong(fmt::format("{}", i).c_str(), "a text");
    return "";
  }
  std::int64_t number_item(std::size_t i, std::int64_t low) {
    if (at_.is_array() && i < at_.size() && at_[i].is_number_integer()) {
      return checked(at_[i], low, low < 0 ? std::numeric_limits<std::int64_t>::max() : kNanosMax,
                     "value");
    }
    wrong(fmt::format("{}", i).c_str(), "a whole number");
    return low < 0 ? 0 : low;
  }
  void refuse(const char* name, const char* wanted) { wrong(name, wanted); }
  const std::string& problem() const { return problem_; }

 private:
  const Json* field(const char* name, bool (Json::*is)() const noexcept, const char* wanted) {
    const auto* value = find(at_, {name});
    if (value != nullptr && (value->*is)()) return value;
    wrong(name, wanted);
    return nullptr;
  }
  std::int64_t checked(const Json& value, std::int64_t low, std::int64_t high, const char* name) {
    const bool huge = value.is_number_unsigned() &&
                      value.get<std::uint64_t>() >
                          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!huge) {
      const auto number = value.get<std::int64_t>();
      if (number >= low && number <= high) return number;
    }
    wrong(name, "within its bounds");
    return low < 0 ? 0 : low;
  }
  void wrong(const char* name, const char* wanted) {
    if (problem_.empty()) problem_ = fmt::format("{}{} must be {}", path_, name, wanted);
  }

  const Json& at_;
  std::string path_;
  std::string problem_;
};

void read_tables(Reader& in, Run& run) {
  in.list("clusters", [&](Reader& one) {
    run.clusters.push_back({one.text_item(0), one.text_item(1), one.text_item(2)});
  });
  in.list("drawn",
          [&](Reader& one) { run.drawn.emplace_back(one.text_item(0), one.text_item(1)); });
  in.list("counters", [&](Reader& one) {
    auto name = one.text_item(0);
    run.counters.emplace_back(std::move(name),
                              one.number_item(1, std::numeric_limits<std::int64_t>::min()));
  });
  in.list("faults", [&](Reader& one) {
    FaultWindow fault;
    fault.name = one.text("name");
    fault.what = one.text("what");
    fault.scope = one.text("scope");
    fault.start = one.maybe_instant("start");
    fault.end = one.maybe_instant("end");
    fault.hits = one.count("hits");
    fault.clusters = one.texts("clusters");
    run.faults.push_back(std::move(fault));
  });
  in.list("timings", [&](Reader& one) {
    Timing timing;
    timing.fault = one.text("fault");
    timing.name = one.text("name");
    timing.measured = one.maybe_span("measured");
    timing.limit = one.maybe_span("limit");
    timing.verdict = one.verdict();
    one.list("parts", [&](Reader& part) {
      auto what = part.text_item(0);
      timing.parts.push_back({std::move(what), Nanos(part.number_item(1, 0))});
    });
    Nanos sum{0};
    for (const auto& part : timing.parts) {
      if (part.span > Nanos(kNanosMax) - sum) {
        one.refuse("parts", "shorter than ten years together");
        break;
      }
      sum += part.span;
    }
    timing.note = one.text("note");
    timing.place = one.place();
    run.timings.push_back(std::move(timing));
  });
  in.list("expectations", [&](Reader& one) {
    Expectation expectation;
    expectation.text = one.text("text");
    expectation.because = one.text("because");
    expectation.verdict = one.verdict();
    expectation.message = one.text("message");
    expectation.decided_at = one.maybe_instant("decidedAt");
    expectation.evaluations = one.count("evaluations");
    expectation.place = one.place();
    run.expectations.push_back(std::move(expectation));
  });
}

Result<Run> read_run(const Json& document) {
  Reader in(document);
  Run run;
  run.scenario = in.text("scenario");
  run.because = in.text("because");
  run.variant = in.text("variant");
  run.file = in.text("file");
  run.source = in.text("source");
  run.seed = in.count("seed");
  if (in.has("swarm")) run.swarm = in.truth("swarm");
  if (in.has("plant")) run.plant = in.text("plant");
  run.version = in.text("version");
  run.profile = in.text("profile");
  run.lasts = in.span("lasts");
  run.ended = RunTime(in.span("ended"));
  run.wall = in.span("wall");
  run.hash = in.text("hash");
  run.verdict = in.verdict();
  if (in.has("stated")) run.stated = in.verdict_in("stated");
  run.reasons = in.texts("reasons");
  run.traffic = in.texts("traffic");
  run.replay = in.text("replay");
  read_tables(in, run);
  if (!in.problem().empty()) return Error(Errc::bad_input, in.problem());
  return run;
}

Result<Event> read_event(const Json& line, RunTime last, std::uint64_t id) {
  const auto wrong = [](std::string_view what) {
    return Error(Errc::bad_input, fmt::format("an event's {}", what));
  };
  if (line.size() < kEventFields || (line.size() - kEventFields) % 2 != 0)
    return wrong("line has the wrong length");
  if ((line.size() - kEventFields) / 2 > kNumbersMax) {
    return Error(Errc::limit, fmt::format("an event has more than {} numbers", kNumbersMax));
  }
  if (!line[0].is_number_integer()) return wrong("time is no whole number");
  const bool late = line[0].is_number_unsigned() &&
                    line[0].get<std::uint64_t>() > static_cast<std::uint64_t>(kNanosMax);
  Event event;
  event.id = id;
  event.at = RunTime(Nanos(late ? -1 : line[0].get<std::int64_t>()));
  if (event.at < last) return wrong("time is before the last one's, or beyond ten years");
  std::string* texts[] = {&event.who, &event.subject, &event.value, &event.cluster, &event.message};
  for (std::size_t i = 1; i < kEventFields - 1; ++i) {
    if (!line[i].is_string()) return wrong("texts are no texts");
    if (i >= 2) *texts[i - 2] = line[i].get<std::string>();
  }
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](EventKind one) {
    return name_of(one) == line[1].get_ref<const std::string&>();
  });
  if (kind == std::end(kKinds)) return wrong("kind is unknown");
  event.kind = *kind;
  const auto& cause = line[kEventFields - 1];
  if (!cause.is_number_unsigned() || cause.get<std::uint64_t>() >= id)
    return wrong("cause does not come before it");
  event.cause = cause.get<std::uint64_t>();
  for (std::size_t i = kEventFields; i < line.size(); i += 2) {
    if (!line[i].is_string() || !line[i + 1].is_number_integer())
      return wrong("numbers are no numbers");
    if (line[i + 1].is_number_unsigned() &&
        line[i + 1].get<std::uint64_t>() >
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return wrong("numbers are too large");
    }
    event.numbers.emplace_back(line[i].get<std::string>(), line[i + 1].get<std::int64_t>());
  }
  return event;
}

/// Hands out lines one by one.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::size_t number() const { return number_; }
  bool done() const { return rest_.empty(); }
  Result<Json> next() {
    ++number_;
    if (rest_.empty()) return Error(Errc::bad_input, "the file is cut short");
    const auto end = rest_.find('\n');
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.size() > kRunLineBytesMax) {
      return Error(Errc::limit, fmt::format("the line is longer than {} bytes", kRunLineBytesMax));
    }
    return parse_json(line);
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

Result<Run> read_all(Lines& lines) {
  const auto header = lines.next();
  if (!header) return header.error();
  if (text_at(*header, {"format"}) != kFormat) return Error(Errc::bad_input, "this is no run file");
  const auto version = int_at(*header, {"version"});
  if (version != kVersion) {
    return Error(
        Errc::unsupported,
        fmt::format("version {} of the run file is not known here (only {})", version, kVersion));
  }
  const auto body = lines.next();
  if (!body) return body.error();
  auto run = read_run(*body);
  if (!run) return run;
  Fingerprint told;
  RunTime last{};
  for (;;) {
    const auto line = lines.next();
    if (!line) return line.error();
    if (line->is_object()) {
      const auto count = int_at(*line, {"events"}, -1);
      if (count != static_cast<std::int64_t>(run->events.size()) ||
          text_at(*line, {"digest"}) != told.text()) {
        return Error(Errc::bad_input, "the events are not those that were written");
      }
      break;
    }
    if (!line->is_array()) return Error(Errc::bad_input, "neither an event nor the end");
    const auto id = run->events.size() + 1;
    if (id > History::kEventsMax)
      return Error(Errc::limit, fmt::format("more than {} events", History::kEventsMax));
    auto event = read_event(*line, last, id);
    if (!event) return event.error();
    last = event->at;
    event->id = id;
    told.add(*event);
    run->events.push_back(std::move(*event));
  }
  if (!lines.done()) return Error(Errc::bad_input, "something follows the end");
  return run;
}

}  // namespace

std::string save_run(const Run& run) {
  std::string out =
      print({{"format", kFormat}, {"version", kVersion}, {"spokelab", run.version}}) + "\n";
  out += print(run_json(run)) + "\n";
  Fingerprint told;
  for (const auto& event : run.events) {
    auto written = event;
    put_event(out, written);
    told.add(written);
  }
  return out + print({{"events", run.events.size()}, {"digest", told.text()}}) + "\n";
}

Result<Run> load_run(std::string_view text) {
  Lines lines(text);
  auto run = read_all(lines);
  if (!run) return run.error().within(fmt::format("run file, line {}", lines.number()));
  return run;
}

}  // namespace spokelab::reports
