// Making a plan from a resolved scenario.
#include "harness/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "harness/run/director.h"
#include "harness/scenario/schema.h"

namespace spokelab::harness {

namespace {

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string labels_of(const std::map<std::string, std::string>& labels) {
  std::string out;
  for (const auto& [key, value] : labels)
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", key, value);
  return out;
}

std::string first_sentence(std::string_view text) {
  const auto end = text.find(". ");
  auto out = std::string(text.substr(0, end == std::string_view::npos ? text.size() : end + 1));
  while (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

std::string doc_of_fault(const std::string& what) {
  for (const auto* kind : kinds_of("faults/*")) {
    if (kind->name == what) return first_sentence(kind->doc);
  }
  return "";
}

std::string parameter_text(const Parameters::Parameter& value) {
  struct Print {
    std::string operator()(Nanos span) const { return format_duration(span); }
    std::string operator()(Share share) const { return format_share(share); }
    std::string operator()(Bytes bytes) const { return fmt::format("{}B", bytes.count); }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const ObjectRef& ref) const {
      return ref.ns.empty() ? fmt::format("{} {}", ref.kind, ref.name)
                            : fmt::format("{} {}/{}", ref.kind, ref.ns, ref.name);
    }
    std::string operator()(const std::vector<std::string>& list) const {
      return fmt::format("{}", fmt::join(list, ", "));
    }
  };
  return std::visit(Print{}, value);
}

std::string parameters_text(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters.all())
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, parameter_text(value));
  return out;
}

std::string event_text(const EventTime& event) {
  return event.plus > Nanos(0)
             ? fmt::format("{} after {}", format_duration(event.plus), event.event)
             : event.event;
}

std::string files_text(const std::vector<FileRef>& files, const Assets& assets) {
  constexpr std::size_t kMost = 6;
  std::string out;
  for (const auto& file : files) {
    std::vector<std::string> objects;
    for (const auto& object : assets.manifests(file.path)) {
      objects.push_back(
          fmt::format("{} {}", text_at(*object, {"kind"}), text_at(*object, {"metadata", "name"})));
    }
    const auto all = objects.size();
    if (all > kMost) objects.resize(kMost);
    out +=
        fmt::format("{}{} ({}{})", out.empty() ? "" : ", ", file.written, fmt::join(objects, ", "),
                    all > kMost ? fmt::format(" and {} more", all - kMost) : "");
  }
  return out;
}

std::string step_words(const Step& step, const Assets& assets) {
  struct Words {
    const Assets& assets;
    std::string operator()(const CommitStep& one) const {
      std::vector<std::string> files;
      for (const auto& [path, change] : one.files)
        files.push_back(std::holds_alternative<DeleteFile>(change) ? path + " (deleted)" : path);
      return fmt::format("a commit \"{}\" to {}{} changes {}{}", one.message, one.repo,
                         one.branch.empty() ? "" : " on " + one.branch, fmt::join(files, ", "),
                         one.webhook ? ", and a webhook tells argocd-server" : "");
    }
    static std::string object(const ObjectRef& ref) { return parameter_text(ref); }
    std::string operator()(const EditStep& one) const {
      return fmt::format("somebody edits {} on {} by hand: {}", object(one.object), one.cluster,
                         one.patch->dump());
    }
    std::string operator()(const DeleteStep& one) const {
      return fmt::format("somebody deletes {} on {} by hand ({})", object(one.object), one.cluster,
                         one.propagation);
    }
    std::string operator()(const LabelStep& one) const {
      std::string changes;
      for (const auto& [key, value] : one.labels)
        changes += fmt::format("{}{}", changes.empty() ? "" : ", ",
                               value ? key + "=" + *value : key + " removed");
      return fmt::format("cluster {} is labelled anew on the hub: {}", one.cluster, changes);
    }
    std::string operator()(const ApplyStep& one) const {
      return fmt::format("applied to {}: {}", one.cluster, files_text(one.files, assets));
    }
    std::string operator()(const RegisterStep& one) const {
      return fmt::format("cluster {} is registered with the hub", one.cluster);
    }
    std::string operator()(const UnregisterStep& one) const {
      return fmt::format("cluster {} is taken from the hub", one.cluster);
    }
    std::string operator()(const SyncStep& one) const {
      return fmt::format("somebody syncs {}{}{}", one.app,
                         one.revision.empty() ? "" : " to " + one.revision,
                         one.prune ? ", with pruning" : "");
    }
    std::string operator()(const RefreshStep& one) const {
      return fmt::format("somebody has {} compared anew{}", one.app, one.hard ? " (hard)" : "");
    }
    std::string operator()(const RestartStep& one) const {
      if (one.replica.kind == Place::Kind::hub) return "all hub replicas are restarted";
      return fmt::format("hub replica {}{} is restarted",
                         one.replica.kind == Place::Kind::owner ? "that owns " : "",
                         one.replica.name);
    }
  };
  return std::visit(Words{assets}, step.action);
}

class Planner {
 public:
  Planner(const Scenario& scenario, const Assets& assets, Plan& plan)
      : scenario_(scenario), assets_(assets), plan_(plan) {}

