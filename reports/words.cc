// Events in words.
#include "reports/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/text.h"

namespace spokelab::reports {

namespace {

using Parts = std::vector<std::string>;

void merge(Parts& parts, std::size_t first, std::size_t last) {
  if (last <= first + 1) return;
  for (std::size_t i = first + 1; i < last; ++i) parts[first] += "." + parts[i];
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(first) + 1,
              parts.begin() + static_cast<std::ptrdiff_t>(last));
}

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 12> kGood{
    "true",    "Successful", "Synced",    "Healthy", "healthy",   "running",
    "Running", "complete",   "Succeeded", "done",    "delivered", "registered"};
constexpr std::array<std::string_view, 13> kBad{
    "false", "Failed",  "Degraded", "Missing", "unhealthy",           "stopped",  "failed",
    "Error", "expired", "skipped",  "nobody",  "registration-failed", "no answer"};
constexpr std::array<std::string_view, 8> kWarn{"Unknown",   "OutOfSync",  "Progressing",
                                                "paused",    "Paused",     "progressing",
                                                "Suspended", "Terminating"};

Telling cluster(const Event& event, const Parts& parts) {
  const auto& name = parts[1];
  const auto what = parts.size() > 2 ? parts[2] : std::string();
  if (what == "connection") {
    const auto tone = tone_of(event.value);
    return {fmt::format("the hub calls {} {}", name, event.value), tone, true};
  }
  if (what == "owner") {
    if (event.value.empty()) return {fmt::format("no replica owns {}", name), Tone::warn, true};
    return {fmt::format("{} owns {}", event.value, name), Tone::quiet, true};
  }
  if (what == "registered") {
    const bool yes = event.value == "true";
    return {fmt::format("{} is {}registered", name, yes ? "" : "no longer "),
            yes ? Tone::good : Tone::warn, true};
  }
  if (what == "probe")
    return {fmt::format("probe of {} {}", name, event.value), tone_of(event.value), false};
  if (what.empty()) {
    const bool bad = event.value == "registration-failed";
    return {fmt::format("{} {}", name, bad ? "cannot be registered" : event.value),
            tone_of(event.value), true};
  }
  return {fmt::format("{}: {} is {}", name, what, event.value), Tone::quiet, false};
}

Telling application(const Event& event, const Parts& parts) {
  const auto& name = parts[1];
  const auto what = parts.size() > 2 ? parts[2] : std::string();
  if (what == "sync" || what == "health") {
    return {fmt::format("app {} is {}", name, event.value), tone_of(event.value), true};
  }
  if (what == "operation") {
    const auto tone = event.value == "Running" ? Tone::quiet : tone_of(event.value);
    return {fmt::format("app {}: sync {}", name, event.value), tone, true};
  }
  if (what == "exists") {
    const bool yes = event.value == "true";
    return {fmt::format("app {} {}", name, yes ? "exists" : "is gone"),
            yes ? Tone::quiet : Tone::warn, true};
  }
  if (what == "revision")
    return {fmt::format("app {} is at {}", name, event.value), Tone::quiet, true};
  if (what.empty() && event.value == "unsupported")
    return {fmt::format("app {} asks for something in vain", name), Tone::warn, true};
  if (what.empty() && event.value == "chart-warning")
    return {fmt::format("app {}: its chart gives a warning", name), Tone::warn, true};
  if (what.empty()) return {fmt::format("app {}: {}", name, event.value), Tone::quiet, false};
  return {fmt::format("app {}: {} is {}", name, what, event.value), Tone::quiet, false};
}

Telling users(const Event& event, const Parts& parts) {
  const auto& name = parts[1];
  const auto what = parts.size() > 2 ? parts[2] : std::string();
  if (what.empty()) {
    const auto failed = number_of(event, "failed");
    return {fmt::format("users of {}: {} requests, {} failed", name,
                        grouped(number_of(event, "sent")), grouped(failed)),
            failed > 0 ? Tone::bad : Tone::quiet, false};
  }
  if (what == "target" && parts.size() > 3) {
    return {fmt::format("the router of {} calls {} {}", name, parts[3], event.value),
            tone_of(event.value), true};
  }
  if (what == "record") {
    return {fmt::format("name servers answer for {}: {}", name, event.value), Tone::quiet, true};
  }
  if (what == "route" && parts.size() > 3) {
    return {fmt::format("{} of the users of {} are sent to {}", event.value, name, parts[3]),
            Tone::quiet, true};
  }
  if (what == "share" && parts.size() > 3) {
    return {fmt::format("{} answers {} of the requests to {}", parts[3], event.value, name),
            Tone::quiet, false};
  }
  if (what == "success") {
    const bool whole = event.value == "100%";
    return {fmt::format("{} of the requests to {} succeed", event.value, name),
            whole ? Tone::good : Tone::bad, true};
  }
  if (what == "first-failure") {
    // The message tells the rest; the value names it in one word.
    return {event.message.empty() ? fmt::format("users of {} fail: {}", name, event.value)
                                  : fmt::format("users of {}", name),
            Tone::bad, true};
  }
  return {fmt::format("{}: {} is {}", name, what, event.value), Tone::quiet, false};
}

Telling deployment(const Event& event, const Parts& parts) {
  if (parts.size() < 5) return {};
  const auto name = fmt::format("{}/{}", parts[2], parts[3]);
  if (parts[4] == "rollout") {
    if (event.value.empty()) return {fmt::format("deployment {} is gone", name), Tone::warn, true};
    const auto tone = event.value == "progressing" ? Tone::quiet : tone_of(event.value);
    return {fmt::format("rollout of {} is {}", name, event.value), tone, true};
  }
  if (parts[4] == "image")
    return {fmt::format("deployment {} runs {}", name, event.value), Tone::quiet, false};
  return {fmt::format("deployment {}: {} is {}", name, parts[4], event.value), Tone::quiet, false};
}

Telling hub(const Event& event, const Parts& parts) {
  const auto& name = parts[1];
  if (parts.size() == 2 && name == "leader") {
    if (event.value.empty()) return {"the hub has no leader", Tone::warn, true};
    return {fmt::format("{} leads the hub", event.value), Tone::quiet, true};
  }
  if (parts.size() == 2 && name == "notifications") {
    const bool bad = event.value == "invalid" || event.value == "trigger-failed";
    return {fmt::format("notifications: {}", event.value), bad ? Tone::bad : Tone::quiet, bad};
  }
  const auto what = parts.size() > 2 ? parts[2] : std::string();
  if (what == "state") {
    const auto tone = event.value == "running" ? Tone::good : tone_of(event.value);
    return {fmt::format("hub replica {} is {}", name, event.value), tone, true};
  }
  if (what == "lease")
    return {fmt::format("the Lease of {} has {}", name, event.value), tone_of(event.value), true};
  return {fmt::format("hub {}: {} is {}", name, what, event.value), Tone::quiet, false};
}

Telling truth(const Event& event, const Parts& parts) {
  const bool yes = event.value == "true";
  const auto tone = yes ? Tone::good : Tone::bad;
  if (parts.size() > 3 && parts[1] == "cluster") {
    if (parts[3] == "reachable") {
      return {fmt::format("in truth {} is {}reachable", parts[2], yes ? "" : "not "), tone, false};
    }
    return {fmt::format("in truth {} {} users", parts[2], yes ? "serves" : "does not serve"), tone,
            false};
  }
  if (parts.size() > 3 && parts[1] == "traffic") {
    return {fmt::format("in truth {} {} users of {}", parts[3], yes ? "serves" : "does not serve",
                        parts[2]),
            tone, false};
  }
  constexpr std::string_view kHits = ".hits";
  if (parts.size() == 2 && parts[0] == "fault" && parts[1].ends_with(kHits)) {
    const auto name = std::string_view(parts[1]).substr(0, parts[1].size() - kHits.size());
    return {fmt::format("fault {} has hit {}", name, event.value), Tone::quiet, false};
  }
  return {fmt::format("{} is {}", event.subject, event.value), tone, false};
}

Telling told(const Event& event, const Parts& parts) {
  if (event.kind == EventKind::fault) {
    if (parts[0] == "fault") {
      const bool begins = event.value == "active";
      const auto how = begins                    ? "begins"
                       : event.value == "healed" ? "is healed"
                                                 : event.value.c_str();
      return {fmt::format("fault {} {}", parts[1], how), begins ? Tone::fault : Tone::good, true};
    }
    return {fmt::format("{} {} {}", parts[0], parts[1], event.value),
            event.value == "failed" ? Tone::bad : Tone::fault, true};
  }
  if (event.kind == EventKind::truth) return truth(event, parts);
  if (parts[0] == "run") return {fmt::format("{}", event.value), Tone::quiet, true};
  if (parts[0] == "cluster") return cluster(event, parts);
  if (parts[0] == "app") return application(event, parts);
  if (parts[0] == "traffic") return users(event, parts);
  if (parts[0] == "deployment") return deployment(event, parts);
  if (parts[0] == "hub") return hub(event, parts);
  if (parts[0] == "alert" && parts.size() > 2) {
    return {fmt::format("alert {} of {} {}", parts[2], parts[1], event.value),
            event.value == "failed" ? Tone::bad : Tone::warn, true};
  }
  if (parts[0] == "apply") {
    const bool bad = event.value == "failed";
    return {fmt::format("applying to {} {}", parts[1], event.value), bad ? Tone::bad : Tone::quiet,
            bad};
  }
  if (parts[0] == "object")
    return {fmt::format("{} {}", event.value, event.subject.substr(7)), Tone::quiet, false};
  if (parts[0] == "appset" && parts.back() == "error") {
    const bool over = event.value == "none";
    return {over ? fmt::format("ApplicationSet {} has no error any more", parts[1])
                 : fmt::format("ApplicationSet {}: {}", parts[1], event.value),
            over ? Tone::good : Tone::bad, true};
  }
  if (parts[0] == "appset")
    return {fmt::format("ApplicationSet {}: {}", parts[1], event.value), Tone::quiet, false};
  if (event.kind == EventKind::check) {
    const bool bad = event.value == "failed";
    return {fmt::format("{} {}", event.subject, event.value), tone_of(event.value), bad};
  }
  return {event.value.empty() ? event.subject : fmt::format("{}: {}", event.subject, event.value),
          tone_of(event.value), false};
}

}  // namespace

