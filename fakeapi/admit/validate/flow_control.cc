// Flow schemas and priority levels (pkg/apis/flowcontrol/validation).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::int64_t kPrecedenceMax = 10'000;
constexpr std::int64_t kQueuesMax = 10'000'000;
/// Bits of the hash that deals a hand of queues.
constexpr int kHashBits = 60;

bool has(const Json& list, std::string_view text) {
  return std::find(list.begin(), list.end(), Json(text)) != list.end();
}

/// "*" stands alone. True if it is there.
bool check_wildcard(Causes& causes, const Json& list, const std::string& at,
                    std::string_view what) {
  if (!has(list, "*")) return false;
  if (list.size() > 1)
    causes.push_back(invalid_text(
        at, go_texts(list), fmt::format("if '*' is present, must not specify other {}", what)));
  return true;
}

void check_verbs(Causes& causes, const Json& rule, const std::string& at) {
  static const std::vector<std::string> kVerbs = {
      "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"};
  const Json& verbs = list_at(rule, {"verbs"});
  if (verbs.empty()) {
    causes.push_back(kube::required_value(at, "verbs must contain at least one value"));
    return;
  }
  if (check_wildcard(causes, verbs, at, "verbs")) return;
  const bool known = std::all_of(verbs.begin(), verbs.end(), [](const Json& verb) {
    return verb.is_string() &&
           std::find(kVerbs.begin(), kVerbs.end(), verb.get<std::string>()) != kVerbs.end();
  });
  if (known) return;
  kube::StatusCause cause = kube::not_supported(at, "", kVerbs);
  cause.message.replace(cause.message.find("\"\""), 2, go_texts(verbs));
  causes.push_back(std::move(cause));
}

void check_resource_rule(Causes& causes, const Json& rule, const std::string& at) {
  check_verbs(causes, rule, at + ".verbs");
  const Json& groups = list_at(rule, {"apiGroups"});
  if (groups.empty())
    causes.push_back(kube::required_value(at + ".apiGroups",
                                          "resource rules must supply at least one api group"));
  else
    check_wildcard(causes, groups, at + ".apiGroups", "api groups");
  const Json& resources = list_at(rule, {"resources"});
  if (resources.empty())
    causes.push_back(kube::required_value(at + ".resources",
                                          "resource rules must supply at least one resource"));
  else
    check_wildcard(causes, resources, at + ".resources", "resources");
  const Json& spaces = list_at(rule, {"namespaces"});
  if (spaces.empty() && !bool_at(rule, {"clusterScope"})) {
    causes.push_back(kube::required_value(
        at + ".namespaces",
        "resource rules that are not cluster scoped must supply at least one namespace"));
    return;
  }
  if (check_wildcard(causes, spaces, at + ".namespaces", "namespaces")) return;
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    const std::string space = spaces[i].is_string() ? spaces[i].get<std::string>() : "";
    if (const std::string problem = kube::dns_label_problem(space); !problem.empty())
      causes.push_back(kube::invalid_value(
          fmt::format("{}.namespaces[{}]", at, i), space,
          "each member of this list must be '*' or a DNS-1123 label; " + problem));
  }
}

std::string path_problem(const std::string& path) {
  if (path.empty()) return "must not be empty";
  if (path == "/") return "";
  if (path[0] != '/') return "must start with slash";
  if (path.find(' ') != std::string::npos) return "must not contain white-space";
  if (path.find("//") != std::string::npos) return "must not contain double slash";
  const auto stars = std::count(path.begin(), path.end(), '*');
  if (stars > 1 || (stars == 1 && !path.ends_with("/*")))
    return "wildcard can only do suffix matching";
  return "";
}

void check_path_rule(Causes& causes, const Json& rule, const std::string& at) {
  check_verbs(causes, rule, at + ".verbs");
  const Json& paths = list_at(rule, {"nonResourceURLs"});
  if (paths.empty()) {
    causes.push_back(kube::required_value(at + ".nonResourceURLs",
                                          "nonResourceURLs must contain at least one value"));
    return;
  }
  if (check_wildcard(causes, paths, at + ".nonResourceURLs", "non-resource URLs")) return;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string path = paths[i].is_string() ? paths[i].get<std::string>() : "";
    name_rule(causes, fmt::format("{}.nonResourceURLs[{}]", at, i), path, path_problem(path));
  }
}

struct SubjectKind {
  const char* kind;
  const char* field;
};
constexpr SubjectKind kSubjects[] = {
    {"ServiceAccount", "serviceAccount"}, {"User", "user"}, {"Group", "group"}};

