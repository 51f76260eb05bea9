// .helmignore rules.
#include "hub/helm/chart/ignore.h"

namespace spokelab::hub::helm {

Result<Ignore> Ignore::parse(std::string_view text) {
  Ignore out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto added = out.add(text.substr(0, end)); !added) return added.error();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (auto added = out.add("templates/.?*"); !added) return added.error();
  return out;
}

Result<void> Ignore::add(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  const std::size_t from = line.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return {};
  line = line.substr(from, line.find_last_not_of(kBlanks) - from + 1);
  if (line[0] == '#') return {};
  if (line.find("**") != std::string_view::npos)
    return Error(Errc::bad_input, "double-star (**) syntax is not supported");
  if (auto whole = Glob::compile(line, GlobDialect::go_path); !whole) return whole.error();
  Rule rule;
  if (line[0] == '!') {
    rule.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    rule.folders_only = true;
    line.remove_suffix(1);
  }
  rule.whole_path = line.find('/') != std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  auto pattern = Glob::compile(line, GlobDialect::go_path);
  if (!pattern) return pattern.error();
  rule.pattern.emplace(std::move(*pattern));
  rules_.push_back(std::move(rule));
  return {};
}

bool Ignore::matches_one(std::string_view path, bool folder) const {
  for (const Rule& rule : rules_) {
    const bool hit =
        rule.pattern->matches(rule.whole_path ? path : path.substr(path.rfind('/') + 1));
    if (rule.negated) {
      if ((rule.folders_only && !folder) || !hit) return true;
      continue;
    }
    if (rule.folders_only && !folder) continue;
    if (hit) return true;
  }
  return false;
}

bool Ignore::matches(std::string_view path) const {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (matches_one(path.substr(0, slash), true)) return true;
  }
  return matches_one(path, false);
}

}  // namespace spokelab::hub::helm
