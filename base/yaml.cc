// Reading YAML: libyaml finds the structure, this file gives it the meaning sigs.k8s.io/yaml gives
// it.
#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/base64.h"
#include "base/json.h"
#include "base/yaml_events.h"
#include "base/yaml_floats.h"
#include "base/yaml_scalar.h"

namespace spokelab {

namespace {

constexpr std::size_t kAliasedValuesMax = 200'000;

/// The short form of a tag of YAML's own, "!!int"; other tags as they are.
std::string short_tag(std::string_view tag) {
  constexpr std::string_view kCorePrefix = "tag:yaml.org,2002:";
  if (!tag.starts_with(kCorePrefix)) return std::string(tag);
  return "!!" + std::string(tag.substr(kCorePrefix.size()));
}

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::size_t count_values(const Json& value) {
  std::size_t sum = 1;
  if (value.is_structured()) {
    for (const Json& item : value) sum += count_values(item);
  }
  return sum;
}

std::string_view tag_of(yaml::Scalar::Kind kind) {
  switch (kind) {
    case yaml::Scalar::Kind::null:
      return "!!null";
    case yaml::Scalar::Kind::boolean:
      return "!!bool";
    case yaml::Scalar::Kind::integer:
    case yaml::Scalar::Kind::unsigned_integer:
      return "!!int";
    case yaml::Scalar::Kind::real:
      return "!!float";
    case yaml::Scalar::Kind::timestamp:
      return "!!timestamp";
    case yaml::Scalar::Kind::merge:
      return "!!merge";
    case yaml::Scalar::Kind::text:
      break;
  }
  return "!!str";
}

enum class Floats { whole_are_integers, stay };

/// The JSON value of an unquoted scalar; nothing for infinities and not-a-number.
std::optional<Json> scalar_to_json(const yaml::Scalar& scalar, std::string_view text,
                                   Floats floats) {
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
      if (floats != Floats::stay && std::fabs(scalar.real) <= kExact &&
          scalar.real == std::floor(scalar.real) &&
          !(scalar.real == 0 && std::signbit(scalar.real))) {
        return Json(static_cast<std::int64_t>(scalar.real));
      }
      return Json(scalar.real);
    }
    default:
      return Json(text);
  }
}

/// As %#v prints what go-yaml made of a value.
std::string go_syntax(const Json& value) {
  if (value.is_null()) return "interface {}(nil)";
  if (value.is_number_float()) return yaml::go_float(value.get<double>(), 21);
  if (!value.is_structured()) return value.dump();
  std::string out = value.is_array() ? "[]interface {}{" : "map[interface {}]interface {}{";
  bool first = true;
  for (auto at = value.begin(); at != value.end(); ++at) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) out += Json(at.key()).dump() + ":";
    out += go_syntax(*at);
  }
  return out + "}";
}

/// Builds one JSON document from libyaml's events.
class Builder {
 public:
  Builder(YamlDuplicates duplicates, Floats floats) : duplicates_(duplicates), floats_(floats) {}

  /// False once the document has been refused.
  bool take(const yaml_event_t& event) {
    const std::string_view anchor = anchor_of(event);
    if (event.type != YAML_ALIAS_EVENT && !anchor.empty()) seen_.emplace(anchor);
    if (error_) {
      // go-yaml knows of values that are wrong only after it has parsed them all.
      if (event.type == YAML_ALIAS_EVENT && duplicates_ == YamlDuplicates::last_wins &&
          !stops_the_parser() && !seen_.contains(anchor)) {
        error_.reset();
        unknown(anchor);
      }
      return false;
    }
    at_ = event.start_mark;
    switch (event.type) {
      case YAML_ALIAS_EVENT:
        alias(text_of(event.data.alias.anchor));
        break;
      case YAML_SCALAR_EVENT:
        on_scalar(event);
        break;
      case YAML_SEQUENCE_START_EVENT:
        open(text_of(event.data.sequence_start.anchor), false);
        break;
      case YAML_MAPPING_START_EVENT:
        open(text_of(event.data.mapping_start.anchor), true);
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        close();
        break;
      default:
        break;
    }
    return !error_;
  }
  Json result() { return std::move(root_); }
  const std::optional<Error>& error() const { return error_; }
  /// Whether the error is one that go-yaml finds while it parses.
  bool stops_the_parser() const {
    return unknown_anchor_ || (error_ && error_->code() == Errc::limit);
  }

 private:
  struct Frame {
    bool mapping = false;
    Json::array_t items;
    std::map<std::string, Json> members;
    yaml_mark_t mark;
    std::string anchor;
    std::string key;
    bool has_key = false;
    bool merge = false;
    bool is_key = false;           // of the mapping below it
    std::set<std::string> merged;  // keys that came from << and may be written again
  };
  struct Anchored {
    Json value;
    std::size_t size = 0;
  };

