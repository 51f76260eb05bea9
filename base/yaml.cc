// Reading YAML: yaml-cpp finds the structure, this file gives it the meaning sigs.k8s.io/yaml gives
// it.
#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_map>

#include "base/base64.h"
#include "base/yaml_scalar.h"

namespace spokelab {

namespace {

constexpr std::size_t kDepthMax = 500;
constexpr std::size_t kAliasedValuesMax = 200'000;
constexpr std::string_view kCorePrefix = "tag:yaml.org,2002:";

/// Thrown inside the event handler, since yaml-cpp offers no other way to stop; never leaves this
/// file.
struct Refused {
  Error error;
};

[[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what,
                         Errc code = Errc::bad_input) {
  throw Refused{
      Error(code, fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, what))};
}

std::size_t count_values(const Json& value) {
  std::size_t sum = 1;
  if (value.is_structured()) {
    for (const Json& item : value) sum += count_values(item);
  }
  return sum;
}

std::string decode_binary(const YAML::Mark& mark, std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes) refuse(mark, "!!binary value contains invalid base64 data");
  if (!yaml::is_utf8(*bytes)) refuse(mark, "!!binary value is not UTF-8 text");
  return *bytes;
}

/// The JSON value of an unquoted scalar; nothing for infinities and not-a-number.
std::optional<Json> plain_to_json(std::string_view text) {
  const yaml::Scalar scalar = yaml::resolve_plain(text);
  switch (scalar.kind) {
    case yaml::Scalar::Kind::null:
      return Json(nullptr);
    case yaml::Scalar::Kind::boolean:
      return Json(scalar.boolean);
    case yaml::Scalar::Kind::integer:
      return Json(scalar.integer);
    case yaml::Scalar::Kind::unsigned_integer:
      return Json(scalar.unsigned_integer);
    case yaml::Scalar::Kind::real: {
      if (!std::isfinite(scalar.real)) return std::nullopt;
      // A whole float is an integer in the JSON text that sigs.k8s.io/yaml makes of it.
      constexpr double kExact = 9007199254740992.0;
      if (std::fabs(scalar.real) <= kExact && scalar.real == std::floor(scalar.real)) {
        return Json(static_cast<std::int64_t>(scalar.real));
      }
      return Json(scalar.real);
    }
    default:
      return Json(text);
  }
}

/// Builds one JSON document from yaml-cpp's events.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(YamlDuplicates duplicates) : duplicates_(duplicates) {}
  Json take() { return std::move(root_); }
  bool complete() const { return complete_; }

