// Names and look-ups of the typed scenario.
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

std::string_view name_of(Place::Kind kind) noexcept {
  switch (kind) {
    case Place::Kind::hub:
      return "hub";
    case Place::Kind::owner:
      return "owner";
    case Place::Kind::replica:
      return "replica";
    case Place::Kind::cluster:
      return "cluster";
    case Place::Kind::region:
      return "region";
    case Place::Kind::users:
      return "users";
    case Place::Kind::router:
      return "router";
    case Place::Kind::traffic:
      return "traffic";
    case Place::Kind::git:
      return "git";
    case Place::Kind::repo:
      return "repo";
  }
  return "";
}

std::string_view name_of(Expectation::Word word) noexcept {
  switch (word) {
    case Expectation::Word::always:
      return "always";
    case Expectation::Word::never:
      return "never";
    case Expectation::Word::eventually:
      return "eventually";
    case Expectation::Word::stable:
      return "stable";
    case Expectation::Word::reached:
      return "reached";
  }
  return "";
}

Nanos NetworkSpec::between(const std::string& a, const std::string& b) const {
  if (a == b) return within_region;
  const auto known = round_trip.find(a < b ? std::pair(a, b) : std::pair(b, a));
  return known == round_trip.end() ? between_regions : known->second;
}

Nanos Parameters::duration(const std::string& name, Nanos fallback) const {
  const auto* value = find<Nanos>(name);
  return value == nullptr ? fallback : *value;
}

Share Parameters::share(const std::string& name, Share fallback) const {
  const auto* value = find<Share>(name);
  return value == nullptr ? fallback : *value;
}

std::int64_t Parameters::count(const std::string& name, std::int64_t fallback) const {
  const auto* value = find<std::int64_t>(name);
  return value == nullptr ? fallback : *value;
}

std::string Parameters::text(const std::string& name, std::string fallback) const {
  const auto* value = find<std::string>(name);
  return value == nullptr ? std::move(fallback) : *value;
}

std::vector<std::string> Parameters::list(const std::string& name) const {
  const auto* value = find<std::vector<std::string>>(name);
  return value == nullptr ? std::vector<std::string>() : *value;
}

Position Scenario::where(const std::string& path) const {
  const auto known = positions.find(path);
  return known == positions.end() ? Position{} : known->second;
}

}  // namespace spokelab::harness
