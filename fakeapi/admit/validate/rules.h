// Rules that the checks of many kinds are made of. Wording and order follow
// k8s.io/kubernetes/pkg/apis/*/validation.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/names.h"
#include "kube/quantity.h"
#include "kube/status.h"

namespace spokelab::fakeapi::validation {

using Causes = std::vector<kube::StatusCause>;
using Path = std::initializer_list<std::string_view>;

/// "a.b.c"
std::string dotted(Path path);
/// A cause whose value is shown as Go prints it, not as JSON.
kube::StatusCause invalid_text(std::string field, std::string_view shown, std::string_view why);
kube::StatusCause too_long(std::string field, std::size_t most);
kube::StatusCause not_found_value(std::string field, const Json& value);

/// The list at a path; an empty one where there is none.
const Json& list_at(const Json& object, Path path);
const Json& object_at(const Json& object, Path path);

// Values as Go's %#v prints them.
std::string go_texts(const Json& list);         ///< []string{"a", "b"}
std::string go_map(const Json* map);            ///< map[string]string{"a":"b"}
std::string go_int_or_text(const Json& value);  ///< intstr.IntOrString{...}
std::string go_selector(const Json& selector);  ///< v1.LabelSelector{...}
/// resource.Quantity{...}; `printed`: its text was asked for before, which Go keeps beside it.
std::string go_quantity(const kube::Quantity& amount, bool printed);

void require(Causes& causes, const Json& object, Path path, std::string_view why = "");
void not_negative(Causes& causes, const Json& object, Path path, const std::string& at = "");
/// The text at the path, if it is there, must be one of these.
void one_of(Causes& causes, const Json& object, Path path, std::vector<std::string> allowed,
            const std::string& at = "");
void immutable(Causes& causes, const Json& object, const Json* old, Path path,
               std::string_view why = "field is immutable");
/// Adds `problem`, if there is one, about the value.
void name_rule(Causes& causes, const std::string& at, const std::string& value,
               const std::string& problem);
/// What a key in a ConfigMap or Secret may not be; empty: it is fine.
std::string config_key_problem(const std::string& key);
/// "example.com/path".
void check_domain_path(Causes& causes, const std::string& at, const std::string& value);
/// The name of a CSI driver.
void check_driver_name(Causes& causes, const std::string& at, const std::string& name);
/// Tolerations, at `at`.tolerations.
void check_tolerations(Causes& causes, const Json& owner, const std::string& at);
/// Amounts of a list of resources, which are written to `at`[name].
void check_amounts(Causes& causes, const Json& amounts, const std::string& at);
/// What a claim asks for; `at`: "spec".
void check_claim_spec(Causes& causes, const Json& spec, const std::string& at);
/// "[prefix/]name". Each problem is a cause of its own.
void check_label_key(Causes& causes, const std::string& at, const std::string& key);
/// A path that leads nowhere above: no "..".
void check_no_backsteps(Causes& causes, const std::string& at, const std::string& path);
/// A path below another one.
void check_descending_path(Causes& causes, const std::string& at, const std::string& path);
void check_port(Causes& causes, const std::string& at, const Json& value);
/// Names of ports in services and probes: at most 15 letters, digits and hyphens. Each problem is a
/// cause of its own.
void check_port_name(Causes& causes, const std::string& at, const std::string& name);
/// Whole numbers from 0 and texts such as "25%"; `capped`: at most 100%.
void check_percent(Causes& causes, const std::string& at, const Json* value, bool capped);
void check_label_selector(Causes& causes, const std::string& at, const Json* selector);
void check_labels(Causes& causes, const std::string& at, const Json* labels);
void check_annotations(Causes& causes, const std::string& at, const Json& annotations);
bool is_ip(std::string_view text);
bool is_cidr(std::string_view text);
/// One range lies within another, and is smaller. Both must be ranges.
bool lies_within(std::string_view inner, std::string_view outer);
/// Addresses that no endpoint may have.
void check_special_ip(Causes& causes, const std::string& at, const std::string& ip);
constexpr const char* kNoIp = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
constexpr const char* kNoCidr = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// Containers and the rest of a pod's spec. `of_pod`: it stands in a pod, not in a template.
void check_pod_spec(Causes& causes, const Json* spec, const std::string& at, bool of_pod = false);
/// Metadata and spec of a template.
void check_template_at(Causes& causes, const Json* pod_template, const std::string& at);

// The checks of one kind each; `old` is nullptr for a creation.
void check_metadata(Causes& causes, const Json& object);
/// What an update makes of metadata; labels, annotations and owners are looked at once more.
void check_metadata_change(Causes& causes, const Json& object, const Json& old);
/// Names that custom resources may have and built-in kinds may not (core/validation's
/// ValidateObjectMeta).
void check_builtin_finalizers(Causes& causes, const Json& object);
void check_pod(Causes& causes, const Json& object, const Json* old);
void check_pod_template(Causes& causes, const Json& object, const Json* old);
void check_deployment(Causes& causes, const Json& object, const Json* old);
void check_replica_set(Causes& causes, const Json& object, const Json* old);
void check_replication_controller(Causes& causes, const Json& object, const Json* old);
void check_daemon_set(Causes& causes, const Json& object, const Json* old);
void check_stateful_set(Causes& causes, const Json& object, const Json* old);
void check_job(Causes& causes, const Json& object, const Json* old);
void check_cron_job(Causes& causes, const Json& object, const Json* old);
void check_service(Causes& causes, const Json& object, const Json* old);
void check_ingress(Causes& causes, const Json& object, const Json* old);
void check_ingress_class(Causes& causes, const Json& object, const Json* old);
void check_network_policy(Causes& causes, const Json& object, const Json* old);
void check_endpoints(Causes& causes, const Json& object, const Json* old);
void check_endpoint_slice(Causes& causes, const Json& object, const Json* old);
void check_config_map(Causes& causes, const Json& object, const Json* old);
void check_secret(Causes& causes, const Json& object, const Json* old);
void check_claim(Causes& causes, const Json& object, const Json* old);
void check_volume(Causes& causes, const Json& object, const Json* old);
void check_storage_class(Causes& causes, const Json& object, const Json* old);
void check_autoscaler(Causes& causes, const Json& object, const Json* old);
void check_budget(Causes& causes, const Json& object, const Json* old);
void check_role(Causes& causes, const Json& object, const Json* old);
void check_cluster_role(Causes& causes, const Json& object, const Json* old);
void check_role_binding(Causes& causes, const Json& object, const Json* old);
void check_cluster_role_binding(Causes& causes, const Json& object, const Json* old);
void check_priority_class(Causes& causes, const Json& object, const Json* old);
void check_lease(Causes& causes, const Json& object, const Json* old);
void check_quota(Causes& causes, const Json& object, const Json* old);
void check_node(Causes& causes, const Json& object, const Json* old);
void check_event(Causes& causes, const Json& object, const Json* old);
void check_limit_range(Causes& causes, const Json& object, const Json* old);
void check_namespace(Causes& causes, const Json& object, const Json* old);
void check_runtime_class(Causes& causes, const Json& object, const Json* old);
void check_csi_driver(Causes& causes, const Json& object, const Json* old);
void check_csi_node(Causes& causes, const Json& object, const Json* old);
void check_attachment(Causes& causes, const Json& object, const Json* old);
void check_webhooks(Causes& causes, const Json& object, const Json* old);
void check_admission_policy(Causes& causes, const Json& object, const Json* old);
void check_admission_binding(Causes& causes, const Json& object, const Json* old);
void check_api_service(Causes& causes, const Json& object, const Json* old);
void check_definition(Causes& causes, const Json& object, const Json* old);
void check_controller_revision(Causes& causes, const Json& object, const Json* old);
void check_storage_capacity(Causes& causes, const Json& object, const Json* old);
void check_flow_schema(Causes& causes, const Json& object, const Json* old);
void check_priority_level(Causes& causes, const Json& object, const Json* old);
void check_certificate_request(Causes& causes, const Json& object, const Json* old);
/// What an update through `subresource` ("", "status", "approval") may not change.
void check_certificate_request_change(Causes& causes, const Json& object, const Json& old,
                                      std::string_view subresource);
/// The status that a write of the subresource leaves behind.
void check_status(Causes& causes, std::string_view resource, const Json& object, const Json& old);

}  // namespace spokelab::fakeapi::validation
