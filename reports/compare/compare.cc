#include "reports/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/duration.h"
#include "base/json.h"
#include "reports/json.h"
#include "reports/paint.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

/// Values by what they are of, in the order of the runs: the first run's, then what only the second
/// has.
template <class Key, class Value>
std::vector<std::pair<Key, std::pair<const Value*, const Value*>>> side_by_side(
    const std::vector<std::pair<Key, const Value*>>& a,
    const std::vector<std::pair<Key, const Value*>>& b) {
  std::vector<std::pair<Key, std::pair<const Value*, const Value*>>> out;
  std::map<Key, std::size_t> known;
  for (const auto& [key, value] : a) {
    if (known.emplace(key, out.size()).second) out.push_back({key, {value, nullptr}});
  }
  for (const auto& [key, value] : b) {
    const auto [at, added] = known.emplace(key, out.size());
    if (added) {
      out.push_back({key, {nullptr, value}});
    } else {
      out[at->second].second.second = value;
    }
  }
  return out;
}

std::string signed_duration(Nanos span) {
  return span < Nanos(0) ? "-" + format_duration(-span) : "+" + format_duration(span);
}

class Comparing {
 public:
  Comparing(const Run& a, const Run& b, Comparison& out) : a_(a), b_(b), out_(out) {}

  void run() {
    plain("scenario", a_.scenario, b_.scenario);
    plain("variant", a_.variant, b_.variant);
    plain("seed", fmt::format("{}", a_.seed), fmt::format("{}", b_.seed));
    plain("swarm", a_.swarm ? "yes" : "no", b_.swarm ? "yes" : "no");
    plain("plant", a_.plant, b_.plant);
    plain("profile", a_.profile, b_.profile);
    plain("version", a_.version, b_.version);
    if (a_.source != b_.source)
      out_.differences.push_back({"scenario text", "", "", "not the same"});
    plain("verdict", name_of(a_.verdict), name_of(b_.verdict));
    plain("ended", format_run_time(a_.ended), format_run_time(b_.ended));
    drawn();
    windows();
    timings();
    expectations();
    counters();
  }

 private:
  void plain(std::string what, std::string a, std::string b, std::string change = "") {
    if (a != b)
      out_.differences.push_back({std::move(what), std::move(a), std::move(b), std::move(change)});
  }

  void drawn() {
    const auto list = [](const Run& run) {
      std::vector<std::pair<std::string, const std::string*>> out;
      for (const auto& [path, value] : run.drawn) out.emplace_back(path, &value);
      return out;
    };
    for (const auto& [path, values] : side_by_side(list(a_), list(b_)))
      plain("drawn " + path, values.first ? *values.first : "",
            values.second ? *values.second : "");
  }

  void windows() {
    const auto list = [](const Run& run) {
      std::vector<std::pair<std::string, const FaultWindow*>> out;
      for (const auto& one : run.faults) out.emplace_back(one.name, &one);
      return out;
    };
    const auto text = [](const FaultWindow* one) {
      if (one == nullptr) return std::string();
      if (!one->start) return std::string("never began");
      return fmt::format("{} to {}", format_run_time(*one->start),
                         one->end ? format_run_time(*one->end) : "the end");
    };
    for (const auto& [name, two] : side_by_side(list(a_), list(b_)))
      plain("fault " + name, text(two.first), text(two.second));
  }

  void timings() {
    const auto list = [](const Run& run) {
      std::vector<std::pair<std::string, const Timing*>> out;
      for (const auto& one : run.timings) out.emplace_back(one.fault + " " + one.name, &one);
      return out;
    };
    const auto text = [](const Timing* one) {
      if (one == nullptr) return std::string();
      const auto judged = one->limit && one->verdict != Verdict::passed ? " (over)" : "";
      return (one->measured ? format_duration(*one->measured) : std::string("never")) + judged;
    };
    for (const auto& [name, two] : side_by_side(list(a_), list(b_))) {
      const auto* a = two.first;
      const auto* b = two.second;
      const bool both = a != nullptr && b != nullptr && a->measured && b->measured;
      if (both && a->measured == b->measured && a->verdict == b->verdict) continue;
      auto change = both ? signed_duration(*b->measured - *a->measured) : std::string();
      auto left = text(a);
      auto right = text(b);
      // Less apart than is printed.
      if (left == right && !(both && a->measured != b->measured)) continue;
      if (left == right && both) {
        left = fmt::format("{}ns", a->measured->count());
        right = fmt::format("{}ns", b->measured->count());
      }
      out_.differences.push_back({name, std::move(left), std::move(right), std::move(change)});
    }
  }

