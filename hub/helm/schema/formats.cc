// The `format` keyword of JSON Schema.
#include "hub/helm/schema/formats.h"

#include <re2/re2.h>

#include <boost/asio/ip/address.hpp>
#include <map>
#include <memory>

namespace spokelab::hub::helm {

namespace {

using Problem = std::optional<std::string>;

bool fits(std::string_view text, const char* pattern) {
  static thread_local std::map<const char*, std::unique_ptr<re2::RE2>> compiled;
  auto& regex = compiled[pattern];
  if (!regex) regex = std::make_unique<re2::RE2>(pattern);
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex);
}

Problem unless(bool good, const char* problem) { return good ? std::nullopt : Problem(problem); }

int number(std::string_view digits) {
  int out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return out;
}

Problem ipv4(std::string_view text) {
  boost::system::error_code failed;
  boost::asio::ip::make_address_v4(std::string(text), failed);
  const bool zeros = fits(text, "(?:.*\\.)?0[0-9].*");
  return unless(!failed && !zeros && fits(text, "[0-9.]+"), "expected four decimals of 0 to 255");
}

Problem ipv6(std::string_view text) {
  boost::system::error_code failed;
  boost::asio::ip::make_address_v6(std::string(text), failed);
  return unless(!failed && text.find('%') == std::string_view::npos, "not an IPv6 address");
}

Problem hostname(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() > 253) return "more than 253 characters long";
  return unless(fits(text,
                     "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
                     "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"),
                "labels are 1 to 63 letters, digits and inner hyphens");
}

Problem email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (text.size() > 254) return "more than 255 characters long";
  if (at == std::string_view::npos) return "missing @";
  const std::string_view local = text.substr(0, at);
  std::string_view domain = text.substr(at + 1);
  if (local.size() > 64) return "local part more than 64 characters long";
  const bool quoted = local.size() > 1 && local.front() == '"';
  if (quoted ? !fits(local, "\"[^\"\\\\]*.")
             : !fits(local,
                     "(?:[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+"
                     "(?:\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*)?")) {
    return "invalid local part";
  }
  Problem problem;
  if (domain.starts_with('[') && domain.ends_with(']')) {
    domain = domain.substr(1, domain.size() - 2);
    problem = domain.starts_with("IPv6:") ? ipv6(domain.substr(5)) : ipv4(domain);
  } else {
    problem = hostname(domain);
  }
  return problem ? Problem("invalid domain: " + *problem) : std::nullopt;
}

Problem date(std::string_view text) {
  if (!fits(text, "[0-9]{4}-[0-9]{2}-[0-9]{2}")) return "not of the form 2006-01-02";
  const int year = number(text.substr(0, 4)), month = number(text.substr(5, 2));
  const int day = number(text.substr(8, 2));
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return "month out of range";
  const int days = kDays[month - 1] + (month == 2 && leap ? 1 : 0);
  return unless(day >= 1 && day <= days, "day out of range");
}

Problem time_of_day(std::string_view text) {
  if (!fits(text, "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+)?(?:[zZ]|[+-][0-9]{2}:[0-9]{2})"))
    return "not of the form 15:04:05Z";
  const int hour = number(text.substr(0, 2)), minute = number(text.substr(3, 2));
  const int second = number(text.substr(6, 2));
  if (hour > 23 || minute > 59 || second > 60) return "hour/min/sec out of range";
  int minutes = hour * 60 + minute;
  if (text.back() != 'z' && text.back() != 'Z') {
    const std::string_view offset = text.substr(text.size() - 6);
    const int hours = number(offset.substr(1, 2)), rest = number(offset.substr(4, 2));
    if (hours > 23 || rest > 59) return "hour/min in offset out of range";
    minutes += (offset[0] == '+' ? -1 : 1) * (hours * 60 + rest);
    if (minutes < 0) minutes += 24 * 60;
  }
  return unless(second < 60 || minutes % (24 * 60) == 23 * 60 + 59, "invalid leap second");
}

Problem date_time(std::string_view text) {
  if (text.size() < 20) return "less than 20 characters long";
  if (text[10] != 't' && text[10] != 'T') return "11th character must be t or T";
  if (auto problem = date(text.substr(0, 10))) return "invalid date element: " + *problem;
  if (auto problem = time_of_day(text.substr(11))) return "invalid time element: " + *problem;
  return std::nullopt;
}

