// Semantic versions and their constraints.
#include "hub/gotemplate/semver.h"

#include <fmt/format.h>

#include <charconv>

#include "hub/gotemplate/format.h"

namespace spokelab::hub::gotemplate {

namespace {

bool identifier_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool good_identifiers(std::string_view text, bool prerelease) {
  while (true) {
    const std::string_view part = text.substr(0, text.find('.'));
    if (part.empty()) return false;
    bool digits = true;
    for (const char c : part) {
      if (!identifier_char(c)) return false;
      digits = digits && c >= '0' && c <= '9';
    }
    if (prerelease && digits && part.size() > 1 && part[0] == '0') return false;
    if (part.size() == text.size()) return true;
    text.remove_prefix(part.size() + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

int compare_part(std::string_view a, std::string_view b) {
  const auto x = number(a), y = number(b);
  if (x && y) return *x < *y ? -1 : *x > *y;
  if (x) return -1;
  if (y) return 1;
  return a < b ? -1 : a > b;
}

int compare_prerelease(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (a.empty()) return 1;
  if (b.empty()) return -1;
  while (true) {
    const std::string_view x = a.substr(0, a.find('.')), y = b.substr(0, b.find('.'));
    if (const int order = compare_part(x, y); order != 0) return order;
    const bool a_ends = x.size() == a.size(), b_ends = y.size() == b.size();
    if (a_ends || b_ends) return a_ends && b_ends ? 0 : a_ends ? -1 : 1;
    a.remove_prefix(x.size() + 1);
    b.remove_prefix(y.size() + 1);
  }
}

struct Parts {
  std::string_view numbers, prerelease, metadata;
  bool has_prerelease = false, has_metadata = false;
};

Parts split(std::string_view text) {
  Parts out;
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    out.metadata = text.substr(plus + 1);
    out.has_metadata = true;
    text = text.substr(0, plus);
  }
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    out.prerelease = text.substr(dash + 1);
    out.has_prerelease = true;
    text = text.substr(0, dash);
  }
  out.numbers = text;
  return out;
}

}  // namespace

std::string Version::text() const {
  std::string out = fmt::format("{}.{}.{}", major, minor, patch);
  if (!prerelease.empty()) out += "-" + prerelease;
  if (!metadata.empty()) out += "+" + metadata;
  return out;
}

std::optional<Version> parse_version(std::string_view text) {
  Version out;
  out.original = text;
  if (text.starts_with('v')) text.remove_prefix(1);
  const Parts parts = split(text);
  if (parts.has_prerelease && !good_identifiers(parts.prerelease, true)) return std::nullopt;
  if (parts.has_metadata && !good_identifiers(parts.metadata, false)) return std::nullopt;
  out.prerelease = parts.prerelease;
  out.metadata = parts.metadata;
  std::uint64_t* const places[] = {&out.major, &out.minor, &out.patch};
  std::string_view rest = parts.numbers;
  for (std::size_t i = 0;; ++i) {
    if (i == 3) return std::nullopt;
    const std::string_view part = rest.substr(0, rest.find('.'));
    const auto value = number(part);
    if (!value) return std::nullopt;
    *places[i] = *value;
    if (part.size() == rest.size()) return out;
    rest.remove_prefix(part.size() + 1);
  }
}

std::string version_error(std::string_view text) {
  const char* const invalid = "invalid semantic version";
  if (text.starts_with('v')) text.remove_prefix(1);
  const Parts parts = split(text);
  if (parts.has_prerelease && !good_identifiers(parts.prerelease, false)) return invalid;
  if (parts.has_metadata && !good_identifiers(parts.metadata, false)) return invalid;
  std::string_view rest = parts.numbers;
  for (int i = 0;; ++i) {
    const std::string_view part = rest.substr(0, rest.find('.'));
    if (i == 3 || part.empty() || part.find_first_not_of("0123456789") != std::string_view::npos)
      return invalid;
    if (!number(part)) {
      return fmt::format(
          "error parsing version segment: strconv.ParseUint: parsing {}: value out of range",
          quote(part));
    }
    if (part.size() == rest.size()) break;
    rest.remove_prefix(part.size() + 1);
  }
  return "version segment starts with 0";
}

int compare(const Version& left, const Version& right) {
  if (left.major != right.major) return left.major < right.major ? -1 : 1;
  if (left.minor != right.minor) return left.minor < right.minor ? -1 : 1;
  if (left.patch != right.patch) return left.patch < right.patch ? -1 : 1;
  return compare_prerelease(left.prerelease, right.prerelease);
}

std::optional<Constraint::Term> Constraint::parse_term(std::string_view text, bool& unreadable) {
  Term out;
  const std::size_t start = text.find_first_not_of("=!<>~^");
  out.op = text.substr(0, start);
  constexpr std::string_view kOps[] = {
      "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"};
  bool known = false;
  for (const std::string_view op : kOps) known = known || op == out.op;
  if (!known || start == std::string_view::npos) return std::nullopt;
  if (out.op == "=>") out.op = ">=";
  if (out.op == "=<") out.op = "<=";
  if (out.op == "~>") out.op = "~";
  if (out.op.empty()) out.op = "=";
  text = text.substr(text.find_first_not_of(' ', start));
  if (text.starts_with('v')) text.remove_prefix(1);
  const Parts parts = split(text);
  std::string filled;
  std::string_view rest = parts.numbers;
  for (int i = 0; i < 3; ++i) {
    const std::size_t size = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, size);
    const bool wild = part.empty() || part == "x" || part == "X" || part == "*";
    if (wild && i == 0) {
      if (part.empty()) return std::nullopt;
      out.any = true;
    }
    if (wild && i <= 1) out.minor_any = true;
    if (wild) out.patch_any = true;
    filled += (i > 0 ? "." : "") +
              std::string(wild || out.minor_any || out.any ? (wild ? "0" : "0") : part);
    rest = size < rest.size() ? rest.substr(size + 1) : std::string_view();
  }
  if (!rest.empty()) return std::nullopt;
  if (parts.has_prerelease) filled += "-" + std::string(parts.prerelease);
  if (parts.has_metadata) filled += "+" + std::string(parts.metadata);
  auto version = parse_version(filled);
  if (!version) {
    unreadable = version_error(filled) != "invalid semantic version";
    return std::nullopt;
  }
  out.version = std::move(*version);
  return out;
}

Result<Constraint> Constraint::parse(std::string_view text) {
  Constraint out;
  while (true) {
    const std::size_t bar = std::min(text.find("||"), text.size());
    std::string group(text.substr(0, bar));
    const Error improper(Errc::bad_input, fmt::format("improper constraint: {}", group));
    // "a - b" is ">=a <=b".
    for (std::size_t dash = group.find(" - "); dash != std::string::npos;
         dash = group.find(" - ")) {
      const std::size_t from = group.find_last_of(" ,", dash - 1);
      const std::size_t left = dash == 0 ? 0 : from == std::string::npos ? 0 : from + 1;
      group.replace(dash, 3, " <=");
      group.insert(left, ">=");
    }
    std::vector<Term> terms;
    for (std::size_t at = 0; at < group.size();) {
      at = group.find_first_not_of(" ,\t\n", at);
      if (at == std::string::npos) break;
      std::size_t end = group.find_first_not_of("=!<>~^", at);
      end = end == std::string::npos ? group.size() : group.find_first_not_of(' ', end);
      if (end == std::string::npos) return improper;
      end = std::min(group.find_first_of(" ,\t", end), group.size());
      bool unreadable = false;
      auto term = parse_term(std::string_view(group).substr(at, end - at), unreadable);
      if (unreadable) return Error(Errc::bad_input, "constraint parser error");
      if (!term) return improper;
      terms.push_back(std::move(*term));
      at = end;
    }
    if (terms.empty()) return improper;
    out.groups_.push_back(std::move(terms));
    if (bar == text.size()) return out;
    text.remove_prefix(bar + 2);
  }
}

bool Constraint::allows(const Term& term, const Version& version) {
  const Version& want = term.version;
  const auto floor_of = [&] { return compare(version, want) >= 0; };
  const bool same_major = term.any || version.major == want.major;
  const bool same_minor = same_major && (term.minor_any || version.minor == want.minor);
  // Anything from 0.0.0 on, with a tilde of all things.
  const bool zero = want.major == 0 && want.minor == 0 && want.patch == 0;
  if (term.op == "~" && zero && !term.minor_any && !term.patch_any) return floor_of();
  if (term.op == "~" || (term.op == "=" && (term.patch_any || term.minor_any))) {
    return floor_of() && same_minor;
  }
  if (term.op == "=") return compare(version, want) == 0;
  if (term.op == "!=") {
    if (term.any) return false;
    if (term.minor_any) return !same_major;
    if (term.patch_any) return !same_minor;
    return compare(version, want) != 0;
  }
  if (term.op == ">") {
    if (term.any) return false;
    if (term.minor_any) return version.major > want.major;
    if (term.patch_any)
      return version.major > want.major ||
             (version.major == want.major && version.minor > want.minor);
    return compare(version, want) > 0;
  }
  if (term.op == ">=") return floor_of();
  if (term.op == "<") return compare(version, want) < 0;
  if (term.op == "<=") {
    if (term.any) return true;
    if (term.minor_any) return version.major <= want.major;
    if (term.patch_any)
      return version.major < want.major ||
             (version.major == want.major && version.minor <= want.minor);
    return compare(version, want) <= 0;
  }
  // ^: nothing left of the first part that is not zero may change.
  if (!floor_of()) return false;
  if (want.major > 0 || term.minor_any) return same_major;
  if (version.major != 0) return false;
  if (want.minor > 0 || term.patch_any) return version.minor == want.minor;
  return version.minor == 0 && version.patch == want.patch;
}

bool Constraint::allows(const Version& version) const {
  for (const auto& group : groups_) {
    bool prerelease_named = version.prerelease.empty();
    bool all = true;
    for (const Term& term : group) {
      prerelease_named = prerelease_named || !term.version.prerelease.empty();
      all = all && allows(term, version);
    }
    if (all && prerelease_named) return true;
  }
  return false;
}

}  // namespace spokelab::hub::gotemplate
