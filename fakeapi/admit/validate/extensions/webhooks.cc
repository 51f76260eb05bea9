// Admission webhooks and policies, and API services (pkg/apis/admissionregistration/validation,
// kube-aggregator pkg/apis/apiregistration/validation).
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/json.h"
#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::int64_t kTimeoutMax = 30;
constexpr std::int64_t kGroupPriorityMax = 20'000;
constexpr std::int64_t kVersionPriorityMax = 1'000;

void need_list(Causes& causes, const Json& owner, const char* field, const std::string& at) {
  if (list_at(owner, {field}).empty()) causes.push_back(kube::required_value(at + "." + field, ""));
}

/// A "*" beside which nothing else may stand.
void check_star(Causes& causes, const Json& owner, const char* field, const std::string& at,
                std::string_view why) {
  const Json& values = list_at(owner, {field});
  const bool star = std::find(values.begin(), values.end(), Json("*")) != values.end();
  if (star && values.size() > 1)
    causes.push_back(invalid_text(at + "." + field, go_texts(values), why));
}

/// None of the texts of a list is empty.
void need_texts(Causes& causes, const Json& owner, const char* field, const std::string& at) {
  const Json& list = list_at(owner, {field});
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == "")
      causes.push_back(kube::required_value(fmt::format("{}.{}[{}]", at, field, i), ""));
  }
}

void check_resources(Causes& causes, const Json& rule, const std::string& at) {
  need_list(causes, rule, "resources", at);
  need_texts(causes, rule, "resources", at);
  const Json& resources = list_at(rule, {"resources"});
  const bool star = std::find(resources.begin(), resources.end(), Json("*")) != resources.end();
  const bool plain = std::any_of(resources.begin(), resources.end(), [](const Json& one) {
    return one.is_string() && one != "*" &&
           one.get_ref<const std::string&>().find('/') == std::string::npos;
  });
  if (star && plain)
    causes.push_back(
        invalid_text(at + ".resources", go_texts(resources),
                     "if '*' is present, must not specify other resources without subresources"));
}

void check_rule(Causes& causes, const Json& rule, const std::string& at) {
  need_list(causes, rule, "operations", at);
  check_star(causes, rule, "operations", at,
             "if '*' is present, must not specify other operations");
  const Json& operations = list_at(rule, {"operations"});
  for (std::size_t i = 0; i < operations.size(); ++i) {
    static const std::vector<std::string> kKnown = {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"};
    if (operations[i].is_string() &&
        std::find(kKnown.begin(), kKnown.end(), operations[i].get<std::string>()) == kKnown.end())
      causes.push_back(
          kube::not_supported(fmt::format("{}.operations[{}]", at, i), operations[i], kKnown));
  }
  need_list(causes, rule, "apiGroups", at);
  check_star(causes, rule, "apiGroups", at, "if '*' is present, must not specify other API groups");
  need_list(causes, rule, "apiVersions", at);
  check_star(causes, rule, "apiVersions", at,
             "if '*' is present, must not specify other API versions");
  need_texts(causes, rule, "apiVersions", at);
  check_resources(causes, rule, at);
  one_of(causes, rule, {"scope"}, {"*", "Cluster", "Namespaced"}, at);
}

/// What stands behind a marker in a URL, up to the end or another marker.
std::string part_of(const std::string& url, char from, char to) {
  const auto begin = url.find(from);
  if (begin == std::string::npos) return "";
  const auto end = url.find(to, begin);
  return url.substr(begin + 1, end == std::string::npos ? end : end - begin - 1);
}

void check_url(Causes& causes, const std::string& url, const std::string& at) {
  const auto colon = url.find("://");
  const std::string scheme = colon == std::string::npos ? "" : url.substr(0, colon);
  std::string host = colon == std::string::npos ? "" : url.substr(colon + 3);
  host.resize(std::min(host.find_first_of("/?#"), host.size()));
  const std::string form = "; desired format: https://host[/path]";
  if (scheme != "https")
    causes.push_back(
        kube::invalid_value(at, scheme, "'https' is the only allowed URL scheme" + form));
  if (host.empty())
    causes.push_back(kube::invalid_value(at, host, "host must be specified" + form));
  if (const auto name = host.find('@'); name != std::string::npos)
    causes.push_back(kube::invalid_value(at, host.substr(0, name),
                                         "user information is not permitted in the URL"));
  if (const auto fragment = part_of(url, '#', '\0'); !fragment.empty())
    causes.push_back(kube::invalid_value(at, fragment, "fragments are not permitted in the URL"));
  if (const auto query = part_of(url, '?', '#'); !query.empty())
    causes.push_back(
        kube::invalid_value(at, query, "query parameters are not permitted in the URL"));
}

void check_client(Causes& causes, const Json& webhook, const std::string& at) {
  const Json& client = object_at(webhook, {"clientConfig"});
  const Json* url = find(client, {"url"});
  const Json* service = find(client, {"service"});
  if ((url == nullptr) == (service == nullptr))
    return causes.push_back(kube::required_value(at, "exactly one of url or service is required"));
  if (url != nullptr) return check_url(causes, text_at(client, {"url"}), at + ".url");
  for (const char* field : {"name", "namespace"}) {
    if (text_at(*service, {field}).empty())
      causes.push_back(kube::required_value(fmt::format("{}.service.{}", at, field),
                                            fmt::format("service {} is required", field)));
  }
}

void check_conditions(Causes& causes, const Json& owner, const std::string& at) {
  const Json& conditions = list_at(owner, {"matchConditions"});
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string here = fmt::format("{}.matchConditions[{}]", at, i);
    if (text_at(conditions[i], {"expression"}).empty())
      causes.push_back(kube::required_value(here + ".expression", ""));
    const std::string name = text_at(conditions[i], {"name"});
    if (name.empty())
      causes.push_back(kube::required_value(here + ".name", ""));
    else
      check_label_key(causes, here + ".name", name);
  }
}

