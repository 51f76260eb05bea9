// Argo CD's modules: time, strings, and what it has of repo (util/notification/expression).
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <limits>

#include "hub/gotemplate/time_format.h"
#include "hub/notifications/expr/access.h"
#include "hub/notifications/expr/functions.h"
#include "kube/client.h"

namespace spokelab::hub::expr {

namespace {

using gotemplate::Time;
using namespace std::chrono_literals;

struct Span {
  std::string_view name;
  Nanos value;
};
constexpr std::array kSpans{Span{"Nanosecond", 1ns},  Span{"Microsecond", 1us},
                            Span{"Millisecond", 1ms}, Span{"Second", 1s},
                            Span{"Minute", 1min},     Span{"Hour", 1h}};

struct Layout {
  std::string_view name;
  std::string_view text;
};
constexpr std::array kLayouts{
    Layout{"Layout", "01/02 03:04:05PM '06 -0700"},
    Layout{"ANSIC", "Mon Jan _2 15:04:05 2006"},
    Layout{"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
    Layout{"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
    Layout{"RFC822", "02 Jan 06 15:04 MST"},
    Layout{"RFC822Z", "02 Jan 06 15:04 -0700"},
    Layout{"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
    Layout{"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
    Layout{"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
    Layout{"RFC3339", "2006-01-02T15:04:05Z07:00"},
    Layout{"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
    Layout{"Kitchen", "3:04PM"},
    Layout{"Stamp", "Jan _2 15:04:05"},
    Layout{"StampMilli", "Jan _2 15:04:05.000"},
    Layout{"StampMicro", "Jan _2 15:04:05.000000"},
    Layout{"StampNano", "Jan _2 15:04:05.000000000"},
};

Error bad(std::string message) { return Error(Errc::bad_input, std::move(message)); }

Result<const std::string*> text(const std::string& function, const List& arguments, std::size_t i) {
  if (i >= arguments.size()) return bad(fmt::format("not enough arguments to call {}", function));
  const auto* words = arguments[i].as<std::string>();
  if (words == nullptr) {
    return bad(fmt::format("cannot use {} as argument (type string) to call {}",
                           type_name(arguments[i]), function));
  }
  return words;
}

template <class T>
Result<const T*> argument(const std::string& function, const List& arguments) {
  if (arguments.size() != 1 || arguments[0].as<T>() == nullptr) {
    return bad(fmt::format("cannot use {} as the argument to call {}",
                           arguments.empty() ? "nothing" : type_name(arguments[0]), function));
  }
  return arguments[0].as<T>();
}

Time time_of(WallTime at) {
  const auto nanos = at.time_since_epoch().count();
  Time time;
  time.seconds = nanos / 1'000'000'000;
  time.nanos = static_cast<std::int32_t>(nanos % 1'000'000'000);
  if (time.nanos < 0) {
    time.nanos += 1'000'000'000;
    --time.seconds;
  }
  return time;
}

Result<Value> call_time(const std::string& name, const List& arguments, WallTime now) {
  if (name == "Now") return Value(time_of(now));
  if (name == "Parse" || name == "ParseDuration") {
    const auto words = text(name, arguments, 0);
    if (!words) return words.error();
    if (name == "ParseDuration") {
      const auto span = gotemplate::parse_go_duration(**words);
      if (!span) return span.error();
      return Value(Nanos(*span));
    }
    // Argo CD's Parse takes RFC 3339 and nothing else.
    auto time = gotemplate::parse_time("2006-01-02T15:04:05Z07:00", **words);
    if (!time) return time.error();
    return Value(std::move(*time));
  }
  return bad(fmt::format("time has no function {}; there are Now, Parse", name));
}

Result<Value> call_strings(const std::string& name, const List& arguments, WallTime now) {
  if (name == "ReplaceAll") {
    if (arguments.size() != 3) return bad("ReplaceAll takes three arguments");
    return find_function("replace")->run(arguments, now);
  }
  return bad(fmt::format("strings has no function {}; there is ReplaceAll", name));
}

/// "https://github.com/org/repo.git" and "git@github.com:org/repo.git" alike.
std::string path_of_repo(std::string_view url) {
  const auto scheme = url.find("://");
  std::string_view path;
  if (scheme != std::string_view::npos) {
    path = url.substr(scheme + 3);
    const auto slash = path.find('/');
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  } else {
    const auto colon = url.find(':');
    path = colon == std::string_view::npos ? url : url.substr(colon + 1);
  }
  if (path.ends_with(".git")) path.remove_suffix(4);
  return std::string(path);
}

Result<Value> call_repo(const std::string& name, const List& arguments) {
  if (name == "GetCommitMetadata" || name == "GetAppDetails") {
    return bad(fmt::format("repo.{} asks the repo-server, which is not available here", name));
  }
  const auto url = text(name, arguments, 0);
  if (!url) return url.error();
  if (name == "QueryEscape") return Value(kube::query_escape(**url));
  auto path = path_of_repo(**url);
  if (name == "FullNameByRepoURL") {
    const auto first = path.find('/');
    const auto second = first == std::string::npos ? first : path.find('/', first + 1);
    return Value(path.substr(0, second));
  }
  if (name == "RepoURLToHTTPS") {
    std::string_view rest = **url;
    const auto scheme = rest.find("://");
    if (scheme != std::string_view::npos) {
      rest = rest.substr(scheme + 3);
      const auto at = rest.substr(0, rest.find('/')).find('@');
      if (at != std::string_view::npos) rest = rest.substr(at + 1);
      return Value("https://" + std::string(rest));
    }
    const auto at = rest.find('@');
    if (at != std::string_view::npos) rest = rest.substr(at + 1);
    std::string out(rest);
    const auto colon = out.find(':');
    if (colon != std::string::npos) out[colon] = '/';
    return Value("https://" + out);
  }
  return bad(fmt::format("repo has no function {}", name));
}

Result<Value> method_of_time(const Time& time, const std::string& name, const List& arguments) {
  const Value self{Value::Data(time)};
  if (name == "Before" || name == "After" || name == "Equal" || name == "Sub") {
    const auto other = argument<Time>(name, arguments);
    if (!other) return other.error();
    const Value that{Value::Data(**other)};
    if (name == "Equal") return Value(equal(self, that));
    return operate(name == "Sub" ? "-" : name == "Before" ? "<" : ">", self, that);
  }
  if (name == "Add") {
    const auto span = argument<Nanos>(name, arguments);
    if (!span) return span.error();
    return operate("+", self, Value(**span));
  }
  if (name == "Format") {
    const auto layout = text(name, arguments, 0);
    if (!layout) return layout.error();
    return Value(gotemplate::format_time(time, **layout));
  }
  if (name == "Unix") return Value(time.seconds);
  if (name == "UnixMilli") return Value(time.seconds * 1'000 + time.nanos / 1'000'000);
  if (name == "UTC") {
    Time utc = time;
    utc.offset_seconds = 0;
    utc.zone = "UTC";
    return Value(std::move(utc));
  }
  if (name == "IsZero") return Value(time.seconds == -62'135'596'800 && time.nanos == 0);
  if (name == "String") return Value(gotemplate::go_time_string(time));
  const std::chrono::seconds shown(time.seconds + time.offset_seconds);
  const std::chrono::sys_seconds local(shown);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const auto in_day = (local - day).count();
  if (name == "Year") return Value(static_cast<std::int64_t>(static_cast<int>(date.year())));
  if (name == "Month") return Value(static_cast<std::int64_t>(static_cast<unsigned>(date.month())));
  if (name == "Day") return Value(static_cast<std::int64_t>(static_cast<unsigned>(date.day())));
  if (name == "Weekday")
    return Value(static_cast<std::int64_t>(std::chrono::weekday(day).c_encoding()));
  if (name == "Hour") return Value(static_cast<std::int64_t>(in_day / 3'600));
  if (name == "Minute") return Value(static_cast<std::int64_t>(in_day / 60 % 60));
  if (name == "Second") return Value(static_cast<std::int64_t>(in_day % 60));
  return bad(fmt::format("a time has no method {}", name));
}

Result<Value> method_of_span(Nanos span, const std::string& name) {
  const auto nanos = span.count();
  if (name == "Hours") return Value(static_cast<double>(nanos) / 3.6e12);
  if (name == "Minutes") return Value(static_cast<double>(nanos) / 6e10);
  if (name == "Seconds") return Value(static_cast<double>(nanos) / 1e9);
  if (name == "Milliseconds") return Value(nanos / 1'000'000);
  if (name == "Microseconds") return Value(nanos / 1'000);
  if (name == "Nanoseconds") return Value(nanos);
  if (name == "String") return Value(gotemplate::print_go_duration(nanos));
  return bad(fmt::format("a duration has no method {}", name));
}

}  // namespace

Value module_member(const Module& module, std::string_view name) {
  if (module.name != "time") return {};
  for (const auto& span : kSpans) {
    if (span.name == name) return Value(span.value);
  }
  for (const auto& layout : kLayouts) {
    if (layout.name == name) return Value(std::string(layout.text));
  }
  return {};
}

Result<Value> call_method(const Value& object, const std::string& name, const List& arguments,
                          WallTime now) {
  if (const auto* module = object.as<Module>()) {
    if (module->name == "time") return call_time(name, arguments, now);
    if (module->name == "strings") return call_strings(name, arguments, now);
    return call_repo(name, arguments);
  }
  if (const auto* time = object.as<Time>()) return method_of_time(*time, name, arguments);
  if (const auto* span = object.as<Nanos>()) return method_of_span(*span, name);
  return bad(fmt::format("cannot call {} of {}", name, type_name(object)));
}

}  // namespace spokelab::hub::expr
