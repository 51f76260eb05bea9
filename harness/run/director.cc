#include "harness/run/director.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/duration.h"
#include "harness/run/steps.h"

namespace spokelab::harness {

std::string scope_of(const Fault& fault) {
  const auto named = [](const std::vector<Place>& places) {
    constexpr std::size_t kMost = 5;  // more would drown the sentence
    std::string names;
    for (std::size_t i = 0; i < places.size() && i < kMost; ++i) {
      if (i > 0) names += ", ";
      names += (places[i].kind == Place::Kind::owner ? "owner/" : "") + places[i].name;
    }
    if (places.size() > kMost) names += fmt::format(" and {} more", places.size() - kMost);
    return names;
  };
  if (!fault.on.empty()) return "on " + named(fault.on);
  return fault.both_ways ? fmt::format("between {} <-> {}", named(fault.from), named(fault.to))
                         : fmt::format("from {} to {}", named(fault.from), named(fault.to));
}

namespace {

std::string because(const std::string& words) {
  return words.empty() ? "" : fmt::format(" ({})", words);
}

}  // namespace

Director::Director(Lab& lab, Truths& truths) : lab_(lab), truths_(truths) {
  const auto& scenario = lab_.scenario();
  for (const auto& [name, fault] : scenario.faults) {
    auto& window = windows_[name];
    window.name = name;
    window.what = fault.what;
    window.scope = scope_of(fault);
    window.clusters = clusters_of(fault, lab_);
    auto ends = fault.from;
    ends.insert(ends.end(), fault.to.begin(), fault.to.end());
    for (const auto& end : ends) {
      if (end.kind != Place::Kind::region) window.clusters.push_back(end.name);
      for (const auto& [site, at] : lab_.sites()) {
        if (end.kind == Place::Kind::region && at->region == end.name)
          window.clusters.push_back(site);
      }
    }
    if (fault.start.at) {
      const auto* one = &fault;
      timers_.emplace_back(lab_.world(), *fault.start.at, [this, one] { start_fault(*one); });
    }
  }
  step_started_.assign(scenario.steps.size(), false);
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    if (scenario.steps[i].start.at) {
      timers_.emplace_back(lab_.world(), *scenario.steps[i].start.at, [this, i] { do_step(i); });
    }
  }
}

Director::~Director() { heal_all(); }

void Director::look(const Board& board) {
  if (over_) return;
  const auto& scenario = lab_.scenario();
  for (const auto& [name, fault] : scenario.faults) {
    if (!fault.start.when || windows_.at(name).start) continue;
    if (fault.start.when->evaluate(board) == Truth::yes) start_fault(fault);
  }
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const auto& when = scenario.steps[i].start.when;
    if (when && !step_started_[i] && when->evaluate(board) == Truth::yes) do_step(i);
  }
}

void Director::tell_fault(const Fault& fault, std::string value, std::string message,
                          std::uint64_t hits) {
  Event event;
  event.kind = EventKind::fault;
  event.who = "director";
  event.subject = "fault." + fault.name;
  event.value = std::move(value);
  const auto& clusters = windows_.at(fault.name).clusters;
  if (clusters.size() == 1) event.cluster = clusters.front();
  event.message = std::move(message);
  if (event.value == "healed") {
    event.cause = cause_[fault.name];
    event.numbers.emplace_back("hits", static_cast<std::int64_t>(hits));
  }
  const auto id = lab_.history().add(std::move(event));
  cause_.try_emplace(fault.name, id);
}

void Director::start_fault(const Fault& fault) {
  auto& window = windows_.at(fault.name);
  if (over_ || window.start) return;
  window.start = lab_.world().now();
  tell_fault(fault, "active",
             fmt::format("{} {} for {}{}", fault.what, scope_of(fault),
                         format_duration(fault.lasts), because(fault.because)),
             0);
  auto active = begin_fault(fault, FaultContext{lab_, truths_});
  if (active == nullptr) {
    problems_.push_back(fmt::format("fault {}: '{}' cannot be played", fault.name, fault.what));
    return;
  }
  active_[fault.name] = std::move(active);
  truths_.update();
  timers_.emplace_back(lab_.world(), *window.start + fault.lasts,
                       [this, name = fault.name] { end_fault(name); });
}

