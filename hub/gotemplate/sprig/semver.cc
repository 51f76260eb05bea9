// Sprig: semantic versions.
#include "hub/gotemplate/semver.h"

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

class VersionObject final : public Object {
 public:
  explicit VersionObject(Version version) : version_(std::move(version)) {}
  std::string type_name() const override { return "*semver.Version"; }
  std::string_view kind_name() const override { return "ptr"; }
  std::optional<Value> get(std::string_view) const override { return std::nullopt; }
  int method_arity(std::string_view name) const override {
    if (name == "Compare") return 1;
    for (const char* known :
         {"Major", "Minor", "Patch", "Prerelease", "Metadata", "Original", "String"}) {
      if (name == known) return 0;
    }
    return -1;
  }
  char method_param(std::string_view) const override { return 'o'; }
  Value call(Runtime& runtime, std::string_view name, std::vector<Value> args) const override {
    if (name == "Major") return Value::uint64(version_.major);
    if (name == "Minor") return Value::uint64(version_.minor);
    if (name == "Patch") return Value::uint64(version_.patch);
    if (name == "Prerelease") return Value(version_.prerelease);
    if (name == "Metadata") return Value(version_.metadata);
    if (name == "Original") return Value(version_.original);
    if (name == "String") return Value(version_.text());
    const auto* other =
        args[0].is(Kind::object) ? dynamic_cast<const VersionObject*>(&args[0].object()) : nullptr;
    if (other == nullptr) return runtime.fail("wrong type for value; expected *semver.Version");
    return Value::integer(compare(version_, other->version_));
  }
  std::string print() const override { return version_.text(); }

 private:
  Version version_;
};

}  // namespace

void add_sprig_semver(FunctionTable& table) {
  table.add("semver", "s", [](Call& c) {
    auto version = parse_version(c.text(0));
    if (!version) return c.fail("invalid semantic version");
    return Value(
        std::shared_ptr<const Object>(std::make_shared<VersionObject>(std::move(*version))));
  });
  table.add("semverCompare", "ss", [](Call& c) {
    const auto constraint = Constraint::parse(c.text(0));
    if (!constraint) return c.fail(constraint.error().message());
    const auto version = parse_version(c.text(1));
    if (!version) return c.fail("invalid semantic version");
    return Value(constraint->allows(*version));
  });
}

}  // namespace spokelab::hub::gotemplate
