// Holding values against a schema, keyword by keyword.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/json.h"
#include "hub/helm/schema/check.h"

namespace spokelab::hub::helm {

namespace {

constexpr int kDepthMax = 400;
constexpr std::int64_t kStepsMax = 400'000;

std::string joined(const std::vector<std::size_t>& numbers) {
  return fmt::format("{}", fmt::join(numbers, " "));
}

class Validator {
 public:
  explicit Validator(const Schema& schema) : schema_(schema) {}

  Result<void> run(const Json& value) {
    Unseen unseen;
    const auto failure = check(schema_.root(), value, "", nullptr, false, unseen);
    if (limit_) return Error(Errc::limit, *limit_);
    if (!failure) return {};
    std::string out;
    if (failure->group) {
      for (const Failure& cause : failure->causes) print(cause, 1, out);
    } else {
      print(*failure, 1, out);
    }
    return Error(Errc::bad_input, out.substr(1));
  }

 private:
  using Found = std::optional<Failure>;

  Found check(const Json& node, const Json& value, const std::string& place, const Scope* outer,
              bool unseen_wanted, Unseen& unseen) {
    if (limit_) return std::nullopt;
    if (++depth_ > kDepthMax || ++steps_ > kStepsMax) {
      limit_ = depth_ > kDepthMax ? fmt::format("the schema leads deeper than {} levels", kDepthMax)
                                  : fmt::format("the schema takes more than {} steps", kStepsMax);
      return std::nullopt;
    }
    const std::string* resource = schema_.resource(node);
    if (resource != nullptr) resources_.push_back(resource);
    Found found = checked(node, value, place, outer, unseen_wanted, unseen);
    if (resource != nullptr) resources_.pop_back();
    --depth_;
    return found;
  }

  Found checked(const Json& node, const Json& value, const std::string& place, const Scope* outer,
                bool unseen_wanted, Unseen& unseen) {
    if (node.is_boolean()) {
      if (node.get<bool>()) return std::nullopt;
      return Failure{place, "false schema", {}};
    }
    for (const Scope* at = outer; at != nullptr; at = at->outer) {
      if (at->node == &node) return Failure{place, "references of the schema form a cycle", {}};
    }
    const Scope scope{&node, outer};
    Check one{node, value, place, scope, unseen};
    const bool old_reference = schema_.draft() < 2019 && node.contains("$ref");
    if (old_reference) return reference(one, "$ref");
    note_unseen(one, unseen_wanted);
    if (auto first = check_value(one, schema_)) return first;
    one.take(reference(one, "$ref"));
    if (value.is_object()) check_object(one);
    if (value.is_array()) check_array(one);
    if (value.is_string()) check_text(one, schema_);
    if (value.is_number()) check_number(one);
    if (schema_.draft() >= 2019) {
      one.take(reference(one, "$recursiveRef"));
      one.take(reference(one, "$dynamicRef"));
    }
    check_combined(one);
    if (schema_.draft() >= 2019) check_unseen(one);
    if (one.failures.empty()) return std::nullopt;
    if (one.failures.size() == 1) return std::move(one.failures.front());
    Failure group{place, "validation failed", std::move(one.failures)};
    group.group = true;
    return group;
  }

  void note_unseen(Check& one, bool wanted) {
    if (schema_.draft() < 2019) return;
    Unseen& unseen = one.unseen;
    unseen.wanted = wanted || one.node.contains("unevaluatedProperties") ||
                    one.node.contains("unevaluatedItems");
    if (!unseen.wanted) return;
    if (one.value.is_object()) {
      for (const auto& item : one.value.items()) unseen.names.insert(item.key());
    }
    if (one.value.is_array()) {
      for (std::size_t i = 0; i < one.value.size(); ++i) unseen.items.insert(i);
    }
  }

  Found self(Check& one, const Json& node) {
    Unseen unseen;
    auto found = check(node, one.value, one.place, &one.scope, one.unseen.wanted, unseen);
    if (!found && one.unseen.wanted) {
      std::erase_if(one.unseen.names, [&](const auto& n) { return !unseen.names.contains(n); });
      std::erase_if(one.unseen.items, [&](const auto& i) { return !unseen.items.contains(i); });
    }
    return found;
  }
  Found below(Check& one, const Json& node, const Json& value, std::string_view token) {
    Unseen unseen;
    return check(node, value, one.place + "/" + pointer_step(token), nullptr, false, unseen);
  }

