#include "fakeapi/serve/accept.h"

#include <algorithm>

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kClausesMax = 32;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char mark) {
  const auto end = std::min(rest.find(mark), rest.size());
  const auto part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

bool MediaClause::takes(std::string_view media_type) const {
  return type == "*/*" || type == media_type;  // upstream knows no "application/*"
}

std::vector<MediaClause> accepted(const HttpRequest& request) {
  const auto* header = request.headers.find("Accept");
  std::vector<MediaClause> clauses;
  std::string_view rest = header != nullptr ? std::string_view(*header) : std::string_view();
  while (!rest.empty() && clauses.size() < kClausesMax) {
    auto part = take_until(rest, ',');
    if (part.empty()) continue;
    MediaClause clause;
    clause.type = std::string(take_until(part, ';'));
    while (!part.empty()) {
      auto parameter = take_until(part, ';');
      const auto name = take_until(parameter, '=');
      if (name == "as") clause.as = std::string(parameter);
      if (name == "v") clause.version = std::string(parameter);
      if (name == "g") clause.group = std::string(parameter);
    }
    clauses.push_back(std::move(clause));
  }
  if (clauses.empty()) clauses.push_back({"*/*", "", "", ""});
  return clauses;
}

}  // namespace spokelab::fakeapi
