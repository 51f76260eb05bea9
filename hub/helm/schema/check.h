// One schema at one value, while it is being checked.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/helm/schema/failure.h"
#include "hub/helm/schema/schema.h"

namespace spokelab::hub::helm {

/// What of a value no keyword has looked at yet; kept while someone may ask.
struct Unseen {
  bool wanted = false;
  std::set<std::string, std::less<>> names;
  std::set<std::size_t> items;
  bool empty() const { return names.empty() && items.empty(); }
};

/// Schemas that look at the same value, innermost first.
struct Scope {
  const Json* node;
  const Scope* outer;
};

/// One schema at one value.
struct Check {
  const Json& node;
  const Json& value;
  const std::string& place;
  const Scope& scope;
  Unseen& unseen;
  std::vector<Failure> failures{};

  const Json* keyword(const char* name) const {
    const auto hit = node.find(name);
    return hit == node.end() ? nullptr : &*hit;
  }
  void fail(std::string message, std::vector<Failure> causes = {}) {
    failures.push_back(Failure{place, std::move(message), std::move(causes)});
  }
  void take(std::optional<Failure> failure) {
    if (failure) failures.push_back(std::move(*failure));
  }
  std::optional<std::size_t> count(const char* name) const {
    const Json* limit = keyword(name);
    if (limit == nullptr || !limit->is_number()) return std::nullopt;
    return static_cast<std::size_t>(std::clamp(limit->get<double>(), 0.0, 1e15));
  }
  void at_least(const char* name, std::size_t got) {
    if (const auto want = count(name); want && got < *want) measure(name, got, *want);
  }
  void at_most(const char* name, std::size_t got) {
    if (const auto want = count(name); want && got > *want) measure(name, got, *want);
  }
  void measure(const char* name, std::size_t got, std::size_t want) {
    fail(std::string(name) + ": got " + shown_count(got) + ", want " + shown_count(want));
  }
};

/// Keywords after whose failure nothing else is looked at: type, const, enum, format.
std::optional<Failure> check_value(const Check& one, const Schema& schema);
/// What texts and numbers are held against.
void check_text(Check& one, const Schema& schema);
void check_number(Check& one);

}  // namespace spokelab::hub::helm
