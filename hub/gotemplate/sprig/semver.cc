// Sprig: semantic versions.
#include "hub/gotemplate/semver.h"

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

/// What a version becomes: without pre-release and metadata, but with a leading "v" it had.
Version changed(const Version& from, std::uint64_t major, std::uint64_t minor,
                std::uint64_t patch) {
  Version out;
  out.major = major;
  out.minor = minor;
  out.patch = patch;
  out.original = (from.original.starts_with('v') ? "v" : "") + out.text();
  return out;
}

class VersionObject final : public Object {
 public:
  /// `pointer`: whether Go's type of it is *semver.Version.
  VersionObject(Version version, bool pointer) : version_(std::move(version)), pointer_(pointer) {}
  std::string type_name() const override { return pointer_ ? "*semver.Version" : "semver.Version"; }
  std::string_view kind_name() const override { return pointer_ ? "ptr" : "struct"; }
  std::optional<Value> get(std::string_view) const override { return std::nullopt; }
  int method_arity(std::string_view name) const override {
    for (const char* known : {"Major", "Minor", "Patch", "Prerelease", "Metadata", "String",
                              "IncMajor", "IncMinor", "IncPatch"}) {
      if (name == known) return 0;
    }
    if (name == "SetPrerelease" || name == "SetMetadata") return 1;
    if (!pointer_) return -1;
    return name == "Original" ? 0 : compares(name) ? 1 : -1;
  }
  char method_param(std::string_view name) const override { return compares(name) ? 'V' : 's'; }
  Value call(Runtime& runtime, std::string_view name, std::vector<Value> args) const override {
    const Version& v = version_;
    if (name == "Major") return Value::uint64(v.major);
    if (name == "Minor") return Value::uint64(v.minor);
    if (name == "Patch") return Value::uint64(v.patch);
    if (name == "Prerelease") return Value(v.prerelease);
    if (name == "Metadata") return Value(v.metadata);
    if (name == "Original") return Value(v.original);
    if (name == "String") return Value(v.text());
    if (name == "IncMajor") return made(changed(v, v.major + 1, 0, 0));
    if (name == "IncMinor") return made(changed(v, v.major, v.minor + 1, 0));
    if (name == "IncPatch")
      return made(changed(v, v.major, v.minor, v.patch + (v.prerelease.empty() ? 1 : 0)));
    if (name.starts_with("Set")) return with(runtime, name == "SetMetadata", args[0].text());
    return compared(name, dynamic_cast<const VersionObject&>(args[0].object()).version_);
  }
  std::string print() const override { return version_.text(); }

 private:
  static bool compares(std::string_view name) {
    for (const char* known :
         {"Compare", "Equal", "LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual"}) {
      if (name == known) return true;
    }
    return false;
  }
  static Value made(Version version) {
    return Value(
        std::shared_ptr<const Object>(std::make_shared<VersionObject>(std::move(version), false)));
  }
  Value compared(std::string_view how, const Version& other) const {
    const int order = compare(version_, other);
    if (how == "Equal") return order == 0;
    if (how == "LessThan") return order < 0;
    if (how == "LessThanEqual") return order <= 0;
    if (how == "GreaterThan") return order > 0;
    if (how == "GreaterThanEqual") return order >= 0;
    return Value::integer(order);
  }
  Value with(Runtime& runtime, bool metadata, const std::string& text) const {
    Version out = changed(version_, version_.major, version_.minor, version_.patch);
    out.prerelease = metadata ? version_.prerelease : text;
    out.metadata = metadata ? text : version_.metadata;
    if (!text.empty() && !parse_version(out.text())) {
      return runtime.fail(metadata ? "invalid metadata string" : "invalid prerelease string");
    }
    out.original = (version_.original.starts_with('v') ? "v" : "") + out.text();
    return made(std::move(out));
  }

  Version version_;
  bool pointer_;
};

}  // namespace

void add_sprig_semver(FunctionTable& table) {
  table.add("semver", "s", [](Call& c) {
    auto version = parse_version(c.text(0));
    if (!version) return c.fail(version_error(c.text(0)));
    return Value(
        std::shared_ptr<const Object>(std::make_shared<VersionObject>(std::move(*version), true)));
  });
  table.add("semverCompare", "ss", [](Call& c) {
    const auto constraint = Constraint::parse(c.text(0));
    if (!constraint) return c.fail(constraint.error().message());
    const auto version = parse_version(c.text(1));
    if (!version) return c.fail(version_error(c.text(1)));
    return Value(constraint->allows(*version));
  });
}

}  // namespace spokelab::hub::gotemplate
