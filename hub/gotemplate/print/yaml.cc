// Template values as YAML, without a detour by a JSON document.
#include <algorithm>
#include <cmath>

#include "base/base64.h"
#include "base/yaml_scalar.h"
#include "base/yaml_shape.h"
#include "base/yaml_writer.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kDepthMax = 500;
constexpr std::size_t kValuesMax = 1'000'000;

class ValueWriter {
 public:
  ValueWriter(std::string& out, bool pretty) : out_(out), writer_(out, pretty) {}

  bool write(const Value& value, int depth) {
    if (depth > kDepthMax || ++count_ > kValuesMax || out_.size() > kTextBytesMax) return false;
    switch (value.kind()) {
      case Kind::none:
      case Kind::nil:
        writer_.null();
        return true;
      case Kind::boolean:
        writer_.boolean(value.boolean());
        return true;
      case Kind::integer:
      case Kind::int64:
        writer_.whole(value.whole());
        return true;
      case Kind::uint64:
        writer_.whole(static_cast<std::uint64_t>(value.whole()));
        return true;
      case Kind::real:
        writer_.real(value.real());
        return std::isfinite(value.real());
      case Kind::string:
        text(value.text());
        return true;
      case Kind::bytes:
        writer_.string(base64(value.text()));
        return true;
      case Kind::time:
        writer_.string(format_time(value.time(), "2006-01-02T15:04:05.999999999Z07:00"));
        return true;
      case Kind::list:
        return list(value.list(), depth);
      case Kind::map:
        return map(value.map(), depth);
      case Kind::object:
        return object(value.object(), depth);
    }
    return false;
  }

 private:
  /// On its way through JSON, what is not UTF-8 becomes U+FFFD.
  void text(const std::string& text) {
    yaml::is_utf8(text) ? writer_.string(text) : writer_.string(yaml::to_utf8(text));
  }
  bool null() {
    writer_.null();
    return true;
  }
  bool list(const List& list, int depth) {
    if (list.null) return null();
    writer_.begin_sequence(list.items.empty());
    for (const Value& item : list.items) {
      if (!write(item, depth + 1)) return false;
    }
    if (!list.items.empty()) writer_.end();
    return true;
  }
  bool map(const Map& map, int depth) {
    if (map.null) return null();
    using Item = const Map::Entries::value_type*;
    std::vector<Item> items;
    items.reserve(map.entries.size());
    for (const auto& entry : map.entries) items.push_back(&entry);
    const auto before = [](Item a, Item b) { return yaml::natural_less(a->first, b->first); };
    if (!std::is_sorted(items.begin(), items.end(), before))
      std::stable_sort(items.begin(), items.end(), before);
    writer_.begin_mapping(items.empty());
    for (const Item item : items) {
      yaml::is_utf8(item->first) ? writer_.key(item->first)
                                 : writer_.key(yaml::to_utf8(item->first));
      if (!write(item->second, depth + 1)) return false;
    }
    if (!items.empty()) writer_.end();
    return true;
  }
  bool object(const Object& object, int depth) {
    const Value inner = object.underlying();
    if (!inner.is(Kind::none)) return write(inner, depth + 1);
    writer_.string(object.print());
    return true;
  }

  std::string& out_;
  YamlWriter writer_;
  std::size_t count_ = 0;
};

}  // namespace

std::optional<std::string> go_yaml(const Value& value, bool pretty) {
  std::string out;
  if (!ValueWriter(out, pretty).write(value, 0)) return std::nullopt;
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace spokelab::hub::gotemplate