void check_named_subject(Causes& causes, const Json& subject, const SubjectKind& own,
                         const std::string& at) {
  const Json* named = find(subject, {own.field});
  const std::string where = at + "." + own.field;
  if (named == nullptr) {
    causes.push_back(kube::required_value(
        where, fmt::format("{} is required when subject kind is '{}'", own.field, own.kind)));
    return;
  }
  const std::string name = text_at(*named, {"name"});
  const bool account = std::string_view(own.kind) == "ServiceAccount";
  if (name.empty())
    causes.push_back(kube::required_value(where + ".name", ""));
  else if (account && name != "*")
    name_rule(causes, where + ".name", name, kube::dns_subdomain_problem(name));
  if (!account) return;
  const std::string space = text_at(*named, {"namespace"});
  if (space.empty())
    causes.push_back(
        kube::required_value(where + ".namespace", "must specify namespace for service account"));
  else
    name_rule(causes, where + ".namespace", space, kube::dns_label_problem(space));
}

void check_subject(Causes& causes, const Json& subject, const std::string& at) {
  const std::string kind = text_at(subject, {"kind"});
  const auto own = std::find_if(std::begin(kSubjects), std::end(kSubjects),
                                [&kind](const SubjectKind& one) { return kind == one.kind; });
  if (own == std::end(kSubjects)) {
    causes.push_back(kube::not_supported(at + ".kind", kind, {"Group", "ServiceAccount", "User"}));
    return;
  }
  check_named_subject(causes, subject, *own, at);
  // The others in the order in which upstream asks for them.
  for (const char* field : {"serviceAccount", "user", "group"}) {
    const auto other = std::find_if(
        std::begin(kSubjects), std::end(kSubjects),
        [field](const SubjectKind& one) { return std::string_view(field) == one.field; });
    if (other == own || find(subject, {field}) == nullptr) continue;
    causes.push_back(kube::forbidden_value(
        at + "." + field,
        fmt::format("{} is forbidden when subject kind is not '{}'", field, other->kind)));
  }
}

void check_conditions(Causes& causes, const Json& object) {
  const Json& conditions = list_at(object, {"status", "conditions"});
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string type = text_at(conditions[i], {"type"});
    const std::string at = fmt::format("status.conditions[{}].type", i);
    for (std::size_t j = 0; j < i; ++j) {
      if (text_at(conditions[j], {"type"}) != type) continue;
      causes.push_back(kube::duplicate_value(at, type));
      break;
    }
    if (type.empty()) causes.push_back(kube::required_value(at, "must not be empty"));
  }
}

/// Bits that it takes to deal a hand of that size.
double entropy_bits(std::int64_t deck, std::int64_t hand) {
  return std::ceil(std::log2(static_cast<double>(deck)) * static_cast<double>(hand));
}

void check_queuing(Causes& causes, const Json& queuing, const std::string& at) {
  const auto length = int_at(queuing, {"queueLengthLimit"});
  const auto queues = int_at(queuing, {"queues"});
  const auto hand = int_at(queuing, {"handSize"});
  const auto refuse = [&](const char* field, std::int64_t value, std::string_view why) {
    causes.push_back(kube::invalid_value(at + "." + field, value, why));
  };
  if (length <= 0) refuse("queueLengthLimit", length, "must be positive");
  if (queues <= 0)
    refuse("queues", queues, "must be positive");
  else if (queues > kQueuesMax)
    refuse("queues", queues, fmt::format("must not be greater than {}", kQueuesMax));
  if (hand <= 0)
    refuse("handSize", hand, "must be positive");
  else if (hand > queues)
    refuse("handSize", hand, fmt::format("should not be greater than queues ({})", queues));
  else if (entropy_bits(queues, hand) > kHashBits)
    refuse("handSize", hand,
           fmt::format("required entropy bits of deckSize {} and handSize {} should not be greater "
                       "than {}",
                       queues, hand, kHashBits));
}

void check_limit_response(Causes& causes, const Json& response, const std::string& at) {
  const std::string type = text_at(response, {"type"});
  const Json* queuing = find(response, {"queuing"});
  if (type == "Reject") {
    if (queuing != nullptr)
      causes.push_back(kube::forbidden_value(
          at + ".queuing", "must be nil if limited.limitResponse.type is not Limited"));
  } else if (type != "Queue") {
    causes.push_back(kube::not_supported(at + ".type", type, {"Queue", "Reject"}));
  } else if (queuing == nullptr) {
    causes.push_back(kube::required_value(
        at + ".queuing", "must not be empty if limited.limitResponse.type is Limited"));
  } else {
    check_queuing(causes, *queuing, at + ".queuing");
  }
}

void check_shares(Causes& causes, const Json& level, const std::string& at) {
  const Json* shares = find(level, {"nominalConcurrencyShares"});
  if (shares != nullptr && shares->is_number() && *shares < 0)
    causes.push_back(kube::invalid_value(at + ".nominalConcurrencyShares", *shares,
                                         "must be a non-negative integer"));
}

void check_lendable(Causes& causes, const Json& level, const std::string& at) {
  const Json* percent = find(level, {"lendablePercent"});
  if (percent != nullptr && percent->is_number() && (*percent < 0 || *percent > 100))
    causes.push_back(kube::invalid_value(at + ".lendablePercent", *percent,
                                         "must be between 0 and 100, inclusive"));
}