  Found reference(Check& one, const char* keyword) {
    const Json* text = one.keyword(keyword);
    if (text == nullptr || !text->is_string()) return std::nullopt;
    const Json* target = schema_.target(one.node, keyword, resources_);
    if (target == nullptr) return std::nullopt;
    auto found = self(one, *target);
    if (!found) return std::nullopt;
    Failure out{one.place, "validation failed", {}};
    out.reference = true;
    if (found->group)
      out.causes = std::move(found->causes);
    else
      out.causes.push_back(std::move(*found));
    return out;
  }

  static std::vector<std::string> missing(const Json& object, const Json& names) {
    std::vector<std::string> out;
    for (const Json& name : names) {
      if (name.is_string() && !object.contains(name.get_ref<const std::string&>()))
        out.push_back(name.get<std::string>());
    }
    return out;
  }

  void check_object(Check& one) {
    const Json& object = one.value;
    one.at_least("minProperties", object.size());
    one.at_most("maxProperties", object.size());
    if (const Json* required = one.keyword("required")) {
      if (const auto names = missing(object, *required); !names.empty()) {
        one.fail(fmt::format("missing {} {}", names.size() == 1 ? "property" : "properties",
                             shown_names(names)));
      }
    }
    check_dependents(one, "dependencies");
    check_members(one);
    if (schema_.draft() == 4) return;
    if (const Json* names = one.keyword("propertyNames")) {
      for (const auto& item : object.items()) {
        Unseen unseen;
        auto found = check(*names, Json(item.key()), "", nullptr, false, unseen);
        if (!found) continue;
        Failure out{"", "invalid propertyName " + shown_text(item.key()), {}};
        if (found->group)
          out.causes = std::move(found->causes);
        else
          out.causes.push_back(std::move(*found));
        one.failures.push_back(std::move(out));
      }
    }
    if (schema_.draft() == 6) return;
    check_dependents(one, "dependentSchemas");
    check_dependents(one, "dependentRequired");
  }

  void check_dependents(Check& one, const char* keyword) {
    const Json* all = one.keyword(keyword);
    if (all == nullptr || !all->is_object()) return;
    for (const auto& [name, wanted] : all->items()) {
      if (!one.value.contains(name)) continue;
      if (!wanted.is_array()) {
        one.take(self(one, wanted));
        continue;
      }
      const auto names = missing(one.value, wanted);
      if (!names.empty()) {
        one.fail(fmt::format("properties {} required, if {} exists", shown_names(names),
                             shown_text(name)));
      }
    }
  }

  void check_members(Check& one) {
    const Json* properties = one.keyword("properties");
    const Json* patterns = one.keyword("patternProperties");
    const Json* others = one.keyword("additionalProperties");
    std::vector<std::string> refused;
    for (const auto& [name, item] : one.value.items()) {
      bool seen = false;
      if (properties != nullptr) {
        if (const auto hit = properties->find(name); hit != properties->end()) {
          seen = true;
          one.take(below(one, *hit, item, name));
        }
      }
      if (patterns != nullptr) {
        for (const auto& [pattern, node] : patterns->items()) {
          if (!re2::RE2::PartialMatch(name, schema_.pattern(pattern))) continue;
          seen = true;
          one.take(below(one, node, item, name));
        }
      }
      if (!seen && others != nullptr) {
        seen = true;
        if (others->is_boolean()) {
          if (!others->get<bool>()) refused.push_back(name);
        } else {
          one.take(below(one, *others, item, name));
        }
      }
      if (seen) one.unseen.names.erase(name);
    }
    if (!refused.empty())
      one.fail(fmt::format("additional properties {} not allowed", shown_names(refused)));
  }

  void check_array(Check& one) {
    const Json& list = one.value;
    one.at_least("minItems", list.size());
    one.at_most("maxItems", list.size());
    if (const Json* unique = one.keyword("uniqueItems"); unique != nullptr && *unique == true)
      check_unique(one);
    const bool tuples = schema_.draft() >= 2020;
    const Json* items = one.keyword("items");
    const Json* first = tuples ? one.keyword("prefixItems") : items;
    std::size_t seen = 0;
    if (first != nullptr && first->is_array()) {
      for (; seen < std::min(first->size(), list.size()); ++seen)
        one.take(below(one, (*first)[seen], list[seen], std::to_string(seen)));
    }
    const Json* rest =
        tuples || items == nullptr || !items->is_array() ? items : one.keyword("additionalItems");
    if (rest != nullptr && rest != items && *rest == false) {
      if (seen < list.size())
        one.fail(fmt::format("last {} additionalItem(s) not allowed", list.size() - seen));
      seen = list.size();
    } else if (rest != nullptr) {
      for (; seen < list.size(); ++seen)
        one.take(below(one, *rest, list[seen], std::to_string(seen)));
    }
    for (std::size_t i = 0; i < seen; ++i) one.unseen.items.erase(i);
    if (schema_.draft() >= 6) check_contains(one);
  }

