// --set, --set-string, --set-json, --set-file, --set-literal.
#include "hub/helm/values/set.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/json.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"
#include "hub/helm/values.h"

namespace spokelab::hub::helm {

namespace {

constexpr int kNestedLevelMax = 30;
constexpr std::int64_t kIndexMax = 65'536;

/// Go's name of a value's type.
std::string_view go_type(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "nil";
    case Json::value_t::boolean:
      return "bool";
    case Json::value_t::string:
      return "string";
    case Json::value_t::array:
      return "[]interface {}";
    case Json::value_t::object:
      return "map[string]interface {}";
    case Json::value_t::number_float:
      return "float64";
    default:
      return "int64";
  }
}

bool same_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((text[i] | 0x20) != word[i]) return false;
  }
  return true;
}

Json typed(const std::string& text) {
  if (same_word(text, "true")) return true;
  if (same_word(text, "false")) return false;
  if (same_word(text, "null")) return nullptr;
  if (text == "0") return 0;
  if (text.empty() || text[0] == '0') return text;
  std::int64_t number = 0;
  const bool plus = text[0] == '+' && text.size() > 1 && text[1] != '-';
  const auto [end, failure] =
      std::from_chars(text.data() + (plus ? 1 : 0), text.data() + text.size(), number);
  if (failure == std::errc{} && end == text.data() + text.size()) return number;
  return text;
}

/// A list of characters as Go's %q prints it: ['a' 'b'].
std::string quoted_runes(std::string_view text) {
  std::string out = "[";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = gotemplate::rune_width(text, at);
    if (at > 0) out += ' ';
    out += gotemplate::quote_rune(text.substr(at, width));
    at += width;
  }
  return out + ']';
}

/// Reads one expression into a document. Follows Helm's parser step by step, since what it makes of
/// odd input is what users meet.
class SetParser {
 public:
  enum class Mode { typed, text, json, file, literal };
  SetParser(std::string_view input, Mode mode, const ReadFile* read)
      : input_(gotemplate::to_runes(input)), mode_(mode), read_(read) {}

  Result<void> run(Json& values) {
    while (!ended_ && !error_) {
      brackets_ = 0;
      key(values, 0);
    }
    if (error_) return *error_;
    return {};
  }

 private:
  void fail(std::string message) {
    if (!error_) error_ = Error(Errc::bad_input, std::move(message));
  }
  bool failed() const { return error_.has_value(); }

  /// Text up to one of `stops`, with escapes resolved; the stop is taken. Nothing at the end.
  std::optional<char> until(std::string_view stops, std::string& text) {
    text.clear();
    while (at_ < input_.size()) {
      char32_t rune = input_[at_++];
      if (rune < 128 && stops.find(static_cast<char>(rune)) != std::string_view::npos)
        return static_cast<char>(rune);
      if (rune == U'\\' && mode_ != Mode::literal) {
        if (at_ == input_.size()) break;
        rune = input_[at_++];
      }
      gotemplate::append_rune(text, rune);
    }
    return std::nullopt;
  }

  /// Names no key: the value is read and forgotten.
  static void put(Json& map, const std::string& name, Json value) {
    if (!name.empty()) map[name] = std::move(value);
  }

  /// The table or list that `map` has under `name`, taken out of it; a new one when there is none.
  std::optional<Json> inner(Json& map, const std::string& name, Json::value_t type) {
    const auto hit = map.find(name);
    if (hit == map.end()) return Json(type);
    if (hit->type() != type) {
      fail(fmt::format("unable to parse key: interface conversion: interface {{}} is {}, not {}",
                       go_type(*hit), go_type(Json(type))));
      return std::nullopt;
    }
    return std::move(*hit);
  }

  void key(Json& map, int level) {
    std::string name;
    const auto stop = until(mode_ == Mode::literal ? "=[." : "=[,.", name);
    if (!stop) {
      ended_ = true;
      if (!name.empty()) fail(fmt::format("key {} has no value", gotemplate::quote(name)));
      return;
    }
    switch (*stop) {
      case '=':
        if (auto found = value()) put(map, name, std::move(*found));
        return;
      case ',':
        return fail(
            fmt::format("key {} has no value (cannot end with ,)", gotemplate::quote(name)));
      case '[': {
        const auto number = index();
        if (!number) return;
        auto list = inner(map, name, Json::value_t::array);
        if (!list) return;
        item(*list, *number, level);
        return put(map, name, std::move(*list));
      }
      default:
        return nested(map, name, level + 1);
    }
  }

  void nested(Json& map, const std::string& name, int level) {
    if (level > kNestedLevelMax) return fail(too_deep());
    const bool existed = map.contains(name);
    auto table = inner(map, name, Json::value_t::object);
    if (!table) return;
    key(*table, level);
    if (!failed() && !ended_ && table->empty())
      return fail(fmt::format("key map {} has no value", gotemplate::quote(name)));
    if (existed || !table->empty()) put(map, name, std::move(*table));
  }
  static std::string too_deep() {
    return fmt::format(
        "value name nested level is greater than maximum supported nested level of {}",
        kNestedLevelMax);
  }

  std::optional<std::int64_t> index() {
    std::string digits;
    if (!until("]", digits)) {
      fail("error parsing index: EOF");
      return std::nullopt;
    }
    std::int64_t number = 0;
    const bool plus = digits.starts_with('+') && !digits.starts_with("+-");
    const char* from = digits.data() + (plus ? 1 : 0);
    const char* to = digits.data() + digits.size();
    const auto [end, failure] = std::from_chars(from, to, number);
    if (failure == std::errc{} && end == to && from != to) return number;
    fail(fmt::format(
        "error parsing index: strconv.Atoi: parsing {}: {}", gotemplate::quote(digits),
        failure == std::errc::result_out_of_range ? "value out of range" : "invalid syntax"));
    return std::nullopt;
  }

