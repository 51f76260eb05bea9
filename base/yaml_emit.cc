// JSON documents as YAML.
#include <algorithm>

#include "base/json.h"
#include "base/yaml.h"
#include "base/yaml_shape.h"
#include "base/yaml_writer.h"

namespace spokelab {

namespace {

void write(YamlWriter& writer, const Json& value);

void write_mapping(YamlWriter& writer, const Json& value) {
  std::vector<std::pair<const std::string*, const Json*>> items;
  items.reserve(value.size());
  for (auto at = value.begin(); at != value.end(); ++at) items.emplace_back(&at.key(), &at.value());
  const auto before = [](const auto& a, const auto& b) {
    return yaml::natural_less(*a.first, *b.first);
  };
  if (!std::is_sorted(items.begin(), items.end(), before))
    std::stable_sort(items.begin(), items.end(), before);
  writer.begin_mapping(items.empty());
  for (const auto& [key, item] : items) {
    writer.key(*key);
    write(writer, *item);
  }
  if (!items.empty()) writer.end();
}

void write(YamlWriter& writer, const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return write_mapping(writer, value);
    case Json::value_t::array:
      writer.begin_sequence(value.empty());
      for (const Json& item : value) write(writer, item);
      if (!value.empty()) writer.end();
      return;
    case Json::value_t::string:
      return writer.string(value.get_ref<const std::string&>());
    case Json::value_t::number_float:
      return writer.real(value.get<double>());
    case Json::value_t::number_integer:
      return writer.whole(value.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return writer.whole(value.get<std::uint64_t>());
    case Json::value_t::boolean:
      return writer.boolean(value.get<bool>());
    default:
      return writer.null();
  }
}

}  // namespace

std::string to_yaml(const Json& document) {
  std::string out;
  YamlWriter writer(out);
  write(writer, document);
  return out;
}

std::string to_yaml_pretty(const Json& document) {
  std::string out;
  YamlWriter writer(out, true);
  write(writer, document);
  return out;
}

}  // namespace spokelab
