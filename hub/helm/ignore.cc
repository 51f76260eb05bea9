// .helmignore rules.
#include "hub/helm/ignore.h"

#include <fnmatch.h>

namespace spokelab::hub::helm {

Result<Ignore> Ignore::parse(std::string_view text) {
  Ignore out;
  std::string all(text);
  all += "\ntemplates/.?*\n";
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\n', at);
    std::string line = all.substr(at, end - at);
    at = end + 1;
    const std::size_t from = line.find_first_not_of(" \t\r");
    if (from == std::string::npos) continue;
    line = line.substr(from, line.find_last_not_of(" \t\r") - from + 1);
    if (line[0] == '#') continue;
    if (line.find("**") != std::string::npos)
      return Error(Errc::bad_input, "double-star (**) syntax is not supported");
    Rule rule;
    if (line[0] == '!') {
      rule.negated = true;
      line.erase(0, 1);
    }
    if (line.ends_with('/')) {
      rule.folders_only = true;
      line.pop_back();
    }
    rule.whole_path = line.find('/') != std::string::npos;
    if (line.starts_with('/')) line.erase(0, 1);
    rule.pattern = std::move(line);
    out.rules_.push_back(std::move(rule));
  }
  return out;
}

bool Ignore::matches_one(const std::string& path, bool folder) const {
  for (const Rule& rule : rules_) {
    const std::string base = path.substr(path.rfind('/') + 1);
    const std::string& subject = rule.whole_path ? path : base;
    const bool hit = fnmatch(rule.pattern.c_str(), subject.c_str(), FNM_PATHNAME) == 0;
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
    if (matches_one(std::string(path.substr(0, slash)), true)) return true;
  }
  return matches_one(std::string(path), false);
}

}  // namespace spokelab::hub::helm
