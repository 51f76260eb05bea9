#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

namespace spokelab {

namespace {

constexpr std::size_t kDepthMax = 500;

/// Builds a document from the parser's events. An object is made when its last member is known:
/// made one by one, members in falling order would each move all that came before.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool key(std::string& name) override {
    open_.back().members.emplace_back(std::move(name), nullptr);
    return true;
  }
  bool end_object() override {
    Json made = json_object(std::move(open_.back().members));
    open_.pop_back();
    return add(std::move(made));
  }
  bool end_array() override {
    Json made = std::move(open_.back().items);
    open_.pop_back();
    return add(std::move(made));
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& failure) override {
    problem_ = failure.what();
    return false;
  }

  Result<Json> result() {
    if (too_deep_) return Error(Errc::limit, fmt::format("JSON nested deeper than {}", kDepthMax));
    if (problem_) return Error(Errc::bad_input, *problem_);
    return std::move(root_);
  }

 private:
  struct Open {
    bool object = false;
    JsonMembers members;
    Json::array_t items;
  };

  bool open(bool object) {
    too_deep_ = open_.size() == kDepthMax;
    if (!too_deep_) open_.push_back({object, {}, {}});
    return !too_deep_;
  }
  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().object) {
      open_.back().members.back().second = std::move(value);
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }

  Json root_;
  std::vector<Open> open_;
  bool too_deep_ = false;
  std::optional<std::string> problem_;
};

}  // namespace

Json json_object(JsonMembers members) {
  const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(members.begin(), members.end(), by_key))
    std::stable_sort(members.begin(), members.end(), by_key);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool again = kept > 0 && members[kept - 1].first == members[i].first;
    if (!again) ++kept;
    if (kept - 1 != i) members[kept - 1] = std::move(members[i]);
  }
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(kept), members.end());
  Json::object_t object;
  object.adopt_sequence(boost::container::ordered_unique_range, std::move(members));
  return object;
}

JsonRef freeze(Json document) { return std::make_shared<const Json>(std::move(document)); }

void add_members(Json& object, JsonMembers members) {
  object.get_ref<Json::object_t&>().insert(std::make_move_iterator(members.begin()),
                                           std::make_move_iterator(members.end()));
}

const Json* find(const Json& document, std::initializer_list<std::string_view> path) {
  const Json* at = &document;
  for (const auto key : path) {
    if (!at->is_object()) return nullptr;
    const auto hit = at->find(key);
    if (hit == at->end()) return nullptr;
    at = &*hit;
  }
  return at;
}

std::string text_at(const Json& document, std::initializer_list<std::string_view> path,
                    std::string_view fallback) {
  const Json* value = find(document, path);
  if (value == nullptr || !value->is_string()) return std::string(fallback);
  return value->get_ref<const std::string&>();
}

std::int64_t int_at(const Json& document, std::initializer_list<std::string_view> path,
                    std::int64_t fallback) {
  const Json* value = find(document, path);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : fallback;
}

bool bool_at(const Json& document, std::initializer_list<std::string_view> path, bool fallback) {
  const Json* value = find(document, path);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
}

void set_at(Json& document, std::initializer_list<std::string_view> path, Json value) {
  Json* at = &document;
  for (const auto key : path) {
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[std::string(key)];
  }
  *at = std::move(value);
}

Result<Json> parse_json(std::string_view text) {
  Builder builder;
  Json::sax_parse(text, &builder);
  return builder.result();
}

}  // namespace spokelab
