#include "harness/scenario/tree/swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/duration.h"
#include "harness/scenario/reading/names.h"
#include "harness/scenario/reading/scalar.h"
#include "harness/scenario/tree/removal.h"
#include "harness/scenario/tree/walk.h"
#include "harness/scenario/values.h"

namespace spokelab::harness {

namespace {

constexpr std::uint32_t kHalf = 500'000;  // millionths

/// Parameters that hurt more the larger they are, and those that hurt more the smaller.
constexpr std::array<std::string_view, 7> kMoreIsWorse{"for",    "latency", "jitter", "share",
                                                       "offset", "nodes",   "down"};
constexpr std::array<std::string_view, 2> kLessIsWorse{"rate", "every"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The two ends of what may be drawn for a value, as texts; empty where nothing is.
std::optional<std::pair<std::string, std::string>> ends_of(Type type, std::string_view key,
                                                           const std::string& text) {
  switch (type) {
    case Type::duration:
    case Type::offset: {
      const auto span = parse_duration(text);
      if (!span || *span == Nanos(0)) return std::nullopt;
      const auto ms = std::chrono::milliseconds(1);
      const auto whole = [&](Nanos of) { return of / ms * ms; };
      auto low = key == "at" ? *span / 2 : *span / 10;
      auto high = *span;
      if (among(kLessIsWorse, key)) {
        low = *span;
        high = *span * 10;
      }
      if (*span >= Nanos(ms * 10)) low = whole(low);
      if (low > high) std::swap(low, high);
      return std::pair(exact_duration(low), exact_duration(high));
    }
    case Type::percent: {
      const auto share = parse_share(text);
      if (!share || share->millionths < 10'000) return std::nullopt;
      const auto low = Share{std::max<std::uint32_t>(share->millionths / 10 / 1000 * 1000, 1000)};
      return std::pair(format_share(low), text);
    }
    case Type::count: {
      const auto count = parse_whole(text);
      if (!count || *count < 2) return std::nullopt;
      return std::pair(fmt::format("{}", std::max<std::uint64_t>(1, *count / 10)), text);
    }
    case Type::byte_rate: {
      const auto rate = parse_byte_rate(text);
      if (!rate || rate->count == 0) return std::nullopt;
      return std::pair(fmt::format("{}B/s", rate->count), fmt::format("{}B/s", rate->count * 10));
    }
    default:
      return std::nullopt;
  }
}

class Swarm {
 public:
  Swarm(YamlNode tree, const Rng& rng, std::vector<Drawn>& drawn)
      : tree_(with_lists(std::move(tree))), rng_(rng.stream("scenario.swarm")), drawn_(drawn) {}

  YamlNode run() {
    choose();
    written_ = tree_;
    weaken();
    ask_less();
    return std::move(tree_);
  }

 private:
  void note(std::string path, std::string written, std::string value, Position at) {
    drawn_.push_back({std::move(path), std::move(written), std::move(value), at});
  }

  void choose() {
    const auto* faults = tree_.value("faults");
    if (faults == nullptr || faults->entries.empty()) return;
    std::set<std::string> out;
    for (const auto& entry : faults->entries) {
      auto coin = rng_.stream("faults." + entry.key);
      if (!coin.chance(kHalf)) out.insert(entry.key);
    }
    if (out.size() == faults->entries.size()) {
      auto lot = rng_.stream("at-least-one");
      out.erase(faults->entries[lot.below(faults->entries.size())].key);
    }
    std::vector<std::string> gone;
    auto rest = without_faults(tree_, out, gone);
    if (rest.value("faults") == nullptr) {
      // The one that was kept waits for another: rather all of them than none.
      return;
    }
    for (const auto& path : gone) note(path, "", "left out", position_of(path));
    tree_ = std::move(rest);
  }

  Position position_of(const std::string& path) const {
    constexpr std::string_view kFaults = "faults.";
    if (!path.starts_with(kFaults)) return {};
    const auto* entry = tree_.value("faults")->find(path.substr(kFaults.size()));
    return entry == nullptr ? Position{} : entry->key_at;
  }

  void weaken() {
    walk_values(tree_, [&](YamlNode& node, const SchemaNode& schema, const std::string& path) {
      if (!schema.path.starts_with("faults/*/")) return;
      const auto key = std::string_view(schema.name);
      const bool known = key == "at" || among(kMoreIsWorse, key) || among(kLessIsWorse, key);
      std::optional<ScalarProblem> problem;
      if (!known || draw_of(*schema.field, node, problem)) return;
      const auto ends = ends_of(schema.type(), key, node.text);
      if (!ends) return;
      const auto most = range_steps(schema.type(), ends->first, ends->second);
      if (most <= 0) return;
      auto draw = rng_.stream(path);
      auto value = range_value(schema.type(), ends->first, ends->second,
                               draw.between(std::int64_t{0}, most));
      if (check_scalar(schema.type(), key, value, true, schema.field->limits, {})) return;
      note(path, node.text, value, node.at);
      node.text = std::move(value);
    });
  }

  void ask_less() {
    std::set<std::string> faults;
    for (const auto& entry : entries_of("faults")) faults.insert(entry.key);
    std::set<std::string> paths;
    for (const auto& fault : entries_of("limits")) {
      std::size_t left = fault.value.entries.size();
      for (const auto& timing : fault.value.entries) {
        if (!timing.key.starts_with("detection") && timing.key != "failover") continue;
        paths.insert(path_below(path_below("limits", fault.key), timing.key));
        --left;
      }
      if (left == 0) paths.insert(path_below("limits", fault.key));
    }
    if (const auto* expect = tree_.value("expect"); expect != nullptr) {
      for (std::size_t i = 0; i < expect->items.size(); ++i) {
        const auto& one = expect->items[i];
        if (asks_for_strength(one, faults) || asks_for_order(one, faults))
          paths.insert(path_below("expect", i));
      }
    }
    for (const auto& path : paths) note(path, "", "not asked", {});
    tree_ = without(tree_, paths);
    for (const std::string_view key : {"limits", "expect"}) {
      const auto* value = tree_.value(key);
      if (value != nullptr && value->entries.empty() && value->items.empty())
        tree_ = without(tree_, {std::string(key)});
    }
  }

  static bool asks_for_strength(const YamlNode& one, const std::set<std::string>& faults) {
    if (one.value("reached") != nullptr) return true;
    const auto* after = one.value("after");
    if (after == nullptr) return false;
    const auto event = parse_event(after->text);
    if (!event || !event->event.ends_with(".start")) return false;
    return faults.contains(event->event.substr(0, event->event.rfind('.')));
  }

  /// What must come of a fault's end may have been told of another story: with the steps that the
  /// author wrote into its window still before them, or already behind.
  bool asks_for_order(const YamlNode& one, const std::set<std::string>& faults) const {
    const auto* after = one.value("after");
    if (after == nullptr) return false;
    const auto event = parse_event(after->text);
    if (!event || !event->event.ends_with(".end")) return false;
    const auto name = event->event.substr(0, event->event.rfind('.'));
    return faults.contains(name) && is_reordered(name);
  }

  struct Window {
    Nanos begin{0};
    Nanos end{0};
  };
  /// When a fault is in force, where the file says so.
  static std::optional<Window> window_of(const YamlNode& tree, const std::string& name) {
    const auto* all = tree.value("faults");
    const auto* fault = all == nullptr ? nullptr : all->value(name);
    const auto time = [&](std::string_view key) -> std::optional<Nanos> {
      const auto* value = fault == nullptr ? nullptr : fault->value(key);
      if (value == nullptr) return std::nullopt;
      const auto span = parse_duration(value->text);
      return span ? std::optional<Nanos>(*span) : std::nullopt;
    };
    const auto at = time("at");
    const auto lasts = time("for");
    if (!at || !lasts) return std::nullopt;
    return Window{*at, *at + *lasts};
  }

  /// Whether a step lies on another side of the fault's begin or end than it was written.
  bool is_reordered(const std::string& name) const {
    const auto before = window_of(written_, name);
    const auto now = window_of(tree_, name);
    const auto* steps = tree_.value("steps");
    if (!before || !now || steps == nullptr) return false;
    return std::any_of(steps->items.begin(), steps->items.end(), [&](const YamlNode& step) {
      const auto* at = step.value("at");
      const auto span = at == nullptr ? Result<Nanos>(Error()) : parse_duration(at->text);
      return span && ((*span < before->begin) != (*span < now->begin) ||
                      (*span < before->end) != (*span < now->end));
    });
  }

  const std::vector<YamlEntry>& entries_of(std::string_view key) const {
    static const std::vector<YamlEntry> kNone;
    const auto* value = tree_.value(key);
    return value == nullptr ? kNone : value->entries;
  }

  YamlNode tree_;
  YamlNode written_;  // with the faults that are played, as strong as they were written
  Rng rng_;
  std::vector<Drawn>& drawn_;
};

}  // namespace

YamlNode draw_swarm(YamlNode tree, const Rng& rng, std::vector<Drawn>& drawn) {
  return Swarm(std::move(tree), rng, drawn).run();
}

}  // namespace spokelab::harness