  void refuse(std::string_view what, Errc code = Errc::bad_input) {
    if (error_) return;
    // go-yaml says no place where a value is wrong rather than the syntax.
    const bool as_go = duplicates_ == YamlDuplicates::last_wins;
    error_ = Error(
        code, as_go ? std::string(what)
                    : fmt::format("line {}, column {}: {}", at_.line + 1, at_.column + 1, what));
  }
  bool wants_key() const {
    return !stack_.empty() && stack_.back().mapping && !stack_.back().has_key;
  }
  void open(std::string_view anchor, bool mapping) {
    const bool is_key = wants_key();
    if (is_key && duplicates_ == YamlDuplicates::refuse)
      return refuse("invalid map key: a key must be a scalar");
    if (stack_.size() >= kYamlDepthMax)
      return refuse(fmt::format("nested deeper than {}", kYamlDepthMax), Errc::limit);
    // Known while it is open, so that an alias within can be told from one to nothing.
    if (!anchor.empty()) open_anchors_.emplace(anchor);
    stack_.push_back({mapping, {}, {}, at_, std::string(anchor), {}, false, false, is_key, {}});
  }
  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    at_ = frame.mark;
    if (!frame.anchor.empty()) open_anchors_.erase(frame.anchor);
    const bool is_key = frame.is_key;
    const std::string anchor = frame.anchor;
    Json value = frame.mapping ? object_of(std::move(frame)) : Json(std::move(frame.items));
    if (is_key) return key_from(value);
    add(anchor, std::move(value));
  }
  static Json object_of(Frame frame) {
    JsonMembers members;
    members.reserve(frame.members.size());
    for (auto& [key, value] : frame.members) members.emplace_back(key, std::move(value));
    return json_object(std::move(members));
  }
  static std::string_view anchor_of(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_ALIAS_EVENT:
        return text_of(event.data.alias.anchor);
      case YAML_SCALAR_EVENT:
        return text_of(event.data.scalar.anchor);
      case YAML_SEQUENCE_START_EVENT:
        return text_of(event.data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT:
        return text_of(event.data.mapping_start.anchor);
      default:
        return {};
    }
  }
  void unknown(std::string_view name) {
    unknown_anchor_ = true;
    refuse(fmt::format("unknown anchor '{}' referenced", name));
  }
  void alias(std::string_view name) {
    const auto hit = anchors_.find(name);
    if (open_anchors_.contains(name))
      return refuse(fmt::format("anchor '{}' value contains itself", name));
    if (hit == anchors_.end()) return unknown(name);
    aliased_ += hit->second.size;
    if (aliased_ > kAliasedValuesMax)
      return refuse("document contains excessive aliasing", Errc::limit);
    if (wants_key()) return key_from(hit->second.value);
    add({}, hit->second.value);
  }
  void on_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const std::string tag = short_tag(text_of(scalar.tag));
    if (wants_key() && text == "<<" && (scalar.plain_implicit != 0 || tag == "!!merge")) {
      stack_.back().merge = stack_.back().has_key = true;
      return;
    }
    Json value = scalar_value(text, tag, scalar.plain_implicit != 0);
    if (error_) return;
    if (!wants_key()) return add(text_of(scalar.anchor), std::move(value));
    if (scalar.anchor != nullptr)
      anchors_.insert_or_assign(std::string(text_of(scalar.anchor)), Anchored{value, 1});
    key_from(value);
  }
  void add(std::string_view anchor, Json value) {
    if (!anchor.empty())
      anchors_.insert_or_assign(std::string(anchor), Anchored{value, count_values(value)});
    if (stack_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& top = stack_.back();
    if (!top.mapping) {
      top.items.push_back(std::move(value));
      return;
    }
    top.has_key = false;
    if (top.merge) return merge(top, value);
    top.members.insert_or_assign(std::move(top.key), std::move(value));
  }
  /// Merged at its place: what stands before it is overridden, what follows overrides.
  void merge(Frame& top, const Json& value) {
    top.merge = false;
    const auto merge_one = [&](const Json& map) {
      if (!map.is_object())
        return refuse("map merge requires map or sequence of maps as the value");
      for (auto at = map.begin(); at != map.end(); ++at) {
        top.members.insert_or_assign(at.key(), at.value());
        top.merged.insert(at.key());
      }
    };
    if (!value.is_array()) return merge_one(value);
    for (auto at = value.rbegin(); at != value.rend(); ++at) merge_one(*at);
  }
  void set_key(std::string key) {
    Frame& top = stack_.back();
    if (duplicates_ == YamlDuplicates::refuse && top.members.contains(key) &&
        top.merged.erase(key) == 0) {
      return refuse(fmt::format("key \"{}\" already set in map", key));
    }
    top.key = std::move(key);
    top.has_key = true;
  }
  void key_from(const Json& value) {
    switch (value.type()) {
      case Json::value_t::string:
        return set_key(value.get<std::string>());
      case Json::value_t::number_float:
        return set_key(yaml::go_float32(value.get<double>()));
      case Json::value_t::null:
        return refuse("unsupported map key of type: nil");
      case Json::value_t::object:
      case Json::value_t::array:
        return refuse(duplicates_ == YamlDuplicates::refuse
                          ? "invalid map key: a key must be a scalar"
                          : "invalid map key: " + go_syntax(value));
      default:
        return set_key(value.dump());
    }
  }
  Json scalar_value(std::string_view text, std::string_view tag, bool plain) {
    if (tag.empty() && !plain) return text;
    if (tag == "!!binary") return binary(text);
    const bool resolves = tag.empty() || tag == "!!int" || tag == "!!float" || tag == "!!bool" ||
                          tag == "!!null" || tag == "!!timestamp";
    if (!resolves) return text;
    const yaml::Scalar scalar = yaml::resolve_plain(text);
    const std::string_view found = tag_of(scalar.kind);
    if (!tag.empty() && tag != found && !(tag == "!!float" && found == "!!int")) {
      refuse(fmt::format("cannot decode {} `{}` as a {}", found, text, tag));
      return {};
    }
    auto value = scalar_to_json(scalar, text, floats_);
    if (value) return std::move(*value);
    refuse(fmt::format("unsupported value: {}", text));
    return {};
  }
  Json binary(std::string_view text) {
    const auto bytes = from_base64(text);
    if (!bytes) {
      refuse("!!binary value contains invalid base64 data");
      return {};
    }
    return yaml::to_utf8(*bytes);
  }

  YamlDuplicates duplicates_;
  Floats floats_;
  Json root_;
  yaml_mark_t at_{};
  std::vector<Frame> stack_;
  std::map<std::string, Anchored, std::less<>> anchors_;
  std::set<std::string, std::less<>> open_anchors_;
  std::set<std::string, std::less<>>
      seen_;  // anchors written so far, in values that are wrong, too
  std::size_t aliased_ = 0;
  std::optional<Error> error_;
  bool unknown_anchor_ = false;
};

