// Go's fmt: how values print, and printf's verbs.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// Longest text that printing makes: above RuntimeOptions::output_bytes_max, so that what is cut is
/// refused.
inline constexpr std::size_t kTextBytesMax = 33 * 1024 * 1024;

/// As %v.
std::string print(const Value& value);
/// As strconv.Quote (%q), or QuoteToASCII (%+q).
std::string quote(std::string_view text, bool ascii = false);
/// As strconv.QuoteRune: one character in single quotes.
std::string quote_rune(std::string_view rune, bool ascii = false);
/// As fmt.Sprint: a space between two neighbours that are no strings.
std::string sprint(const std::vector<Value>& values);
/// As fmt.Sprintln.
std::string sprintln(const std::vector<Value>& values);
/// As fmt.Sprintf; mistakes show in the text ("%!d(string=x)").
std::string sprintf(std::string_view format, std::span<const Value> values);
inline std::string sprintf(std::string_view format, std::initializer_list<Value> values) {
  return sprintf(format, std::span<const Value>(values.begin(), values.size()));
}
/// As json.Marshal: keys sorted; `<`, `>` and `&` escaped when `html`; `indent` empty or for
/// MarshalIndent. Nothing for what JSON cannot hold.
std::optional<std::string> go_json(const Value& value, bool html, std::string_view indent = "");

/// As sigs.k8s.io/yaml.Marshal, or go-yaml v3 when `pretty`, without the newline at the end.
/// Nothing when nested deeper than 500, larger than a million values, or not finite.
std::optional<std::string> go_yaml(const Value& value, bool pretty = false);

}  // namespace spokelab::hub::gotemplate