void check_review_versions(Causes& causes, const Json& webhook, const std::string& at) {
  const Json& versions = list_at(webhook, {"admissionReviewVersions"});
  if (versions.empty())
    return causes.push_back(kube::required_value(at, "must specify one of v1, v1beta1"));
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].is_string())
      name_rule(causes, fmt::format("{}[{}]", at, i), versions[i].get<std::string>(),
                kube::dns1035_label_problem(versions[i].get<std::string>()));
  }
  const bool known = std::any_of(versions.begin(), versions.end(),
                                 [](const Json& one) { return one == "v1" || one == "v1beta1"; });
  if (!known)
    causes.push_back(
        invalid_text(at, go_texts(versions), "must include at least one of v1, v1beta1"));
}

void check_webhook(Causes& causes, const Json& webhook, const std::string& at) {
  const std::string name = text_at(webhook, {"name"});
  if (name.empty())
    causes.push_back(kube::required_value(at + ".name", ""));
  else if (const auto problem = kube::dns_subdomain_problem(name); !problem.empty())
    causes.push_back(kube::invalid_value(at + ".name", name, problem));
  else if (std::count(name.begin(), name.end(), '.') < 2)
    causes.push_back(kube::invalid_value(
        at + ".name", name, "should be a domain with at least three segments separated by dots"));
  const Json& rules = list_at(webhook, {"rules"});
  for (std::size_t i = 0; i < rules.size(); ++i)
    check_rule(causes, rules[i], fmt::format("{}.rules[{}]", at, i));
  one_of(causes, webhook, {"failurePolicy"}, {"Fail", "Ignore"}, at);
  one_of(causes, webhook, {"matchPolicy"}, {"Equivalent", "Exact"}, at);
  if (find(webhook, {"sideEffects"}) == nullptr)
    causes.push_back(
        kube::required_value(at + ".sideEffects", "must specify one of None, NoneOnDryRun"));
  else
    one_of(causes, webhook, {"sideEffects"}, {"None", "NoneOnDryRun"}, at);
  const Json* timeout = find(webhook, {"timeoutSeconds"});
  if (timeout != nullptr && timeout->is_number_integer() &&
      (*timeout < 1 || *timeout > kTimeoutMax))
    causes.push_back(kube::invalid_value(at + ".timeoutSeconds", *timeout,
                                         "the timeout value must be between 1 and 30 seconds"));
  check_label_selector(causes, at + ".namespaceSelector", find(webhook, {"namespaceSelector"}));
  check_label_selector(causes, at + ".objectSelector", find(webhook, {"objectSelector"}));
  one_of(causes, webhook, {"reinvocationPolicy"}, {"IfNeeded", "Never"}, at);
  check_client(causes, webhook, at + ".clientConfig");
  check_conditions(causes, webhook, at);
}

}  // namespace