  void expectations() {
    const auto list = [](const Run& run) {
      std::vector<std::pair<std::string, const Expectation*>> out;
      for (const auto& one : run.expectations) out.emplace_back(one.text, &one);
      return out;
    };
    const auto text = [](const Expectation* one) {
      return one == nullptr ? std::string()
                            : fmt::format("{}: {}", name_of(one->verdict), one->message);
    };
    for (const auto& [words, two] : side_by_side(list(a_), list(b_))) {
      const bool alike = two.first != nullptr && two.second != nullptr &&
                         two.first->verdict == two.second->verdict;
      if (!alike) plain(words, text(two.first), text(two.second));
    }
  }

  void counters() {
    const auto list = [](const Run& run) {
      std::vector<std::pair<std::string, const std::int64_t*>> out;
      for (const auto& [name, value] : run.counters) out.emplace_back(name, &value);
      return out;
    };
    for (const auto& [name, two] : side_by_side(list(a_), list(b_))) {
      const auto* a = two.first;
      const auto* b = two.second;
      if (a != nullptr && b != nullptr && *a == *b) continue;
      auto change = std::string();
      if (a != nullptr && b != nullptr) {
        // Whatever a run file says, the difference must not overflow.
        const auto apart = static_cast<__int128>(*b) - *a;
        constexpr __int128 kMost = INT64_MAX;
        if (apart <= kMost && apart >= -kMost) {
          const auto by = static_cast<std::int64_t>(apart);
          change = by > 0 ? "+" + grouped(by) : grouped(by);
        }
      }
      out_.differences.push_back(
          {"count of " + name, a ? grouped(*a) : "", b ? grouped(*b) : "", std::move(change)});
    }
  }

  const Run& a_;
  const Run& b_;
  Comparison& out_;
};

/// To the microsecond: histories part by less than what is told elsewhere.
std::string exact_time(RunTime at) {
  const auto micros = at.time_since_epoch().count() / 1000;
  const auto seconds = micros / 1'000'000;
  return fmt::format("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     micros % 1'000'000);
}

std::vector<Event> some(const std::vector<Event>& events, std::size_t from, std::size_t most) {
  std::vector<Event> out;
  for (auto i = from; i < events.size() && out.size() < most; ++i) out.push_back(events[i]);
  return out;
}

Json event_json(const Event& event) {
  Json out{{"at", format_run_time(event.at)}, {"atNs", event.at.time_since_epoch().count()},
           {"kind", name_of(event.kind)},     {"who", event.who},
           {"subject", event.subject},        {"value", event.value},
           {"cluster", event.cluster},        {"message", event.message}};
  return out;
}

Json events_json(const std::vector<Event>& events) {
  Json out = Json::array();
  for (const auto& event : events) out.push_back(event_json(event));
  return out;
}

}  // namespace

bool same_event(const Event& a, const Event& b) {
  return a.at == b.at && a.kind == b.kind && a.who == b.who && a.subject == b.subject &&
         a.value == b.value && a.cluster == b.cluster && a.message == b.message &&
         a.cause == b.cause && a.numbers == b.numbers;
}

std::optional<std::size_t> first_difference(const std::vector<Event>& a,
                                            const std::vector<Event>& b) {
  const auto count = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (!same_event(a[i], b[i])) return i;
  }
  if (a.size() == b.size()) return std::nullopt;
  return count;
}

Comparison compare(const Run& a, const Run& b, std::size_t context) {
  Comparison out;
  Comparing(a, b, out).run();
  if (const auto at = first_difference(a.events, b.events)) {
    Parting parting;
    parting.index = *at;
    if (*at < a.events.size()) parting.a = a.events[*at];
    if (*at < b.events.size()) parting.b = b.events[*at];
    parting.before = some(a.events, *at - std::min(*at, context), std::min(*at, context));
    parting.after_a = some(a.events, *at + 1, context);
    parting.after_b = some(b.events, *at + 1, context);
    out.parting = std::move(parting);
  }
  return out;
}

