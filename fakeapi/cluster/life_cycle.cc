// LifeCycles: matching rules to pods and drawing from them.
#include "fakeapi/cluster/life_cycle.h"

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

bool any_image(const Json& pod, std::string_view pattern) {
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const Json& container : array_at(pod, {"spec", list})) {
      if (glob_matches(pattern, text_at(container, {"image"}))) return true;
    }
  }
  return false;
}

void apply(const LifeCycleRule& rule, LifeCycle& life) {
  const auto take = [](const auto& from, auto& to) {
    if (from) to = *from;
  };
  take(rule.schedule, life.schedule);
  take(rule.pull, life.pull);
  take(rule.start, life.start);
  take(rule.ready, life.ready);
  take(rule.run, life.run);
  take(rule.crash_after, life.crash_after);
  take(rule.terminate, life.terminate);
  take(rule.exit_code, life.exit_code);
  life.run_set = life.run_set || rule.run;
  if (!rule.outcome) return;
  life.outcome = *rule.outcome;
  life.outcome_rule = rule.name;
}

template <class Use>
void each_annotation(const Json& annotations, const Use& use) {
  for (const auto& [key, value] : annotations.items()) {
    if (key.starts_with(LifeCycles::kAnnotations) && value.is_string())
      use(std::string_view(key).substr(LifeCycles::kAnnotations.size()),
          value.template get_ref<const std::string&>());
  }
}

std::optional<DelayRange> read_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto low = parse_duration(text.substr(0, dots));
  const auto high = dots == std::string::npos ? low : parse_duration(text.substr(dots + 2));
  if (!low || !high || *low < Nanos{0} || *high < *low) return std::nullopt;
  return DelayRange{*low, *high};
}

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "crash" or "ok=3,unready=1".
std::optional<OutcomeWeights> read_outcome(std::string_view text) {
  OutcomeWeights weights{0, 0, 0, 0, 0};
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    const std::size_t equals = part.find('=');
    const auto weight =
        equals == std::string_view::npos ? 1U : read_number(part.substr(equals + 1));
    const std::string_view name = part.substr(0, equals);
    std::uint32_t* place = name == "ok"          ? &weights.ok
                           : name == "crash"     ? &weights.crash
                           : name == "pull-fail" ? &weights.pull_fail
                           : name == "unready"   ? &weights.unready
                           : name == "hang"      ? &weights.hang
                                                 : nullptr;
    if (place == nullptr || !weight) return std::nullopt;
    *place = *weight;
  }
  if (weights.all_zero()) return std::nullopt;
  return weights;
}

/// Sets one member of a rule from an annotation. What is wrong with it, or "".
std::string read_member(std::string_view member, const std::string& text, LifeCycleRule& rule) {
  const std::pair<std::string_view, std::optional<DelayRange>*> ranges[] = {
      {"schedule", &rule.schedule},  {"pull", &rule.pull}, {"start", &rule.start},
      {"ready", &rule.ready},        {"run", &rule.run},   {"crash-after", &rule.crash_after},
      {"terminate", &rule.terminate}};
  const std::string key = std::string(LifeCycles::kAnnotations) + std::string(member);
  for (const auto& [name, place] : ranges) {
    if (name != member) continue;
    *place = read_range(text);
    return *place ? "" : key + ": '" + text + "' is no span: write 2s, or 1s..5s";
  }
  if (member == "outcome") {
    rule.outcome = read_outcome(text);
    return rule.outcome ? ""
                        : key + ": '" + text +
                              "' is no outcome: write ok, crash, pull-fail, unready or hang, with "
                              "weights as in ok=3,crash=1";
  }
  if (member == "exit-code") {
    const auto code = read_number(text);
    if (code && *code <= 255) rule.exit_code = static_cast<int>(*code);
    return rule.exit_code ? "" : key + ": '" + text + "' is no exit code: write 0 to 255";
  }
  return key + " is not known: use schedule, pull, start, ready, run, crash-after, terminate, " +
         "outcome or exit-code";
}

}  // namespace