  void item(Json& list, std::int64_t number, int level) {
    if (number < 0) return fail(fmt::format("negative {} index not allowed", number));
    if (number > kIndexMax) {
      return fail(fmt::format("index of {} is greater than maximum supported index of {}", number,
                              kIndexMax));
    }
    std::string between;
    const auto stop = until("[.=", between);
    if (!between.empty())
      return fail(fmt::format("unexpected data at end of array index: {}", quoted_runes(between)));
    if (!stop) {
      ended_ = true;
      return;
    }
    const auto position = static_cast<std::size_t>(number);
    if (*stop == '=') {
      if (auto found = value()) at(list, position) = std::move(*found);
      return;
    }
    if (++brackets_ > kBracketsMax) return fail(too_deep());
    if (*stop == '[') {
      const auto next = index();
      if (!next) return;
      Json& place = at(list, position);
      if (place.is_null()) place = Json::array();
      if (!place.is_array()) {
        return fail(fmt::format(
            "unable to parse key: interface conversion: interface {{}} is {}, not []interface {{}}",
            go_type(place)));
      }
      return item(place, *next, level);
    }
    Json table = Json::object();
    if (position < list.size() && list[position].is_object()) table = std::move(list[position]);
    key(table, level);
    // What ends in "x[0].y=" is lost when the list was shorter: Helm's parser has it so.
    if (!ended_ || position < list.size()) at(list, position) = std::move(table);
  }
  static Json& at(Json& list, std::size_t position) {
    while (list.size() <= position) list.push_back(nullptr);
    return list[position];
  }

  /// What stands behind "=". Nothing when failed.
  std::optional<Json> value() {
    if (mode_ == Mode::json) return json_value();
    if (mode_ != Mode::literal) {
      if (at_ == input_.size()) {
        ended_ = true;
        return Json("");
      }
      if (input_[at_] == U'{') {
        ++at_;
        return list();
      }
    }
    std::string text;
    until(mode_ == Mode::literal ? "" : ",", text);
    return converted(text);
  }

  std::optional<Json> list() {
    Json out = Json::array();
    while (true) {
      std::string text;
      const auto stop = until(",}", text);
      if (!stop) {
        fail("list must terminate with '}'");
        return std::nullopt;
      }
      auto entry = converted(text);
      if (!entry) return std::nullopt;
      out.push_back(std::move(*entry));
      if (*stop == '}') break;
    }
    if (at_ < input_.size() && input_[at_] == U',') ++at_;
    return out;
  }

  std::optional<Json> converted(const std::string& text) {
    if (mode_ == Mode::typed) return typed(text);
    if (mode_ != Mode::file) return Json(text);
    auto content = (*read_)(text);
    if (content) return Json(std::move(*content));
    if (!error_) error_ = content.error();
    return std::nullopt;
  }

  /// Blanks and one comma are taken; true when nothing else was there.
  bool no_value() {
    while (at_ < input_.size()) {
      if (input_[at_] == U',') {
        ++at_;
        return true;
      }
      if (!gotemplate::is_space(input_[at_])) return false;
      ++at_;
    }
    return true;
  }
  std::optional<Json> json_value() {
    if (no_value()) return Json(nullptr);
    const std::size_t end = json_end();
    const auto parsed =
        parse_json(gotemplate::from_runes(std::u32string_view(input_).substr(at_, end - at_)));
    if (!parsed) {
      fail(parsed.error().message());
      return std::nullopt;
    }
    at_ = end;
    no_value();
    return as_values(*parsed);
  }
  /// Where the JSON value that begins here ends, if it is one.
  std::size_t json_end() const {
    int open = 0;
    bool in_text = false;
    std::size_t at = at_;
    for (; at < input_.size(); ++at) {
      const char32_t rune = input_[at];
      if (in_text) {
        if (rune == U'\\') {
          ++at;
        } else if (rune == U'"') {
          in_text = false;
          if (open == 0) return at + 1;
        }
        continue;
      }
      if (rune == U'"') {
        in_text = true;
      } else if (rune == U'{' || rune == U'[') {
        ++open;
      } else if (rune == U'}' || rune == U']') {
        if (--open <= 0) return at + (open == 0 ? 1 : 0);
      } else if (open == 0 && (rune == U',' || gotemplate::is_space(rune))) {
        break;
      }
    }
    return std::min(at, input_.size());
  }

  static constexpr int kBracketsMax = 200;
  std::u32string input_;
  Mode mode_;
  const ReadFile* read_;
  std::size_t at_ = 0;
  int brackets_ = 0;
  bool ended_ = false;  ///< The end came where Helm's parser sees it: between two keys.
  std::optional<Error> error_;
};

Result<void> set(Json& values, std::string_view expression, SetParser::Mode mode,
                 std::string_view flag, const ReadFile* read = nullptr) {
  if (!values.is_object()) values = Json::object();
  auto done = SetParser(expression, mode, read).run(values);
  if (done) return {};
  if (mode == SetParser::Mode::json) {
    return Error(Errc::bad_input, fmt::format("failed parsing {} data {}: {}", flag, expression,
                                              done.error().message()));
  }
  return done.error().within(fmt::format("failed parsing {} data", flag));
}

}  // namespace

Result<void> set_value(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::typed, "--set");
}
Result<void> set_text(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::text, "--set-string");
}
Result<void> set_json(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::json, "--set-json");
}
Result<void> set_literal(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::literal, "--set-literal");
}
Result<void> set_file(Json& values, std::string_view expression, const ReadFile& read) {
  return set(values, expression, SetParser::Mode::file, "--set-file", &read);
}

}  // namespace spokelab::hub::helm