void check_limited(Causes& causes, const Json& limited) {
  const std::string at = "spec.limited";
  check_shares(causes, limited, at);
  check_limit_response(causes, object_at(limited, {"limitResponse"}), at + ".limitResponse");
  check_lendable(causes, limited, at);
  const Json* percent = find(limited, {"borrowingLimitPercent"});
  if (percent != nullptr && percent->is_number() && *percent < 0)
    causes.push_back(kube::invalid_value(at + ".borrowingLimitPercent", *percent,
                                         "if specified, must be a non-negative integer"));
}

}  // namespace

void check_flow_schema(Causes& causes, const Json& object, const Json*) {
  const Json& spec = object_at(object, {"spec"});
  const auto precedence = int_at(spec, {"matchingPrecedence"});
  const std::string at = "spec.matchingPrecedence";
  if (precedence <= 0)
    causes.push_back(kube::invalid_value(at, precedence, "must be a positive value"));
  if (precedence > kPrecedenceMax)
    causes.push_back(kube::invalid_value(
        at, precedence, fmt::format("must not be greater than {}", kPrecedenceMax)));
  if (precedence == 1 && text_at(object, {"metadata", "name"}) != "exempt")
    causes.push_back(kube::invalid_value(
        at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  if (const Json* method = find(spec, {"distinguisherMethod"}); method != nullptr) {
    const std::string type = text_at(*method, {"type"});
    if (type != "ByNamespace" && type != "ByUser") {
      kube::StatusCause cause =
          kube::not_supported("spec.distinguisherMethod.type", "", {"ByNamespace", "ByUser"});
      cause.message.replace(
          cause.message.find("\"\""), 2,
          fmt::format("flowcontrol.FlowDistinguisherMethod{{Type:{}}}", Json(type).dump()));
      causes.push_back(std::move(cause));
    }
  }
  const std::string level = text_at(spec, {"priorityLevelConfiguration", "name"});
  if (level.empty())
    causes.push_back(kube::required_value("spec.priorityLevelConfiguration.name",
                                          "must reference a priority level"));
  else
    name_rule(causes, "spec.priorityLevelConfiguration.name", level,
              kube::dns_subdomain_problem(level));
  const Json& rules = list_at(spec, {"rules"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string where = fmt::format("spec.rules[{}]", i);
    const Json& subjects = list_at(rules[i], {"subjects"});
    if (subjects.empty())
      causes.push_back(
          kube::required_value(where + ".subjects", "subjects must contain at least one value"));
    for (std::size_t j = 0; j < subjects.size(); ++j)
      check_subject(causes, subjects[j], fmt::format("{}.subjects[{}]", where, j));
    const Json& resources = list_at(rules[i], {"resourceRules"});
    const Json& paths = list_at(rules[i], {"nonResourceRules"});
    if (resources.empty() && paths.empty())
      causes.push_back(kube::required_value(
          where, "at least one of resourceRules and nonResourceRules has to be non-empty"));
    for (std::size_t j = 0; j < resources.size(); ++j)
      check_resource_rule(causes, resources[j], fmt::format("{}.resourceRules[{}]", where, j));
    for (std::size_t j = 0; j < paths.size(); ++j)
      check_path_rule(causes, paths[j], fmt::format("{}.nonResourceRules[{}]", where, j));
  }
  check_conditions(causes, object);
}

void check_priority_level(Causes& causes, const Json& object, const Json*) {
  const Json& spec = object_at(object, {"spec"});
  const std::string type = text_at(spec, {"type"});
  if ((text_at(object, {"metadata", "name"}) == "exempt") != (type == "Exempt"))
    causes.push_back(kube::invalid_value("spec.type", type,
                                         "type must be 'Exempt' if and only if name is 'exempt'"));
  const Json* limited = find(spec, {"limited"});
  const Json* exempt = find(spec, {"exempt"});
  if (type == "Exempt") {
    if (limited != nullptr)
      causes.push_back(
          kube::forbidden_value("spec.limited", "must be nil if the type is not Limited"));
    if (exempt != nullptr) {
      check_shares(causes, *exempt, "spec.exempt");
      check_lendable(causes, *exempt, "spec.exempt");
    }
  } else if (type == "Limited") {
    if (exempt != nullptr)
      causes.push_back(kube::forbidden_value("spec.exempt", "must be nil if the type is Limited"));
    if (limited == nullptr)
      causes.push_back(
          kube::required_value("spec.limited", "must not be empty when type is Limited"));
    else
      check_limited(causes, *limited);
  } else {
    causes.push_back(kube::not_supported("spec.type", type, {"Exempt", "Limited"}));
  }
  check_conditions(causes, object);
}

}  // namespace spokelab::fakeapi::validation