std::string line_of(const Event& event) {
  auto out =
      fmt::format("{}  {}: {}", exact_time(event.at), clean(event.who), clean(event.subject));
  if (!event.value.empty()) out += fmt::format(" = {}", clean(event.value));
  if (!event.message.empty()) out += fmt::format("  {}", clean(event.message));
  if (event.kind == EventKind::traffic || !event.numbers.empty()) {
    constexpr std::size_t kMost = 6;
    for (std::size_t i = 0; i < event.numbers.size() && i < kMost; ++i)
      out += fmt::format("{}{}={}", i == 0 ? "  [" : " ", clean(event.numbers[i].first),
                         event.numbers[i].second);
    if (!event.numbers.empty()) out += event.numbers.size() > kMost ? " ...]" : "]";
  }
  return out;
}

std::string to_text(const Comparison& comparison, const std::string& name_a,
                    const std::string& name_b, const TerminalOptions& options) {
  if (comparison.same()) {
    return options.quiet ? "" : fmt::format("{} and {} are the same run\n", name_a, name_b);
  }
  std::string out = fmt::format("A: {}\nB: {}\n", name_a, name_b);
  const auto width = width_of(options);
  if (!comparison.differences.empty()) {
    std::size_t what = 8;
    std::size_t a = 1;
    for (const auto& one : comparison.differences) {
      what = std::max(what, columns(clean(one.what)));
      a = std::max(a, columns(clean(one.a)));
    }
    what = std::min(what, width / 2 - 10);
    a = std::min<std::size_t>(a, width / 4);
    out += "\n";
    for (const auto& one : comparison.differences) {
      const auto left = one.a.empty() ? "-" : clean(one.a);
      const auto right = one.b.empty() ? "-" : clean(one.b);
      const auto head = "  " + pad(fit(clean(one.what), what, cut_mark(options)), what) + "  ";
      if (one.a.empty() && one.b.empty()) {
        out += head + clean(one.change) + "\n";
      } else if (columns(left) <= a && columns(head) + a + columns(right) + 16 <= width) {
        out += head + pad(left, a) + "  ->  " + right +
               (one.change.empty() ? "" : "  " + paint(clean(one.change), Ink::bold, options)) +
               "\n";
      } else {
        for (const auto& row : wrap(clean(one.what), width - 2)) out += "  " + row + "\n";
        for (const auto& [sign, text] : {std::pair("A ", left), std::pair("B ", right)}) {
          const auto rows = wrap(text, width - 8);
          for (std::size_t i = 0; i < rows.size(); ++i)
            out += fmt::format("      {}{}\n", i == 0 ? sign : "  ", rows[i]);
        }
      }
    }
  }
  if (!comparison.parting) return out + "\nOne history.\n";
  const auto& parting = *comparison.parting;
  out += fmt::format("\nThe histories part at event {}:\n", parting.index + 1);
  const auto tell = [&](std::string_view sign, const Event& event, Ink ink) {
    for (const auto& row : wrap(line_of(event), width - 6))
      out += fmt::format("  {}  {}\n", sign, paint(row, ink, options));
  };
  for (const auto& event : parting.before) tell(" ", event, Ink::dim);
  if (parting.a) {
    tell("A", *parting.a, Ink::red);
  } else {
    out += "  A  (its history is over)\n";
  }
  for (const auto& event : parting.after_a) tell("A", event, Ink::dim);
  if (parting.b) {
    tell("B", *parting.b, Ink::green);
  } else {
    out += "  B  (its history is over)\n";
  }
  for (const auto& event : parting.after_b) tell("B", event, Ink::dim);
  return out;
}

Json to_json(const Comparison& comparison, const std::string& name_a, const std::string& name_b) {
  Json out{{"apiVersion", kApiVersion},
           {"kind", "RunDiff"},
           {"a", name_a},
           {"b", name_b},
           {"same", comparison.same()}};
  Json differences = Json::array();
  for (const auto& one : comparison.differences)
    differences.push_back({{"what", one.what}, {"a", one.a}, {"b", one.b}, {"change", one.change}});
  out["differences"] = std::move(differences);
  if (comparison.parting) {
    const auto& parting = *comparison.parting;
    out["parting"] = Json{{"event", parting.index + 1},
                          {"a", parting.a ? event_json(*parting.a) : Json()},
                          {"b", parting.b ? event_json(*parting.b) : Json()},
                          {"before", events_json(parting.before)},
                          {"afterA", events_json(parting.after_a)},
                          {"afterB", events_json(parting.after_b)}};
  }
  return out;
}

}  // namespace spokelab::reports