void check_webhooks(Causes& causes, const Json& object, const Json*) {
  const Json& webhooks = list_at(object, {"webhooks"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    const std::string at = fmt::format("webhooks[{}]", i);
    check_webhook(causes, webhooks[i], at);
    check_review_versions(causes, webhooks[i], at + ".admissionReviewVersions");
    const std::string name = text_at(webhooks[i], {"name"});
    if (!name.empty() && !names.insert(name).second)
      causes.push_back(kube::duplicate_value(at + ".name", name));
  }
}

void check_admission_policy(Causes& causes, const Json& object, const Json*) {
  const Json& spec = object_at(object, {"spec"});
  one_of(causes, spec, {"failurePolicy"}, {"Fail", "Ignore"}, "spec");
  check_conditions(causes, spec, "spec");
  const Json* constraints = find(spec, {"matchConstraints"});
  if (constraints == nullptr) {
    causes.push_back(kube::required_value("spec.matchConstraints", ""));
  } else {
    const Json& rules = list_at(*constraints, {"resourceRules"});
    if (rules.empty())
      causes.push_back(kube::required_value("spec.matchConstraints.resourceRules", ""));
    for (std::size_t i = 0; i < rules.size(); ++i)
      check_rule(causes, rules[i], fmt::format("spec.matchConstraints.resourceRules[{}]", i));
  }
  const Json& validations = list_at(spec, {"validations"});
  if (validations.empty() && list_at(spec, {"auditAnnotations"}).empty()) {
    for (const char* field : {"validations", "auditAnnotations"})
      causes.push_back(
          kube::required_value(std::string("spec.") + field,
                               "validations or auditAnnotations must contain at least one item"));
  }
  for (std::size_t i = 0; i < validations.size(); ++i) {
    if (text_at(validations[i], {"expression"}).empty())
      causes.push_back(kube::required_value(fmt::format("spec.validations[{}].expression", i),
                                            "expression is not specified"));
  }
}

void check_admission_binding(Causes& causes, const Json& object, const Json*) {
  const std::string policy = text_at(object, {"spec", "policyName"});
  if (policy.empty())
    causes.push_back(kube::required_value("spec.policyName", ""));
  else
    name_rule(causes, "spec.policyName", policy, kube::dns_subdomain_problem(policy));
  const Json& actions = list_at(object, {"spec", "validationActions"});
  if (actions.empty())
    causes.push_back(kube::required_value("spec.validationActions",
                                          "at least one validation action is required"));
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::string at = fmt::format("spec.validationActions[{}]", i);
    if (actions[i] != "Audit" && actions[i] != "Deny" && actions[i] != "Warn")
      causes.push_back(kube::not_supported(at, actions[i], {"Audit", "Deny", "Warn"}));
    else if (std::find(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(i),
                       actions[i]) != actions.begin() + static_cast<std::ptrdiff_t>(i))
      causes.push_back(kube::duplicate_value(at, actions[i]));
  }
  const auto has = [&actions](const char* name) {
    return std::find(actions.begin(), actions.end(), Json(name)) != actions.end();
  };
  if (!has("Deny") || !has("Warn")) return;
  std::string shown = go_texts(actions);
  shown.replace(0, std::string_view("[]string").size(), "[]admissionregistration.ValidationAction");
  causes.push_back(invalid_text(
      "spec.validationActions", shown,
      "must not contain both Deny and Warn (repeating the same validation failure information in "
      "the API response and headers serves no purpose)"));
}

void check_api_service(Causes& causes, const Json& object, const Json*) {
  const Json& spec = object_at(object, {"spec"});
  const std::string want = text_at(spec, {"version"}) + "." + text_at(spec, {"group"});
  const std::string name = text_at(object, {"metadata", "name"});
  if (name != want)
    causes.push_back(kube::invalid_value(
        "metadata.name", name,
        fmt::format("must be `spec.version+\".\"+spec.group`: {}", Json(want).dump())));
  if (text_at(spec, {"group"}).empty() && text_at(spec, {"version"}) != "v1")
    causes.push_back(kube::required_value(
        "spec.group", "only v1 may have an empty group and it better be legacy kube"));
  const std::string version_name = text_at(spec, {"version"});
  name_rule(causes, "spec.version", version_name, kube::dns1035_label_problem(version_name));
  if (const std::string group_name = text_at(spec, {"group"}); !group_name.empty())
    name_rule(causes, "spec.group", group_name, kube::dns_subdomain_problem(group_name));
  const auto group = int_at(spec, {"groupPriorityMinimum"});
  if (group <= 0 || group > kGroupPriorityMax)
    causes.push_back(kube::invalid_value("spec.groupPriorityMinimum", group,
                                         "must be positive and less than 20000"));
  const auto version = int_at(spec, {"versionPriority"});
  if (version <= 0 || version > kVersionPriorityMax)
    causes.push_back(kube::invalid_value("spec.versionPriority", version,
                                         "must be positive and less than 1000"));
  const Json* service = find(spec, {"service"});
  const bool unchecked = bool_at(spec, {"insecureSkipTLSVerify"});
  if (service == nullptr) {
    if (!text_at(spec, {"caBundle"}).empty())
      causes.push_back(kube::invalid_value(
          "spec.caBundle", fmt::format("{} bytes", text_at(spec, {"caBundle"}).size()),
          "local APIServices may not have a caBundle"));
    if (unchecked)
      causes.push_back(kube::invalid_value("spec.insecureSkipTLSVerify", true,
                                           "local APIServices may not have insecureSkipTLSVerify"));
    return;
  }
  if (unchecked && !text_at(spec, {"caBundle"}).empty())
    causes.push_back(kube::invalid_value("spec.insecureSkipTLSVerify", true,
                                         "may not be true if caBundle is present"));
  for (const char* field : {"namespace", "name"}) {
    if (text_at(*service, {field}).empty())
      causes.push_back(kube::required_value(std::string("spec.service.") + field, ""));
  }
}

}  // namespace spokelab::fakeapi::validation