Problem duration(std::string_view text) {
  return unless(fits(text,
                     "P(?:[0-9]+W|(?:[0-9]+[YMD])(?:[0-9]+[MD])?(?:[0-9]+D)?(?:T(?:[0-9]+[HMS])+"
                     ")?|T(?:[0-9]+[HMS])+)"),
                "not of the form P3Y6M4DT12H30M5S");
}

Problem uri_reference(std::string_view text) {
  if (fits(text, "(?s:.*[\\x00-\\x1F\\x7F].*)")) return "invalid control character in URL";
  if (fits(text, "(?s:.*%(?:[0-9a-fA-F]?[^0-9a-fA-F].*|[0-9a-fA-F]?))"))
    return "invalid URL escape";
  if (text.starts_with(':')) return "missing protocol scheme";
  if (fits(text, "[0-9+.-][^/?#]*:.*")) return "first path segment in URL cannot contain colon";
  if (fits(text, "(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*[ <>\"^`{|}\\\\][^/?#]*(?s:.*)"))
    return "invalid character in host name";
  if (fits(text,
           "(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#@]*@)?(?:\\[[^\\]]*\\]|[^/?#:]*):[0-9]*[^0-9/"
           "?#](?s:.*)"))
    return "invalid port after host";
  return std::nullopt;
}

Problem uri(std::string_view text) {
  if (auto problem = uri_reference(text)) return problem;
  return unless(fits(text, "[a-zA-Z][a-zA-Z0-9+.-]*:(?s:.*)"), "relative url");
}

Problem json_pointer(std::string_view text) {
  return unless(fits(text, "(?s:(?:/(?:[^/~]|~[01])*)*)"),
                "parts begin with /, and ~ is followed by 0 or 1");
}

Problem relative_json_pointer(std::string_view text) {
  return unless(fits(text, "(?s:(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^/~]|~[01])*)*))"),
                "must start with non-negative integer");
}

Problem uuid(std::string_view text) {
  return unless(fits(text, "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
                "must have 5 elements of 8, 4, 4, 4 and 12 hex digits");
}

Problem semver(std::string_view text) {
  return unless(fits(text,
                     "(?:0|[1-9][0-9]*)(?:\\.(?:0|[1-9][0-9]*)){2}"
                     "(?:-(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
                     "(?:\\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
                     "(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?"),
                "versionCore must have 3 numbers separated by dot");
}

Problem period(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return "missing slash";
  const std::string_view start = text.substr(0, slash), end = text.substr(slash + 1);
  if (auto problem = start.starts_with('P') ? duration(start) : date_time(start))
    return "invalid start: " + *problem;
  const bool span = !start.starts_with('P') && end.starts_with('P');
  if (auto problem = span ? duration(end) : date_time(end)) return "invalid end: " + *problem;
  return std::nullopt;
}

Problem uri_template(std::string_view text) {
  if (auto problem = uri_reference(text)) return problem;
  return unless(fits(text, "(?s:[^{}]*(?:\\{[^{}]*\\}[^{}]*)*)"), "nested curly braces");
}

Problem regex(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 compiled(re2::StringPiece(text.data(), text.size()), options);
  return compiled.ok() ? std::nullopt : Problem(compiled.error());
}

}  // namespace

std::optional<std::string> format_problem(std::string_view format, std::string_view text) {
  static const std::map<std::string_view, Problem (*)(std::string_view)> checks = {
      {"json-pointer", json_pointer},
      {"relative-json-pointer", relative_json_pointer},
      {"uuid", uuid},
      {"duration", duration},
      {"period", period},
      {"ipv4", ipv4},
      {"ipv6", ipv6},
      {"hostname", hostname},
      {"email", email},
      {"date", date},
      {"time", time_of_day},
      {"date-time", date_time},
      {"uri", uri},
      {"iri", uri},
      {"uri-reference", uri_reference},
      {"iri-reference", uri_reference},
      {"uri-template", uri_template},
      {"semver", semver},
      {"regex", regex}};
  const auto check = checks.find(format);
  return check == checks.end() ? std::nullopt : check->second(text);
}

}  // namespace spokelab::hub::helm
