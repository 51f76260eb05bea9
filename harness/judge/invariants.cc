#include "harness/judge/invariants.h"

#include <fmt/format.h>

#include <chrono>

#include "base/duration.h"

namespace spokelab::harness {

namespace {

/// "hub-1" where a hub replica has written; else "".
std::string replica_behind(const Event& event) {
  constexpr std::string_view kVia = " via ";
  const auto via = event.message.rfind(kVia);
  if (via == std::string::npos) return "";
  const auto client = std::string_view(event.message).substr(via + kVia.size());
  return client.starts_with("hub-") ? std::string(client) : "";
}

bool is_of_argocd(std::string_view subject) {
  return subject.starts_with("object.hub.applications.argoproj.io.") ||
         subject.starts_with("object.hub.applicationsets.argoproj.io.");
}

}  // namespace

void Invariants::complain(std::string text) {
  if (complaints_.size() < kComplaintsMax) complaints_.push_back(std::move(text));
}

void Invariants::apply(const Event& event) {
  if (event.kind == EventKind::state && event.subject.ends_with(".owner")) {
    owners_[event.cluster] = event.value;
  } else if (event.kind == EventKind::state && event.subject.starts_with("app.") &&
             event.subject.ends_with(".revision")) {
    on_revision(event);
  } else if (event.kind == EventKind::fact && event.subject.starts_with("object.")) {
    on_object(event);
  }
}

void Invariants::on_revision(const Event& event) {
  Revisions& of_app = revisions_[event.subject];
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
    if (is_of_argocd(event.subject)) revisions_.clear();
    return;
  }
  check_pace(event, writer);
  // At the hub's own API server every replica writes.
  if (event.cluster != "hub") check_owner(event, writer);
}

void Invariants::check_owner(const Event& event, const std::string& writer) {
  ++writes_;
  const auto owner = owners_.find(event.cluster);
  if (owner != owners_.end() && owner->second == writer) return;
  complain(fmt::format("two owners: at {} {} wrote {} ({}), while {} owned {}",
                       format_run_time(event.at), writer, event.subject, event.value,
                       owner == owners_.end() || owner->second.empty() ? "nobody" : owner->second,
                       event.cluster));
}

void Invariants::check_pace(const Event& event, const std::string& writer) {
  auto& writes = last_writes_[event.subject];
  writes.push_back(event.at);
  while (event.at - writes.front() > std::chrono::minutes(1)) writes.pop_front();
  if (writes.size() <= (event.cluster == "hub" ? kHubWritesMax : kSpokeWritesMax)) return;
  if (!looping_.insert(event.subject).second) return;
  complain(fmt::format("write loop: at {} {} had written {} {} times within a minute",
                       format_run_time(event.at), writer, event.subject, writes.size()));
}

}  // namespace spokelab::harness
