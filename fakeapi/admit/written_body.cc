// One pass over a JSON text that keeps nothing but the way to where it is.
#include "fakeapi/admit/written_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/json.h"
#include "base/yaml_keys.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kFindingsMax = 100;  // as sigs.k8s.io/json's strict decoder

/// Receives the tokens of a text from nlohmann's parser.
class KeyWalk final : public nlohmann::json_sax<Json> {
 public:
  /// Called for each key in order; `again`: it stood in this object before. False: what is below it
  /// does not matter.
  using OnKey = std::function<bool(const std::string& path, bool again)>;
  explicit KeyWalk(OnKey on_key) : on_key_(std::move(on_key)) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    Level& level = levels_.back();
    level.step = (level.path.empty() ? "" : level.path + ".") + key;
    const bool again = !level.keys.insert(std::move(key)).second;
    level.quiet_below = level.quiet || !on_key_(level.step, again);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  struct Level {
    std::string path;
    std::string step;  // to the value that is read next
    std::set<std::string> keys;
    std::size_t index = 0;
    bool array = false;
    bool quiet = false;
    bool quiet_below = false;
  };
  std::string here() const {
    if (levels_.empty()) return "";
    const Level& level = levels_.back();
    return level.array ? fmt::format("{}[{}]", level.path, level.index) : level.step;
  }
  bool open(bool array) {
    if (levels_.size() >= kDepthMax) return false;
    Level level;
    level.path = here();
    level.array = array;
    level.quiet = !levels_.empty() && (levels_.back().quiet_below || levels_.back().quiet);
    levels_.push_back(std::move(level));
    return true;
  }
  bool close() {
    levels_.pop_back();
    return value();
  }
  bool value() {
    if (!levels_.empty()) ++levels_.back().index;
    return true;
  }

  static constexpr std::size_t kDepthMax = 500;
  OnKey on_key_;
  std::vector<Level> levels_;
};

}  // namespace

std::vector<std::string> repeated_keys(std::string_view json) {
  std::vector<std::string> found;
  KeyWalk walk([&found](const std::string& path, bool again) {
    if (again && found.size() < kFindingsMax) found.push_back(path);
    return true;
  });
  Json::sax_parse(json.begin(), json.end(), &walk);
  return found;
}

std::vector<std::string> strict_findings(std::string_view json,
                                         const std::vector<std::string>& unknown) {
  std::vector<std::string> found;
  std::set<std::string_view> missing(unknown.begin(), unknown.end());
  const auto tell = [&found](std::string_view what, std::string_view path) {
    if (found.size() < kFindingsMax) found.push_back(fmt::format("{} field \"{}\"", what, path));
  };
  std::set<std::string> told;
  KeyWalk walk([&](const std::string& path, bool again) {
    if (missing.contains(path)) {
      if (told.insert(path).second) tell("unknown", path);
      return false;
    }
    if (again) tell("duplicate", path);
    return true;
  });
  Json::sax_parse(json.begin(), json.end(), &walk);
  // What defaults or conversion of the document brought in is told last.
  for (const auto& path : unknown) {
    if (!told.contains(path)) tell("unknown", path);
  }
  return found;
}

WrittenBody repeated_in_yaml(std::string_view yaml) {
  WrittenBody body;
  for (const auto& key : repeated_yaml_keys(yaml)) {
    if (body.repeated.size() >= kFindingsMax) break;
    body.repeated.push_back(
        fmt::format("line {}: key {} already set in map", key.line, Json(key.text).dump()));
  }
  if (body.repeated.empty()) return body;
  body.repeated_error = "yaml: unmarshal errors:";
  for (const auto& text : body.repeated) body.repeated_error += "\n  " + text;
  return body;
}

}  // namespace spokelab::fakeapi