  void OnDocumentStart(const YAML::Mark&) override { anchors_.clear(); }
  void OnDocumentEnd() override { complete_ = true; }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!wants_key()) return add(mark, anchor, nullptr);
    refuse(mark, "unsupported map key of type: nil");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto hit = anchors_.find(anchor);
    if (hit == anchors_.end()) refuse(mark, "anchor contains itself, or is not known");
    aliased_ += hit->second.size;
    if (aliased_ > kAliasedValuesMax) {
      refuse(mark, "document contains excessive aliasing", Errc::limit);
    }
    if (wants_key()) {
      if (!hit->second.value.is_string())
        refuse(mark, "an alias used as a key must stand for text");
      return set_key(mark, hit->second.value.get<std::string>());
    }
    add(mark, 0, hit->second.value);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (wants_key()) return scalar_key(mark, tag, anchor, text);
    add(mark, anchor, scalar(mark, tag, text));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, Json::array());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, Json::object());
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Json value;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::string key;
    bool has_key = false;
    bool merge = false;
    std::set<std::string> merged;  // keys that came from << and may be written again
  };
  struct Anchored {
    Json value;
    std::size_t size = 0;
  };

  bool wants_key() const {
    return !stack_.empty() && stack_.back().value.is_object() && !stack_.back().has_key;
  }
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Json empty) {
    if (wants_key()) refuse(mark, "a key must be a scalar");
    if (stack_.size() >= kDepthMax) {
      refuse(mark, fmt::format("nested deeper than {}", kDepthMax), Errc::limit);
    }
    stack_.push_back(Frame{std::move(empty), mark, anchor, {}, false, false, {}});
  }
  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    add(frame.mark, frame.anchor, std::move(frame.value));
  }
  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Json value) {
    if (anchor != 0) anchors_[anchor] = Anchored{value, count_values(value)};
    if (stack_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& top = stack_.back();
    if (top.value.is_array()) {
      top.value.push_back(std::move(value));
      return;
    }
    top.has_key = false;
    if (top.merge) return merge(mark, top, value);
    top.value[std::move(top.key)] = std::move(value);
  }
  /// Merged at its place: what stands before it is overridden, what follows overrides.
  void merge(const YAML::Mark& mark, Frame& top, const Json& value) {
    top.merge = false;
    const auto merge_one = [&](const Json& map) {
      if (!map.is_object()) refuse(mark, "map merge requires map or sequence of maps as the value");
      for (auto at = map.begin(); at != map.end(); ++at) {
        top.value[at.key()] = at.value();
        top.merged.insert(at.key());
      }
    };
    if (!value.is_array()) return merge_one(value);
    for (auto at = value.rbegin(); at != value.rend(); ++at) merge_one(*at);
  }
  void set_key(const YAML::Mark& mark, std::string key) {
    Frame& top = stack_.back();
    if (top.value.contains(key) && top.merged.erase(key) == 0 &&
        duplicates_ == YamlDuplicates::refuse) {
      refuse(mark, fmt::format("key \"{}\" already set in map", key));
    }
    top.key = std::move(key);
    top.has_key = true;
  }
  void scalar_key(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) {
    if (tag == "?" && text == "<<") {
      stack_.back().merge = stack_.back().has_key = true;
      return;
    }
    const Json value = scalar(mark, tag, text);
    if (anchor != 0) anchors_[anchor] = Anchored{value, 1};
    switch (value.type()) {
      case Json::value_t::string:
        return set_key(mark, value.get<std::string>());
      case Json::value_t::number_float:
        return set_key(mark, yaml::go_float(value.get<double>()));
      case Json::value_t::null:
        refuse(mark, "unsupported map key of type: nil");
      default:
        return set_key(mark, value.dump());
    }
  }
  static Json scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
    if (tag == "?") return plain_scalar(mark, text);
    if (!tag.starts_with(kCorePrefix)) return text;
    const std::string_view name = std::string_view(tag).substr(kCorePrefix.size());
    if (name == "binary") return decode_binary(mark, text);
    if (name != "int" && name != "float" && name != "bool" && name != "null") return text;
    Json value = plain_scalar(mark, text);
    const bool fits = name == "int"     ? value.is_number_integer()
                      : name == "float" ? value.is_number()
                      : name == "bool"  ? value.is_boolean()
                                        : value.is_null();
    if (!fits) refuse(mark, fmt::format("cannot decode `{}` as a !!{}", text, name));
    return value;
  }
  static Json plain_scalar(const YAML::Mark& mark, const std::string& text) {
    std::optional<Json> value = plain_to_json(text);
    if (!value) refuse(mark, fmt::format("unsupported value: {}", text));
    return std::move(*value);
  }

  YamlDuplicates duplicates_;
  Json root_;
  bool complete_ = false;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;  // only looked up, never iterated
  std::size_t aliased_ = 0;
};

/// YAML's character set; the one check yaml-cpp leaves out.
std::optional<Error> check_characters(std::string_view text) {
  int line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F) {
      return Error(Errc::bad_input,
                   fmt::format("line {}, column 1: control characters are not allowed", line));
    }
  }
  if (!yaml::is_utf8(text))
    return Error(Errc::bad_input, "line 1, column 1: the text is not UTF-8");
  return std::nullopt;
}

Result<std::vector<Json>> read(std::string_view text, YamlDuplicates duplicates, bool first_only) {
  std::vector<Json> documents;
  if (auto wrong = check_characters(text)) return *wrong;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (true) {
      Builder builder(duplicates);
      if (!parser.HandleNextDocument(builder)) break;
      documents.push_back(builder.take());
      if (first_only) break;
    }
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const YAML::DeepRecursion& deep) {
    return Error(Errc::limit, fmt::format("line {}, column {}: nested deeper than {}",
                                          deep.mark.line + 1, deep.mark.column + 1, kDepthMax));
  } catch (const YAML::Exception& failure) {
    return Error(Errc::bad_input, fmt::format("line {}, column {}: {}", failure.mark.line + 1,
                                              failure.mark.column + 1, failure.msg));
  }
  return documents;
}

}  // namespace

Result<Json> parse_yaml(std::string_view text, YamlDuplicates duplicates) {
  Result<std::vector<Json>> documents = read(text, duplicates, true);
  if (!documents) return documents.error();
  return documents->empty() ? Json(nullptr) : std::move(documents->front());
}

Result<std::vector<Json>> parse_yaml_documents(std::string_view text, YamlDuplicates duplicates) {
  Result<std::vector<Json>> documents = read(text, duplicates, false);
  if (documents) std::erase_if(*documents, [](const Json& document) { return document.is_null(); });
  return documents;
}

}  // namespace spokelab
