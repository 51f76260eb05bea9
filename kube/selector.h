// Label and field selectors: what narrows lists, watches and workloads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::kube {

enum class SelectorOp : std::uint8_t { exists, absent, in, not_in, greater, less };

/// A conjunction of requirements on labels. Empty: everything matches.
class LabelSelector {
 public:
  static constexpr std::size_t kRequirementsMax = 1'000;

  struct Requirement {
    std::string key;
    SelectorOp op = SelectorOp::exists;
    std::vector<std::string> values;  ///< Sorted.
    friend bool operator==(const Requirement&, const Requirement&) = default;
  };

  LabelSelector() = default;
  /// Reads "a=b,c!=d,e in (f,g),h notin (i),j,!k,l>5,m<6". Errors: bad_input, worded as
  /// Kubernetes'.
  static Result<LabelSelector> parse(std::string_view text);
  /// Reads {"matchLabels": ..., "matchExpressions": ...}; {} matches everything and null nothing
  /// (as metav1.LabelSelectorAsSelector). Errors: bad_input.
  static Result<LabelSelector> from_json(const Json& selector);
  /// Every key equals its value: the selector of a Service.
  static LabelSelector from_map(const Json& labels);

  bool empty() const noexcept { return requirements_.empty() && !nothing_; }
  bool matches(const Json& labels) const;
  /// As matches(), for the labels of an object.
  bool matches_object(const Json& object) const;
  /// As labels.Selector prints: "a=b,c in (d,e)", requirements sorted by key.
  std::string text() const;
  const std::vector<Requirement>& requirements() const noexcept { return requirements_; }

 private:
  std::vector<Requirement> requirements_;
  bool nothing_ = false;
};

/// A conjunction of "path=value" and "path!=value" over an object's fields.
class FieldSelector {
 public:
  struct Requirement {
    std::string path;  ///< "metadata.name".
    bool equal = true;
    std::string value;
  };

  /// Errors: bad_input.
  static Result<FieldSelector> parse(std::string_view text);
  bool empty() const noexcept { return requirements_.empty(); }
  /// An absent field counts as "", an absent boolean as "false".
  bool matches(const Json& object) const;
  const std::vector<Requirement>& requirements() const noexcept { return requirements_; }
  /// The value that a "path=" requirement demands, or nullptr.
  const std::string* wanted(std::string_view path) const;

 private:
  std::vector<Requirement> requirements_;
};

}  // namespace spokelab::kube