void Director::tell_hits(const std::string& name, std::uint64_t hits) {
  told_hits_[name] = ToldHits{hits, lab_.world().now()};
  Event event;
  event.kind = EventKind::truth;
  event.who = "director";
  event.subject = "fault." + name + ".hits";
  event.value = std::to_string(hits);
  lab_.history().add(std::move(event));
}

void Director::tell_hits() {
  for (const auto& [name, active] : active_) {
    const auto told = told_hits_.find(name);
    const bool never = told == told_hits_.end();
    if (!never && lab_.world().now() - told->second.at < kHitsToldEvery) continue;
    const auto hits = active->hits();
    if (never ? hits > 0 : hits != told->second.hits) tell_hits(name, hits);
  }
}

void Director::end_fault(const std::string& name) {
  const auto active = active_.find(name);
  if (active == active_.end()) return;
  const auto& fault = lab_.scenario().faults.at(name);
  auto& window = windows_.at(name);
  window.hits = active->second->hits();
  window.end = lab_.world().now();
  active_.erase(active);  // heals
  if (const auto told = told_hits_.find(name);
      told == told_hits_.end() || told->second.hits != window.hits)
    tell_hits(name, window.hits);
  tell_fault(fault, "healed",
             fmt::format("{} {} is over; hits: {}", fault.what, scope_of(fault), window.hits),
             window.hits);
  truths_.update();
}

void Director::heal_all() {
  over_ = true;
  std::vector<std::string> names;
  for (const auto& [name, active] : active_) names.push_back(name);
  for (const auto& name : names) end_fault(name);
}

std::string Director::step_name(std::size_t index) const {
  const auto& step = lab_.scenario().steps[index];
  return step.name.empty() ? fmt::format("step-{}", index + 1) : step.name;
}

void Director::tell_step(std::size_t index, bool done, std::string message) {
  Event event;
  event.kind = EventKind::fault;
  event.who = "director";
  event.subject = "step." + step_name(index);
  event.value = done ? "done" : "failed";
  event.message = std::move(message);
  lab_.history().add(std::move(event));
}

void Director::do_step(std::size_t index) {
  if (over_ || step_started_[index]) return;
  step_started_[index] = true;
  const auto& step = lab_.scenario().steps[index];
  auto done = carry_out(step, lab_, truths_);
  if (!done)
    problems_.push_back(fmt::format("step {}: {}", step_name(index), done.error().message()));
  tell_step(index, done.has_value(),
            (done ? *done : done.error().message()) + because(step.because));
}

bool Director::any_started() const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [](const auto& one) { return one.second.start.has_value(); });
}

std::vector<reports::FaultWindow> Director::windows() const {
  std::vector<reports::FaultWindow> all;
  for (const auto& [name, window] : windows_) {
    all.push_back(window);
    const auto active = active_.find(name);
    if (active != active_.end()) all.back().hits = active->second->hits();
  }
  return all;
}

std::vector<std::string> Director::problems(bool idle_is_fine) const {
  auto all = problems_;
  if (idle_is_fine) return all;
  for (const auto& window : windows()) {
    const auto& fault = lab_.scenario().faults.at(window.name);
    if (!window.start) {
      all.push_back(fault.start.when
                        ? fmt::format("fault {}: its trigger never fired: {}", window.name,
                                      fault.start.when->text())
                        : fmt::format("fault {}: the run ended before it began", window.name));
    } else if (window.hits == 0) {
      all.push_back(fmt::format(
          "fault {}: it hit nothing: while it lasted, nothing came by that {} {} could touch",
          window.name, window.what, window.scope));
    }
  }
  for (std::size_t i = 0; i < step_started_.size(); ++i) {
    if (step_started_[i]) continue;
    const auto& when = lab_.scenario().steps[i].start.when;
    all.push_back(
        when ? fmt::format("step {}: its trigger never fired: {}", step_name(i), when->text())
             : fmt::format("step {}: the run ended before it", step_name(i)));
  }
  return all;
}

}  // namespace spokelab::harness
