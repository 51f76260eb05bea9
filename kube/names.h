// Rules for names and labels, worded as Kubernetes words them (apimachinery util/validation).
#pragma once

#include <string>
#include <string_view>

namespace spokelab::kube {

/// Each returns what is wrong with `text`, or "" when it is fine.
std::string dns_subdomain_problem(std::string_view text);  ///< RFC 1123, at most 253.
std::string dns_label_problem(std::string_view text);      ///< RFC 1123, at most 63.
std::string dns1035_label_problem(std::string_view text);  ///< Starts with a letter, at most 63.
std::string path_segment_problem(
    std::string_view text);  ///< Anything that can stand in a URL path.
/// The order in which discovery names versions: v2, v1, v1beta2, v1beta1, v1alpha1, then others by
/// their letters (apimachinery's CompareKubeAwareVersionStrings). True: `a` comes before `b`.
bool version_before(std::string_view a, std::string_view b);
/// "[prefix/]name": keys of labels and annotations, finalizers, resources.
std::string label_key_problem(std::string_view text);
std::string label_value_problem(std::string_view text);

}  // namespace spokelab::kube