/// go-yaml counts lines from 0, save in errors of its scanner, and leaves line 0 out.
Error go_error(const yaml_parser_t& parser, std::string_view problem) {
  std::size_t line = 0;
  if (parser.problem_mark.line != 0) {
    line = parser.problem_mark.line + (parser.error == YAML_SCANNER_ERROR ? 1 : 0);
  } else if (parser.context_mark.line != 0) {
    line = parser.context_mark.line;
  }
  return Error(Errc::bad_input,
               line == 0 ? std::string(problem) : fmt::format("line {}: {}", line, problem));
}

Error syntax_error(const yaml_parser_t& parser, YamlDuplicates duplicates) {
  const std::string_view problem =
      parser.problem == nullptr ? "unknown problem parsing YAML content" : parser.problem;
  if (duplicates == YamlDuplicates::last_wins) return go_error(parser, problem);
  const yaml_mark_t& mark = parser.error == YAML_READER_ERROR ? parser.mark : parser.problem_mark;
  return Error(Errc::bad_input,
               fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, problem));
}

Result<std::vector<Json>> read(std::string_view text, YamlDuplicates duplicates, bool first_only,
                               Floats floats = Floats::whole_are_integers) {
  std::vector<Json> documents;
  YamlEvents events(text);
  std::optional<Builder> builder;
  while (true) {
    const yaml_event_t* event = events.next();
    if (events.too_deep())
      return Error(Errc::limit, fmt::format("nested deeper than {}", kYamlDepthMax));
    if (event == nullptr) return syntax_error(events.parser(), duplicates);
    switch (event->type) {
      case YAML_STREAM_END_EVENT:
        return documents;
      case YAML_DOCUMENT_START_EVENT:
        builder.emplace(duplicates, floats);
        break;
      case YAML_DOCUMENT_END_EVENT:
        if (builder->error()) return *builder->error();
        documents.push_back(builder->result());
        if (first_only) return documents;
        break;
      default:
        // go-yaml parses the whole document before it looks at the values.
        if (builder && !builder->take(*event) &&
            (duplicates == YamlDuplicates::refuse || builder->stops_the_parser()))
          return *builder->error();
    }
  }
}

}  // namespace

Result<Json> parse_yaml(std::string_view text, YamlDuplicates duplicates) {
  Result<std::vector<Json>> documents = read(text, duplicates, true);
  if (!documents) return documents.error();
  return documents->empty() ? Json(nullptr) : std::move(documents->front());
}

Result<Json> parse_yaml_with_floats(std::string_view text) {
  Result<std::vector<Json>> documents = read(text, YamlDuplicates::last_wins, true, Floats::stay);
  if (!documents) return documents.error();
  return documents->empty() ? Json(nullptr) : std::move(documents->front());
}

Result<std::vector<Json>> parse_yaml_documents(std::string_view text, YamlDuplicates duplicates) {
  Result<std::vector<Json>> documents = read(text, duplicates, false);
  if (documents) std::erase_if(*documents, [](const Json& document) { return document.is_null(); });
  return documents;
}

}  // namespace spokelab