  void run() {
    hub();
    clusters();
    for (const auto& [target, files] : scenario_.world.apply)
      say("At the start, applied to {}: {}.", target, files_text(files, assets_));
    for (const auto& [url, directory] : scenario_.world.repos)
      say("{} is {}.", url, directory.written);
    for (const auto& [name, traffic] : scenario_.world.traffic) users(name, traffic);
    moments();
    checks();
  }

 private:
  template <class... Args>
  void say(fmt::format_string<Args...> form, Args&&... args) {
    plan_.world.push_back(fmt::format(form, std::forward<Args>(args)...));
  }

  void hub() {
    const auto& hub = scenario_.world.hub;
    say("The hub stands in {}: {} of profile {}, everything in namespace {}.", hub.region,
        counted(static_cast<std::size_t>(hub.replicas), "replica"), hub.profile, hub.ns);
    for (const auto& [name, setting] : hub.settings)
      say("Its setting {} is {}.", name, setting.text);
  }

  /// Clusters that are alike but for their names are told together.
  void clusters() {
    std::map<std::string, std::vector<std::string>> alike;
    std::vector<std::string> order;
    for (const auto& [name, cluster] : scenario_.world.clusters) {
      auto words = fmt::format("in {}, {} in {}", cluster.region,
                               counted(static_cast<std::size_t>(cluster.nodes), "node"),
                               counted(static_cast<std::size_t>(cluster.zones), "zone"));
      if (!cluster.labels.empty()) words += fmt::format(", labels {}", labels_of(cluster.labels));
      if (!cluster.registered) words += ", not registered with the hub at first";
      if (alike[words].empty()) order.push_back(words);
      alike[words].push_back(name);
    }
    constexpr std::size_t kNamed = 4;
    for (const auto& words : order) {
      const auto& names = alike[words];
      if (names.size() <= kNamed) {
        say("{} {}: {}.", names.size() == 1 ? "Cluster" : "Clusters", fmt::join(names, ", "),
            words);
      } else {
        say("{} clusters, {} to {}: each {}.", names.size(), names.front(), names.back(), words);
      }
    }
  }

  void users(const std::string& name, const TrafficSpec& traffic) {
    std::string from;
    for (const auto& [region, share] : traffic.from)
      from += fmt::format("{}{} from {}", from.empty() ? "" : ", ", format_share(share), region);
    std::string clients;
    for (const auto& [kind, share] : traffic.clients)
      clients += fmt::format("{}{} {}", clients.empty() ? "" : ", ", format_share(share), kind);
    const auto seconds = traffic.users.per == Nanos(std::chrono::seconds(1));
    say("Users of {}: {} requests{} ({}; clients: {}) to Service {}/{}, who give up after {} and "
        "try "
        "again {}.",
        name, traffic.users.count,
        seconds ? std::string(" a second") : " each " + format_duration(traffic.users.per), from,
        clients, traffic.service.ns, traffic.service.name, format_duration(traffic.timeout),
        traffic.retries == 0 ? "never"
                             : counted(static_cast<std::size_t>(traffic.retries), "time"));
    const auto& by = traffic.by;
    std::string to;
    for (const auto& one : by.order) to += fmt::format("{}{}", to.empty() ? "" : ", then ", one);
    for (const auto& [cluster, weight] : by.weights)
      to += fmt::format("{}{} (weight {})", to.empty() ? "" : ", ", cluster, weight);
    const auto& probe = by.probe;
    say("The router of {}, {} in {}, sends them to {}. It probes {}{} every {} with a timeout of "
        "{}: "
        "{} failed probes in a row make a cluster unhealthy, so between {} and {} after it fell "
        "silent; {} good ones make it healthy again.",
        name, by.kind, by.region, to, probe.kind,
        probe.kind == "http" ? " " + probe.path : std::string(), format_duration(probe.every),
        format_duration(probe.timeout), probe.unhealthy,
        format_duration((probe.unhealthy - 1) * probe.every + probe.timeout),
        format_duration(probe.unhealthy * probe.every + probe.timeout), probe.healthy);
    if (by.kind.starts_with("dns")) {
      say("Its answers reach all name servers within {} and are kept for {}.",
          format_duration(by.propagation), format_duration(by.ttl));
    }
  }

