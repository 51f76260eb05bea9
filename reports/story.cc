// The story of a run while it happens.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/duration.h"
#include "reports/paint.h"
#include "reports/terminal.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

constexpr std::size_t kClusterWidth = 10;
/// Lines of one class (connections of clusters, say) in a window of virtual time; more are counted.
constexpr int kLinesMax = 8;
/// The same for applications: each has a rollout, a sync and its health to tell.
constexpr int kApplicationLinesMax = 24;
constexpr Nanos kWindow = std::chrono::seconds(30);
/// Users that move by less are not news, unless somebody gets all or none of them.
constexpr int kMoveMin = 25;
/// In one second; keeps sums from overflow whatever a run file says.
constexpr std::int64_t kRequestsMax = 1'000'000'000;
/// Applications of one instant with the same news that are told one by one.
constexpr std::size_t kTogether = 3;

int percent_in(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp(value, 0, 100);
}

Ink ink_of(Tone tone) {
  switch (tone) {
    case Tone::quiet:
      return Ink::none;
    case Tone::good:
      return Ink::green;
    case Tone::bad:
      return Ink::red;
    case Tone::warn:
    case Tone::fault:
      return Ink::yellow;
  }
  return Ink::none;
}

std::string_view sign_of(Tone tone, bool ascii) {
  switch (tone) {
    case Tone::quiet:
      return ascii ? "." : "·";
    case Tone::good:
      return ascii ? "+" : "✓";
    case Tone::bad:
      return ascii ? "x" : "✗";
    case Tone::warn:
      return ascii ? "~" : "~";
    case Tone::fault:
      return "!";
  }
  return " ";
}

/// What lines of a class are about, for a person.
std::string_view name_of_class(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames{{
      {"app", "applications"},
      {"appset.error", "errors of ApplicationSets"},
      {"cluster.connection", "connections of the hub"},
      {"cluster.owner", "owners of clusters"},
      {"deployment.rollout", "rollouts"},
      {"traffic.target", "what routers believe"},
      {"hub.state", "hub replicas"},
      {"set-up", "the set-up"},
  }};
  for (const auto& [key, words] : kNames) {
    if (key == name) return words;
  }
  return name;
}

Tone worse(Tone a, Tone b) {
  const auto rank = [](Tone tone) {
    return tone == Tone::bad ? 3 : tone == Tone::warn ? 2 : tone == Tone::quiet ? 1 : 0;
  };
  return rank(a) >= rank(b) ? a : b;
}

}  // namespace

Story::Story(TerminalOptions options, std::function<void(std::string_view)> print)
    : options_(options), print_(std::move(print)) {}

void Story::tell(const Event& event) {
  if (options_.quiet) return;
  if (event.at != at_) {
    end_instant();
    at_ = event.at;
    if (at_ - window_from_ >= kWindow) {
      say_held();
      window_.clear();
      window_from_ = at_;
    }
  }
  if (event.kind == EventKind::run && event.subject == "run.phase") return phase(event);
  const auto parts = subject_parts(event.subject);
  if (set_up_ && event.kind != EventKind::fault) {
    note_set_up(event);
    return;
  }
  if (parts[0] == "traffic" && parts.size() > 1) return traffic(event, parts);
  if (parts[0] == "app" && parts.size() == 3) return application(event, parts);
  const auto news = reports::tell(event);
  if (!news.worth) return;
  const bool owner = parts.size() == 3 && parts[0] == "cluster" && parts[2] == "owner";
  // A shard that changes hands is told by its new owner, in the same instant or a little later.
  if (owner && event.value.empty()) return;
  const auto class_name =
      event.kind == EventKind::fault ? "" : parts[0] + "." + (parts.size() > 2 ? parts.back() : "");
  hold(class_name, {news.tone, event.cluster, news.what, clean(event.message)});
}