  void check_unique(Check& one) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < one.value.size(); ++i) {
      const auto [hit, fresh] = known.emplace(one.value[i].dump(), i);
      if (fresh) continue;
      return one.fail(fmt::format("items at {} and {} are equal", hit->second, i));
    }
  }

  void check_contains(Check& one) {
    const Json* wanted = one.keyword("contains");
    if (wanted == nullptr) return;
    std::vector<Failure> failures;
    std::vector<std::size_t> matched;
    for (std::size_t i = 0; i < one.value.size(); ++i) {
      if (auto found = below(one, *wanted, one.value[i], std::to_string(i))) {
        failures.push_back(std::move(*found));
        continue;
      }
      matched.push_back(i);
      if (schema_.draft() >= 2020) one.unseen.items.erase(i);
    }
    const bool counted = schema_.draft() >= 2019;
    const auto least = counted ? one.count("minContains") : std::nullopt;
    const auto most = counted ? one.count("maxContains") : std::nullopt;
    if (least && matched.size() < *least) {
      one.fail(matched.empty()
                   ? fmt::format("min {} items required to match contains schema, but none matched",
                                 *least)
                   : fmt::format("min {} items required to match contains schema, but matched {} "
                                 "items at {}",
                                 *least, matched.size(), joined(matched)),
               std::move(failures));
    } else if (!least && matched.empty()) {
      one.fail("no items match contains schema", std::move(failures));
    }
    if (most && matched.size() > *most) {
      one.fail(
          fmt::format("max {} items required to match contains schema, but matched {} items at {}",
                      *most, matched.size(), joined(matched)));
    }
  }

  void check_combined(Check& one) {
    if (const Json* inner = one.keyword("not")) {
      if (!self(one, *inner) && !limit_) one.fail("'not' failed");
    }
    check_all(one);
    check_any(one);
    check_one(one);
    const Json* condition = schema_.draft() >= 7 ? one.keyword("if") : nullptr;
    if (condition == nullptr) return;
    if (const Json* then = one.keyword(self(one, *condition) ? "else" : "then"))
      one.take(self(one, *then));
  }
  void check_all(Check& one) {
    const Json* all = one.keyword("allOf");
    if (all == nullptr) return;
    std::vector<Failure> failures;
    for (const Json& node : *all) {
      if (auto found = self(one, node)) failures.push_back(std::move(*found));
    }
    if (!failures.empty()) one.fail("'allOf' failed", std::move(failures));
  }
  void check_any(Check& one) {
    const Json* any = one.keyword("anyOf");
    if (any == nullptr) return;
    std::vector<Failure> failures;
    bool matched = false;
    for (const Json& node : *any) {
      if (auto found = self(one, node)) {
        failures.push_back(std::move(*found));
        continue;
      }
      matched = true;
      if (!one.unseen.wanted) break;
    }
    if (!matched) one.fail("'anyOf' failed", std::move(failures));
  }
  void check_one(Check& one) {
    const Json* list = one.keyword("oneOf");
    if (list == nullptr) return;
    std::vector<Failure> failures;
    std::optional<std::size_t> matched;
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto found = self(one, (*list)[i])) {
        failures.push_back(std::move(*found));
        continue;
      }
      if (matched)
        return one.fail(fmt::format("'oneOf' failed, subschemas {}, {} matched", *matched, i));
      matched = i;
    }
    if (!matched) one.fail("'oneOf' failed, none matched", std::move(failures));
  }

  void check_unseen(Check& one) {
    if (const Json* node = one.keyword("unevaluatedProperties");
        node != nullptr && one.value.is_object()) {
      for (const std::string& name : one.unseen.names)
        one.take(below(one, *node, one.value.at(name), name));
      one.unseen.names.clear();
    }
    if (const Json* node = one.keyword("unevaluatedItems");
        node != nullptr && one.value.is_array()) {
      for (const std::size_t i : one.unseen.items)
        one.take(below(one, *node, one.value[i], std::to_string(i)));
      one.unseen.items.clear();
    }
  }

  const Schema& schema_;
  int depth_ = 0;
  std::int64_t steps_ = 0;
  std::vector<const std::string*> resources_;  // entered on the way here, outermost first
  std::optional<std::string> limit_;
};

}  // namespace

Result<void> Schema::check(const Json& value) const { return Validator(*this).run(value); }

}  // namespace spokelab::hub::helm
