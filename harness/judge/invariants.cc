#include "harness/judge/invariants.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/duration.h"
#include "harness/judge/rules/writer.h"

namespace spokelab::harness {

namespace {

bool is_application(std::string_view subject) {
  return subject.starts_with("object.hub.applications.argoproj.io.");
}

bool is_application_set(std::string_view subject) {
  return subject.starts_with("object.hub.applicationsets.argoproj.io.");
}

/// "app.shop.web.revision" -> "shop.web".
std::string app_of(const std::string& subject) {
  constexpr std::string_view kApp = "app.";
  const auto dot = subject.rfind('.');
  return subject.substr(kApp.size(), dot - kApp.size());
}

/// Forgets what is more than a minute before the newest.
void keep_a_minute(std::deque<RunTime>& times, RunTime now) {
  while (!times.empty() && now - times.front() > std::chrono::minutes(1)) times.pop_front();
}

}  // namespace

Invariants::Invariants(InvariantFacts facts)
    : facts_(std::move(facts)),
      deletes_([this](std::string text) { complain(std::move(text)); }),
      blast_radius_(facts_.confined, [this](std::string text) { complain(std::move(text)); }),
      load_([this](std::string text) { complain(std::move(text)); }),
      waves_([this](std::string text) { complain(std::move(text)); }),
      retries_(facts_.retries, [this](std::string text) { complain(std::move(text)); }) {}

void Invariants::complain(std::string text) {
  if (complaints_.size() < kComplaintsMax) complaints_.push_back(std::move(text));
}

void Invariants::apply(const Event& event) {
  if (event.kind == EventKind::state && event.subject.ends_with(".owner")) {
    auto& at = owners_[event.cluster];
    if (at.owner == event.value) return;
    if (!at.owner.empty()) at.before = at.owner;
    at.owner = event.value;
    at.since = event.at;
    at.written = false;
  } else if (event.kind == EventKind::state && event.subject.starts_with("app.") &&
             event.subject.ends_with(".revision")) {
    on_revision(event);
  } else if (event.kind == EventKind::state && event.subject.starts_with("app.") &&
             event.subject.ends_with(".exists") && event.value == "false") {
    // Another one of that name begins anew.
    revisions_.erase("app." + app_of(event.subject) + ".revision");
  } else if (event.kind == EventKind::fact && event.subject.starts_with("object.")) {
    on_object(event);
  } else if (event.kind == EventKind::fault && event.subject.starts_with("step.") &&
             facts_.intents.contains(event.subject.substr(5))) {
    deletes_.intent_changed();
  }
  if (event.kind == EventKind::fact && event.subject.starts_with("app.") &&
      (event.value == "sync-started" || event.value == "retry"))
    waves_.begin(event.subject.substr(4));
  retries_.apply(event);
  deletes_.apply(event);
  blast_radius_.apply(event);
}

void Invariants::on_revision(const Event& event) {
  Revisions& of_app = revisions_[event.subject];
  if (facts_.sources_of) {
    auto sources = facts_.sources_of(app_of(event.subject));
    if (sources != of_app.sources) {
      // Nothing is known of the order of what other sources give.
      of_app.left.clear();
      of_app.now.clear();
    }
    of_app.sources = std::move(sources);
  }
  if (of_app.left.contains(event.value)) {
    complain(fmt::format("revisions ran backwards: at {} {} went from {} back to {}",
                         format_run_time(event.at), event.subject, of_app.now, event.value));
  }
  if (!of_app.now.empty() && of_app.now != event.value) of_app.left.insert(of_app.now);
  of_app.now = event.value;
}

void Invariants::on_object(const Event& event) {
  const auto writer = replica_behind(event);
  if (writer.empty()) {
    // Whoever changes where applications come from may send them anywhere.
    if (is_application(event.subject) || is_application_set(event.subject)) {
      for (auto& [app, revisions] : revisions_) revisions.left.clear();
    }
    auto& others = paces_[event.subject].others;
    others.push_back(event.at);
    keep_a_minute(others, event.at);
    return;
  }
  check_pace(event, writer);
  // At the hub's own API server every replica writes.
  if (event.cluster != "hub") check_owner(event, writer);
}

void Invariants::check_owner(const Event& event, const std::string& writer) {
  ++writes_;
  auto& at = owners_[event.cluster];
  if (at.owner == writer) {
    at.written = true;
    return;
  }
  if (at.before == writer && !at.written && event.at - at.since <= kInFlight) return;
  complain(fmt::format("two owners: at {} {} wrote {} ({}), while {} owned {}",
                       format_run_time(event.at), writer, event.subject, event.value,
                       at.owner.empty() ? "nobody" : at.owner, event.cluster));
}

void Invariants::check_pace(const Event& event, const std::string& writer) {
  auto& pace = paces_[event.subject];
  pace.hub.push_back(event.at);
  keep_a_minute(pace.hub, event.at);
  keep_a_minute(pace.others, event.at);
  auto most = (event.cluster == "hub" ? kHubWritesMax : kSpokeWritesMax) +
              kWritesForOthers * pace.others.size();
  if (is_application(event.subject)) app_writes_.push_back(event.at);
  keep_a_minute(app_writes_, event.at);
  // Its status says how each of its Applications is: a hundred that come up are hundreds of news.
  if (is_application_set(event.subject)) most += app_writes_.size();
  if (pace.hub.size() <= most) return;
  if (!looping_.insert(event.subject).second) return;
  complain(fmt::format("write loop: at {} {} had written {} {} times within a minute",
                       format_run_time(event.at), writer, event.subject, pace.hub.size()));
}

}  // namespace spokelab::harness