std::vector<std::string> subject_parts(std::string_view subject) {
  Parts parts;
  for (;;) {
    const auto dot = subject.find('.');
    parts.emplace_back(subject.substr(0, dot));
    if (dot == std::string_view::npos) break;
    subject.remove_prefix(dot + 1);
  }
  if ((parts[0] == "app" || parts[0] == "appset" || parts[0] == "alert") && parts.size() > 3) {
    merge(parts, 1, parts.size() - 1);
  } else if (parts[0] == "deployment" && parts.size() > 5) {
    merge(parts, 3, parts.size() - 1);
  } else if ((parts[0] == "fault" || parts[0] == "step") && parts.size() > 2) {
    merge(parts, 1, parts.size());
  }
  return parts;
}

Tone tone_of(std::string_view value) {
  if (among(kGood, value)) return Tone::good;
  if (among(kBad, value)) return Tone::bad;
  if (among(kWarn, value)) return Tone::warn;
  return Tone::quiet;
}

Telling tell(const Event& event) {
  auto parts = subject_parts(event.subject);
  if (parts.size() == 1) parts.emplace_back();
  auto news = told(event, parts);
  news.what = clean(news.what);
  return news;
}

std::int64_t number_of(const Event& event, std::string_view name, std::int64_t fallback) {
  for (const auto& [key, value] : event.numbers) {
    if (key == name) return value;
  }
  return fallback;
}

}  // namespace spokelab::reports
