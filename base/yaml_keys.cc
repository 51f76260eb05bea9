// Follows libyaml's events with one set of keys for each open mapping.
#include "base/yaml_keys.h"

#include <set>
#include <utility>

#include "base/yaml_events.h"

namespace spokelab {

namespace {

struct Level {
  bool mapping = false;
  bool key_next = true;
  std::set<std::string> keys;
};

}  // namespace

std::vector<RepeatedYamlKey> repeated_yaml_keys(std::string_view text) {
  std::vector<RepeatedYamlKey> found;
  std::vector<Level> levels;
  YamlEvents events(text);
  const auto value_over = [&levels] {
    if (!levels.empty() && levels.back().mapping) levels.back().key_next = !levels.back().key_next;
  };
  while (const yaml_event_t* event = events.next()) {
    switch (event->type) {
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        return found;
      case YAML_MAPPING_START_EVENT:
      case YAML_SEQUENCE_START_EVENT:
        if (levels.size() >= kYamlDepthMax) return found;
        levels.push_back({event->type == YAML_MAPPING_START_EVENT, true, {}});
        break;
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        levels.pop_back();
        value_over();
        break;
      case YAML_SCALAR_EVENT: {
        if (!levels.empty() && levels.back().mapping && levels.back().key_next) {
          const auto& scalar = event->data.scalar;
          std::string key(reinterpret_cast<const char*>(scalar.value), scalar.length);
          if (key != "<<" && !levels.back().keys.insert(key).second)
            found.push_back({event->start_mark.line + 1, std::move(key)});
        }
        value_over();
        break;
      }
      case YAML_ALIAS_EVENT:
        value_over();
        break;
      default:
        break;
    }
  }
  return {};
}

}  // namespace spokelab