void Story::note_set_up(const Event& event) {
  const auto parts = subject_parts(event.subject);
  const auto field = parts.size() > 2 ? parts.back() : std::string();
  const bool on = event.value == "true";
  if (parts[0] == "cluster" && event.value == "registered") ++set_up_counts_["cluster"];
  if (parts[0] == "app" && field == "exists") set_up_counts_["application"] += on ? 1 : -1;
  const bool trouble = event.value == "registration-failed" ||
                       (parts[0] == "apply" && event.value == "failed") ||
                       (parts[0] == "appset" && field == "error" && event.value != "none") ||
                       parts[0] == "cluster-secret";
  if (!trouble) return;
  const auto news = reports::tell(event);
  hold("set-up", {Tone::bad, event.cluster, news.what, clean(event.message)});
}

void Story::phase(const Event& event) {
  end_instant();
  const auto message = clean(event.message);
  set_up_ = event.value == "set-up";
  if (event.value == "ready") {
    std::string text = "ready";
    for (const auto& [noun, count] : set_up_counts_) {
      if (count > 0) text += fmt::format(", {}", counted(static_cast<std::uint64_t>(count), noun));
    }
    print_line({Tone::good, "", text, message});
    return;
  }
  say_held();
  window_.clear();
  window_from_ = at_;
  rule(message.empty() ? clean(event.value) : fmt::format("{}: {}", clean(event.value), message));
}

void Story::traffic(const Event& event, const std::vector<std::string>& parts) {
  auto& users = users_[parts[1]];
  const auto what = parts.size() > 2 ? parts[2] : std::string();
  if (event.kind == EventKind::traffic) {
    users.second = std::clamp<std::int64_t>(number_of(event, "failed"), 0, kRequestsMax);
    if (users.failing) users.failed += users.second;
    return;
  }
  if (what == "route" && parts.size() > 3) {
    users.route[parts[3]] = percent_in(event.value);
    users.moved = true;
    return;
  }
  if (what == "success") return success(event, parts[1]);
  const auto news = reports::tell(event);
  if (news.worth)
    hold("traffic." + what, {news.tone, event.cluster, news.what, clean(event.message)});
}

void Story::success(const Event& event, const std::string& name) {
  auto& users = users_[name];
  // 99.9 % and more is a good second; "99.9" is written as 99.9 or 99.90.
  const bool fails = !(event.value == "100%" || event.value.starts_with("99.9"));
  if (fails == users.failing) return;
  users.failing = fails;
  if (fails) {
    users.failed = users.second;  // the second's counts come before what they mean
    lines_.push_back({Tone::bad, "",
                      fmt::format("users of {} fail: {} succeed", clean(name), clean(event.value)),
                      ""});
  } else {
    lines_.push_back(
        {Tone::good, "", fmt::format("users of {} are served again", clean(name)),
         users.failed > 0 ? fmt::format("{} requests failed", grouped(users.failed)) : ""});
  }
}

void Story::application(const Event& event, const std::vector<std::string>& parts) {
  const auto& field = parts[2];
  if (field != "sync" && field != "health" && field != "operation" && field != "exists") return;
  if (field == "operation" && event.value == "Running") return;
  applications_[parts[1]][field] = event;
}

void Story::hold(const std::string& class_name, Line line) {
  const int most = class_name == "app" ? kApplicationLinesMax : kLinesMax;
  if (!class_name.empty() && ++window_[class_name] > most) {
    ++held_[class_name];
    return;
  }
  lines_.push_back(std::move(line));
}

void Story::end_instant() {
  say_applications();
  say_routes();
  const auto lines = std::exchange(lines_, {});
  for (const auto& line : lines) print_line(line);
}

void Story::say_routes() {
  for (auto& [name, users] : users_) {
    if (!users.moved) continue;
    users.moved = false;
    bool news = users.told.empty();
    int served = 0;
    int most = 0;
    for (const auto& [cluster, share] : users.route) {
      served += share > 0;
      most = std::max(most, share);
    }
    // Shares are rounded down: a single 99% is all but the last few, who follow at once.
    if (served == 1 && most == 99) continue;
    for (const auto& [cluster, share] : users.route) {
      const auto last = users.told.find(cluster);
      const int before = last == users.told.end() ? 0 : last->second;
      news = news || std::abs(share - before) >= kMoveMin ||
             (share != before && (share == 0 || share == 100));
    }
    if (!news) continue;
    users.told = users.route;
    std::string split;
    std::string all;
    for (const auto& [cluster, share] : users.route) {
      if (share == 0) continue;
      if (share == 100) all = clean(cluster);
      split += fmt::format("{}{} {}%", split.empty() ? "" : ", ", clean(cluster), share);
    }
    if (!all.empty()) {
      lines_.push_back(
          {Tone::quiet, "", fmt::format("all users of {} are sent to {}", clean(name), all), ""});
      continue;
    }
    lines_.push_back(
        {Tone::quiet, "",
         fmt::format("users of {} are sent to {}", clean(name), split.empty() ? "nobody" : split),
         ""});
  }
}