bool selects_pod(const PodSelector& selector, const Json& pod, std::string_view image) {
  const Name name = name_of(pod);
  if (!glob_matches(selector.ns, name.ns) || !glob_matches(selector.name, name.name)) return false;
  if (!selector.kind.empty()) {
    const Json* owner = controller_of(pod);
    if (selector.kind != (owner != nullptr ? text_at(*owner, {"kind"}) : "Pod")) return false;
  }
  const Json& labels = labels_of(pod);
  for (const auto& [key, value] : selector.labels) {
    const auto found = labels.find(key);
    if (found == labels.end() || *found != value) return false;
  }
  if (selector.image.empty()) return true;
  return image.empty() ? any_image(pod, selector.image) : glob_matches(selector.image, image);
}

Nanos draw(Rng& rng, const DelayRange& range) { return rng.between(range.low, range.high); }

Outcome draw(Rng& rng, const OutcomeWeights& weights) {
  const std::uint64_t total = std::uint64_t{weights.ok} + weights.crash + weights.pull_fail +
                              weights.unready + weights.hang;
  if (total == weights.ok) return Outcome::ok;
  std::uint64_t point = rng.below(total);
  if (point < weights.ok) return Outcome::ok;
  point -= weights.ok;
  if (point < weights.crash) return Outcome::crash;
  point -= weights.crash;
  if (point < weights.pull_fail) return Outcome::pull_fail;
  point -= weights.pull_fail;
  return point < weights.unready ? Outcome::unready : Outcome::hang;
}

Result<void> LifeCycles::add(LifeCycleRule rule) {
  for (const auto& range : {rule.schedule, rule.pull, rule.start, rule.ready, rule.run,
                            rule.crash_after, rule.terminate}) {
    if (range && (range->low < Nanos{0} || range->high < range->low)) {
      return Error(Errc::bad_input,
                   "life-cycle rule '" + rule.name +
                       "': a range must begin at 0 or later and end after it begins");
    }
  }
  if (rule.outcome && rule.outcome->all_zero()) {
    return Error(Errc::bad_input,
                 "life-cycle rule '" + rule.name + "': at least one outcome needs a weight");
  }
  const auto same = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const LifeCycleRule& each) { return each.name == rule.name; });
  if (same != rules_.end()) {
    *same = std::move(rule);
    return {};
  }
  if (rules_.size() >= kRulesMax) {
    return Error(Errc::limit, "more than " + std::to_string(kRulesMax) + " life-cycle rules");
  }
  rules_.push_back(std::move(rule));
  return {};
}

bool LifeCycles::remove(std::string_view name) {
  return std::erase_if(rules_, [&](const LifeCycleRule& each) { return each.name == name; }) > 0;
}

std::uint64_t LifeCycles::strikes(const std::string& rule) const {
  const auto found = strikes_.find(rule);
  return found == strikes_.end() ? 0 : found->second;
}

LifeCycle LifeCycles::of(const Json& pod, std::string_view image) const {
  LifeCycle life;
  each_annotation(object_at(pod, {"metadata", "annotations"}),
                  [&](std::string_view member, const std::string& text) {
                    LifeCycleRule rule;
                    if (read_member(member, text, rule).empty()) apply(rule, life);
                  });
  for (const LifeCycleRule& rule : rules_) {
    if (selects_pod(rule.selects, pod, image)) apply(rule, life);
  }
  return life;
}

std::string LifeCycles::check_annotations(const Json& pod) {
  std::string wrong;
  each_annotation(object_at(pod, {"metadata", "annotations"}),
                  [&](std::string_view member, const std::string& text) {
                    LifeCycleRule rule;
                    if (wrong.empty()) wrong = read_member(member, text, rule);
                  });
  return wrong;
}

}  // namespace spokelab::fakeapi