  void moments() {
    const auto end = RunTime(scenario_.lasts);
    add({RunTime{}, "", "phase", "set-up",
         "set-up: clusters are registered, manifests applied; users come once all is well, at the "
         "latest when the first fault or step begins",
         ""});
    for (const auto& [name, fault] : scenario_.faults) {
      auto words = fmt::format("fault {} begins: {} {} for {}", name, fault.what, scope_of(fault),
                               format_duration(fault.lasts));
      if (const auto with = parameters_text(fault.parameters); !with.empty())
        words += " (" + with + ")";
      if (const auto doc = doc_of_fault(fault.what); !doc.empty()) words += ". " + doc;
      add(moment(fault.start, "fault", name, words, fault.because));
      if (fault.start.at) {
        const auto over = std::min(*fault.start.at + fault.lasts, end);
        add({over, "", "heal", name,
             fmt::format("fault {} is healed{}", name,
                         over == end ? ", as everything is at the end" : ""),
             ""});
      } else {
        add({std::nullopt, fmt::format("{} after {}.start", format_duration(fault.lasts), name),
             "heal", name, fmt::format("fault {} is healed", name), ""});
      }
    }
    for (const auto& step : scenario_.steps) {
      auto words = step_words(step, assets_);
      if (!step.name.empty()) words = fmt::format("step {}: {}", step.name, words);
      add(moment(step.start, "step", step.name, words, step.because));
    }
    add({end, "", "phase", "liveness",
         fmt::format(
             "the story ends: every fault is healed, nothing new begins, and all must be well "
             "for a minute on end within {}",
             format_duration(scenario_.settle)),
         ""});
    // What waits for a condition comes behind what has a time.
    std::stable_sort(plan_.moments.begin(), plan_.moments.end(),
                     [](const PlannedMoment& a, const PlannedMoment& b) {
                       if (a.at.has_value() != b.at.has_value()) return a.at.has_value();
                       return a.at && *a.at < *b.at;
                     });
  }

  static PlannedMoment moment(const Start& start, std::string kind, std::string name,
                              std::string words, std::string because) {
    PlannedMoment out;
    if (start.at) {
      out.at = *start.at;
    } else {
      out.when = start.when->text();
    }
    out.kind = std::move(kind);
    out.name = std::move(name);
    out.words = std::move(words);
    out.because = std::move(because);
    return out;
  }

  void add(PlannedMoment moment) { plan_.moments.push_back(std::move(moment)); }

  void checks() {
    for (const auto& [fault, limits] : scenario_.limits) {
      for (const auto& [timing, limit] : limits) {
        plan_.checks.push_back(
            {"limit",
             fmt::format("{} of {} takes at most {}", timing, fault, format_duration(limit.most)),
             ""});
      }
    }
    for (const auto& one : scenario_.budgets) {
      const bool of_control = one.part && one.measure != "failed";
      plan_.checks.push_back({"budget",
                              fmt::format("{} is at most {}{}", one.key, one.text,
                                          of_control ? " of what it is without the faults" : ""),
                              ""});
    }
    for (const auto& one : scenario_.expect)
      plan_.checks.push_back({std::string(name_of(one.word)), words_of(one), one.because});
    if (scenario_.control) {
      plan_.checks.push_back(
          {"control",
           "the same seed is played without the faults, too: that must converge, "
           "and what differs is told",
           ""});
    }
    plan_.checks.push_back(
        {"rule",
         fmt::format("everything converges within {} of the last heal, and no rule of every run is "
                     "broken; each fault hits something, each condition comes true",
                     format_duration(scenario_.settle)),
         ""});
  }

  static std::string words_of(const Expectation& one) {
    using Word = Expectation::Word;
    const auto& condition = one.condition->text();
    const auto from = event_text(one.after);
    const auto until = event_text(one.until);
    switch (one.word) {
      case Word::always:
        return fmt::format("at every instant from {} to {}: {}", from, until, condition);
      case Word::never:
        return fmt::format("at no instant from {} to {}: {}", from, until, condition);
      case Word::eventually:
        return fmt::format("within {} of {}: {}",
                           one.within ? format_duration(*one.within) : "the run's time", from,
                           condition);
      case Word::stable:
        return fmt::format("for {} on end, from {} on{}: {}",
                           one.lasts ? format_duration(*one.lasts) : "some time", from,
                           one.within ? " and within " + format_duration(*one.within) : "",
                           condition);
      case Word::reached:
        return fmt::format("at least once from {} to {}: {}", from, until, condition);
    }
    return condition;
  }

  const Scenario& scenario_;
  const Assets& assets_;
  Plan& plan_;
};

}  // namespace

Plan plan_of(const ScenarioCase& one, std::uint64_t seed, const std::vector<ScenarioCase>& cases,
             const Assets& assets) {
  Plan plan;
  auto resolved = one.resolve(seed_stream(seed));
  const auto& scenario = resolved.scenario;
  plan.file = one.sources().path(0);
  plan.scenario = scenario.name;
  plan.because = scenario.because;
  plan.variant = scenario.variant;
  plan.verdict = scenario.verdict;
  plan.seed = seed;
  plan.swarm = one.is_swarm();
  plan.lasts = scenario.lasts;
  plan.settle = scenario.settle;
  std::vector<Drawn> drawn;
  plan.defaults = defaults_of(one.decided(seed_stream(seed), drawn));
  plan.drawn = std::move(resolved.drawn);
  if (cases.size() > 1) {
    for (const auto& other : cases)
      plan.variants.push_back({other.variant(), other.verdict(), other.variant() == one.variant()});
  }
  Planner(scenario, assets, plan).run();
  return plan;
}

}  // namespace spokelab::harness