void Story::say_applications() {
  struct News {
    std::vector<std::string> names;
    Tone tone = Tone::good;
    std::string cluster;
    std::string message;
  };
  std::map<std::string, News> together;  // by what is said of them
  for (const auto& [name, fields] : applications_) {
    std::string what;
    auto tone = Tone::good;
    std::string message;
    std::string cluster;
    const auto health = fields.find("health");
    const auto sync = fields.find("sync");
    const bool alike = health != fields.end() && sync != fields.end() &&
                       health->second.value == sync->second.value;
    for (const auto& [field, event] : fields) {
      if (alike && field == "sync") continue;  // said with health
      const auto said = field == "exists"      ? (event.value == "true" ? "created" : "gone")
                        : field == "operation" ? "sync " + event.value
                        : alike                ? "health and sync " + event.value
                                               : event.value;
      what += (what.empty() ? "" : ", ") + clean(said);
      const auto news = reports::tell(event);
      tone = worse(tone, news.tone);
      if (news.tone != Tone::good && message.empty()) message = clean(event.message);
      if (!event.cluster.empty()) cluster = event.cluster;
    }
    auto& news = together[what];
    news.names.push_back(clean(name));
    news.tone = tone;
    news.cluster = news.names.size() == 1 || news.cluster == cluster ? cluster : "";
    news.message = message;
    if (news.names.size() <= kTogether) continue;
    news.message.clear();
  }
  applications_.clear();
  for (const auto& [what, news] : together) {
    const auto names = news.names.size() <= kTogether
                           ? fmt::format("app{} {}", news.names.size() == 1 ? "" : "s",
                                         fmt::join(news.names, ", "))
                           : fmt::format("{} apps", news.names.size());
    hold("app", {news.tone, news.cluster, fmt::format("{}: {}", names, what), news.message});
  }
}

void Story::say_held() {
  for (const auto& [class_name, count] : std::exchange(held_, {})) {
    print_line(
        {Tone::quiet, "",
         fmt::format("and {} about {}", counted(static_cast<std::uint64_t>(count), "more change"),
                     name_of_class(class_name)),
         ""});
  }
}

void Story::print_line(const Line& line) {
  const auto time = format_run_time(at_);
  const auto cluster =
      pad(fit(clean(line.cluster), kClusterWidth, cut_mark(options_)), kClusterWidth);
  const auto sign = sign_of(line.tone, options_.ascii);
  const auto lead = time.size() + 2 + kClusterWidth + 2 + columns(sign) + 1;
  auto text = line.what;
  const auto head = text.size();
  if (!line.message.empty()) text += ": " + line.message;
  const auto rows = wrap(text, width_of(options_) - lead);
  std::string out;
  std::size_t told = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0) {
      out += paint(time, Ink::dim, options_) + "  " + paint(cluster, Ink::bold, options_) + "  " +
             paint(sign, ink_of(line.tone), options_) + " ";
    } else {
      out += std::string(lead, ' ');
    }
    out += told < head ? paint(rows[i], ink_of(line.tone), options_) : rows[i];
    out += '\n';
    told += rows[i].size() + 1;
  }
  print_(out);
}

void Story::rule(const std::string& title) {
  const auto time = format_run_time(at_);
  const auto text = fit(title, width_of(options_) - 20, cut_mark(options_));
  std::string line = fmt::format("{}{} {} ", dash(options_), dash(options_), text);
  while (columns(line) + time.size() + 2 < width_of(options_)) line += dash(options_);
  print_(fmt::format("{}  {}\n", paint(time, Ink::dim, options_), paint(line, Ink::dim, options_)));
}

void Story::finish() {
  if (options_.quiet) return;
  end_instant();
  say_held();
}

}  // namespace spokelab::reports
