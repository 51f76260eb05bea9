// Values inside a template: Go's dynamic types as far as templates can tell them apart.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::hub::gotemplate {

class Value;
struct List;
struct Map;
class Object;
struct Time;

/// What a value is. `none` is Go's invalid reflect.Value ("no value"); `nil` is a nil that sits in
/// a container or came from a missing key. A pipeline turns the second into the first.
enum class Kind : std::uint8_t {
  none,
  nil,
  boolean,
  integer,
  int64,
  uint64,
  real,
  string,
  bytes,
  list,
  map,
  time,
  object
};

/// One value. Lists, maps and objects are shared, as in Go: `set` on one is seen through all.
class Value {
 public:
  Value() = default;
  Value(bool value) : kind_(Kind::boolean) { number_.boolean = value; }
  Value(double value) : kind_(Kind::real) { number_.real = value; }
  Value(std::string text)
      : kind_(Kind::string), ref_(std::make_shared<const std::string>(std::move(text))) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(const char* text) : Value(std::string(text)) {}
  Value(std::shared_ptr<const std::string> text) : kind_(Kind::string), ref_(std::move(text)) {}
  Value(std::shared_ptr<List> list);
  Value(std::shared_ptr<Map> map);
  Value(std::shared_ptr<const Object> object);
  Value(Time time);
  static Value nil();
  static Value integer(std::int64_t value) { return whole(Kind::integer, value); }
  static Value int64(std::int64_t value) { return whole(Kind::int64, value); }
  static Value uint64(std::uint64_t value) {
    return whole(Kind::uint64, static_cast<std::int64_t>(value));
  }
  static Value bytes(std::string data);

  Kind kind() const noexcept { return kind_; }
  bool is(Kind kind) const noexcept { return kind_ == kind; }
  /// No value, or nil.
  bool is_nil() const noexcept { return kind_ <= Kind::nil; }
  bool is_whole() const noexcept { return kind_ >= Kind::integer && kind_ <= Kind::uint64; }

  // Each accessor is for its kind only.
  bool boolean() const noexcept { return number_.boolean; }
  std::int64_t whole() const noexcept { return number_.whole; }
  double real() const noexcept { return number_.real; }
  const std::string& text() const noexcept { return *static_cast<const std::string*>(ref_.get()); }
  List& list() const noexcept;
  Map& map() const noexcept;
  const Object& object() const noexcept;
  const Time& time() const noexcept;
  std::shared_ptr<Map> map_ref() const noexcept {
    return std::static_pointer_cast<Map>(mutable_ref());
  }
  /// Same list, map or object (not merely an equal one).
  const void* identity() const noexcept { return ref_.get(); }

  /// Whether Go's static type of it is `interface {}`, as of a map's or list's element; error texts
  /// differ.
  bool boxed() const noexcept { return boxed_; }
  Value as_boxed() const {
    Value out = *this;
    out.boxed_ = true;
    if (out.kind_ == Kind::none) out.kind_ = Kind::nil;
    return out;
  }
  /// Whether Go's type of this map is Helm's own `chartutil.Values`. The map itself is shared with
  /// values that see it as a plain one: `.Values` of a subchart is its parent's `.Values.sub`.
  bool helm_values() const noexcept { return helm_values_; }
  Value as_helm_values(bool yes = true) const {
    Value out = *this;
    out.helm_values_ = yes;
    return out;
  }
  /// As after a pipeline: unboxed, and nil has become "no value".
  void unbox() {
    boxed_ = false;
    if (kind_ == Kind::nil) kind_ = Kind::none;
  }

 private:
  static Value whole(Kind kind, std::int64_t value) {
    Value out;
    out.kind_ = kind;
    out.number_.whole = value;
    return out;
  }
  std::shared_ptr<void> mutable_ref() const noexcept { return std::const_pointer_cast<void>(ref_); }

  Kind kind_ = Kind::none;
  bool boxed_ = false;
  bool helm_values_ = false;
  union {
    bool boolean;
    std::int64_t whole;
    double real;
  } number_{.whole = 0};
  std::shared_ptr<const void> ref_;
};

/// A slice. Functions never change one in place.
struct List {
  enum class Of : std::uint8_t { any, string, integer, list };
  std::vector<Value> items;
  Of of = Of::any;
  bool null = false;  ///< Go's nil slice: prints and ranges as an empty one, is null in JSON, YAML.
  List() = default;
  explicit List(std::vector<Value> values, Of element = Of::any)
      : items(std::move(values)), of(element) {}
  List(const List&) = default;
  ~List();
};

/// A map with text keys, in byte order. A missing key of a typed map reads as the zero of its type.
struct Map {
  enum class Of : std::uint8_t { any, string };
  using Entries = std::map<std::string, Value, std::less<>>;
  Entries entries;
  Of of = Of::any;
  bool null = false;  ///< Go's nil map: as an empty one, but null in JSON and YAML.
  Map() = default;
  explicit Map(Entries given, Of element = Of::any) : entries(std::move(given)), of(element) {}
  Map(const Map&) = default;
  ~Map();
  /// nullptr when absent.
  const Value* find(std::string_view key) const;
};

/// An instant with the zone it prints in.
struct Time {
  std::int64_t seconds = 0;  ///< Since the Unix epoch.
  std::int32_t nanos = 0;
  std::int32_t offset_seconds = 0;
  std::string zone = "UTC";
};

class Runtime;

/// A Go struct or named type with methods: .Capabilities, .Files, a parsed version.
class Object {
 public:
  virtual ~Object() = default;
  /// As %T prints it.
  virtual std::string type_name() const = 0;
  /// "struct", "ptr", "map" or "slice".
  virtual std::string_view kind_name() const { return "struct"; }
  /// The field, or the method when it takes no arguments; nothing when there is none of that name.
  virtual std::optional<Value> get(std::string_view name) const = 0;
  /// How many arguments the method takes; -1: no method of that name.
  virtual int method_arity(std::string_view) const { return -1; }
  /// What its arguments must be, as a letter of Function::params.
  virtual char method_param(std::string_view) const { return 's'; }
  /// Calls a method whose arguments have been counted. Fails through `runtime`.
  virtual Value call(Runtime& runtime, std::string_view name, std::vector<Value> args) const;
  /// As %v prints it.
  virtual std::string print() const = 0;
  /// What range, len, index and toYaml see.
  virtual Value underlying() const { return {}; }
  /// A struct's members as JSON shows them, in Go's order; nullptr: `underlying` tells.
  using Members = std::vector<std::pair<std::string, Value>>;
  virtual const Members* members() const { return nullptr; }
  virtual bool truth() const { return true; }
};

/// Go's name of the type, as %T and typeOf print it.
std::string type_name(const Value& value);
/// Go's reflect.Kind, as kindOf prints it.
std::string kind_name(const Value& value);
/// Whether `if` takes it for true.
bool truth(const Value& value);
/// As reflect.DeepEqual: types count. False once nested deeper than 1,000, or after a million
/// comparisons.
bool deep_equal(const Value& left, const Value& right);

/// Whole numbers of `document` become int64, others float64.
Value from_json(const Json& document);
/// Nothing when nested deeper than 500, larger than a million values, or not finite.
std::optional<Json> to_json(const Value& value);

Value make_list(std::vector<Value> items, List::Of of = List::Of::any);
Value make_strings(const std::vector<std::string>& items);
/// Go's nil slice.
Value make_null_list(List::Of of = List::Of::any);
Value make_map(Map::Entries entries, Map::Of of = Map::Of::any);

}  // namespace spokelab::hub::gotemplate
