// Name rules. Hand-written scans: they run for each label of each written object.
#include "kube/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace spokelab::kube {

namespace {

bool lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool alnum(char c) { return lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

bool is_dns_label(std::string_view text) {
  return !text.empty() && lower_alnum(text.front()) && lower_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return lower_alnum(c) || c == '-'; });
}

bool is_dns_subdomain(std::string_view text) {
  for (;;) {
    const auto dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_qualified(std::string_view text) {
  return !text.empty() && alnum(text.front()) && alnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return alnum(c) || c == '-' || c == '_' || c == '.'; });
}

std::string too_long(std::size_t most) {
  return "must be no more than " + std::to_string(most) + " characters";
}

constexpr const char* kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
    "validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* kLabel =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
    "validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* k1035 =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used "
    "for "
    "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* kQualified =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr const char* kValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and "
    "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex "
    "used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

}  // namespace

std::string dns_subdomain_problem(std::string_view text) {
  if (text.size() > 253) return too_long(253);
  return is_dns_subdomain(text) ? "" : kSubdomain;
}

std::string dns_label_problem(std::string_view text) {
  if (text.size() > 63) return too_long(63);
  if (is_dns_label(text)) return "";
  return is_dns_subdomain(text) ? "must not contain dots" : kLabel;
}

std::string dns1035_label_problem(std::string_view text) {
  if (text.size() > 63) return too_long(63);
  return is_dns_label(text) && text[0] >= 'a' ? "" : k1035;
}

std::string path_segment_problem(std::string_view text) {
  if (text == "." || text == "..") return "may not be '" + std::string(text) + "'";
  for (const char c : {'/', '%'}) {
    if (text.find(c) != std::string_view::npos) return std::string("may not contain '") + c + "'";
  }
  return "";
}

std::string label_key_problem(std::string_view text) {
  const auto slash = text.find('/');
  auto name = text;
  if (slash != std::string_view::npos) {
    const auto prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (name.find('/') != std::string_view::npos) {
      return fmt::format(
          "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. "
          "'example.com/MyName')",
          std::string_view(kQualified).substr(10));
    }
    if (prefix.empty()) return "prefix part must be non-empty";
    if (const auto problem = dns_subdomain_problem(prefix); !problem.empty()) {
      return "prefix part " + problem;
    }
  }
  if (name.empty()) return "name part must be non-empty";
  if (name.size() > 63) return "name part " + too_long(63);
  return is_qualified(name) ? "" : kQualified;
}

std::string label_value_problem(std::string_view text) {
  if (text.size() > 63) return too_long(63);
  return text.empty() || is_qualified(text) ? "" : kValue;
}

namespace {

struct Version {
  bool known = false;
  int stage = 0;  // 2: generally available, 1: beta, 0: alpha
  int major = 0;
  int minor = 0;
};

/// Takes digits from the front. -1: there are none, or too many.
int take_number(std::string_view& text) {
  int number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{}) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

Version parse_version(std::string_view text) {
  Version version;
  if (!text.starts_with('v')) return version;
  text.remove_prefix(1);
  version.major = take_number(text);
  version.stage = 2;
  if (version.major >= 0 && !text.empty()) {
    version.stage = text.starts_with("beta") ? 1 : 0;
    const std::string_view word = version.stage == 1 ? "beta" : "alpha";
    if (!text.starts_with(word)) return version;
    text.remove_prefix(word.size());
    version.minor = take_number(text);
  }
  version.known = version.major >= 0 && version.minor >= 0 && text.empty();
  return version;
}

}  // namespace

bool version_before(std::string_view a, std::string_view b) {
  const Version left = parse_version(a);
  const Version right = parse_version(b);
  if (left.known != right.known) return left.known;
  if (!left.known) return a < b;
  return std::tie(left.stage, left.major, left.minor) >
         std::tie(right.stage, right.major, right.minor);
}

}  // namespace spokelab::kube
