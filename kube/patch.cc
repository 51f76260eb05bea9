// The two patch types that need no schema.
#include "kube/patch.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace spokelab::kube {

namespace {

using Path = std::vector<std::string>;

constexpr std::size_t kCopiedNodesMax = 200'000;

Error failed(std::string_view op, std::string_view path, std::string_view why) {
  return Error(Errc::invalid, fmt::format("error in {} for path: '{}': {}", op, path, why));
}

Result<Path> read_pointer(const std::string& text) {
  Path path;
  if (text.empty()) return path;
  // As upstream's library has it, whatever stands before the first slash does not matter.
  const auto start = text.find('/');
  if (start == std::string::npos)
    return Error(Errc::bad_input, fmt::format("'{}' is no JSON pointer", text));
  std::string part;
  for (std::size_t i = start + 1; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '/') {
      path.push_back(std::move(part));
      part.clear();
    } else if (text[i] == '~' && i + 1 < text.size() &&
               (text[i + 1] == '0' || text[i + 1] == '1')) {
      part += text[++i] == '0' ? '~' : '/';
    } else {
      part += text[i];
    }
  }
  return path;
}

std::optional<std::size_t> index_of(const std::string& text, std::size_t size, bool for_add) {
  if (text == "-" && for_add) return size;
  long long index = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  if (index < 0) index += static_cast<long long>(size) + (for_add ? 1 : 0);  // counted from the end
  const auto most = static_cast<long long>(size) + (for_add ? 1 : 0);
  if (index < 0 || index >= most) return std::nullopt;
  return static_cast<std::size_t>(index);
}

Json* walk(Json& document, const Path& path, std::size_t depth) {
  Json* at = &document;
  for (std::size_t i = 0; i < depth; ++i) {
    if (at->is_object()) {
      const auto hit = at->find(path[i]);
      if (hit == at->end()) return nullptr;
      at = &*hit;
    } else if (at->is_array()) {
      const auto index = index_of(path[i], at->size(), false);
      if (!index) return nullptr;
      at = &(*at)[*index];
    } else {
      return nullptr;
    }
  }
  return at;
}

std::size_t nodes(const Json& value) {
  std::size_t count = 1;
  if (value.is_structured()) {
    for (const Json& child : value) count += nodes(child);
  }
  return count;
}

/// One patch being applied.
class Patcher {
 public:
  explicit Patcher(Json& document) : document_(document) {}

  Result<bool> step(const Json& operation) {
    if (!operation.is_object())
      return Error(Errc::bad_input, "a JSON patch operation must be an object");
    const Json* op = find(operation, {"op"});
    const Json* path = find(operation, {"path"});
    if (op == nullptr || !op->is_string())
      return Error(Errc::bad_input, "missing op in JSON patch operation");
    if (path == nullptr || !path->is_string()) {
      return Error(Errc::bad_input, "missing path in JSON patch operation");
    }
    op_ = op->get<std::string>();
    path_ = path->get<std::string>();
    auto target = read_pointer(path_);
    if (!target) return target.error();
    if (op_ == "remove") return remove(*target);
    if (op_ == "move" || op_ == "copy") return transfer(operation, *target);
    const Json* value = find(operation, {"value"});
    if (op_ == "test") return test(*target, value != nullptr ? *value : Json());
    if (op_ != "add" && op_ != "replace") {
      return Error(Errc::bad_input, fmt::format("Unexpected kind: {}", op_));
    }
    const Json given = value != nullptr ? *value : Json();  // as upstream: no value means null
    return op_ == "add" ? add(*target, given) : replace(*target, given);
  }

 private:
  Error missing(std::string_view why) const { return failed(op_, path_, why); }

  Result<bool> add(const Path& path, Json value) {
    if (path.empty()) {
      document_ = std::move(value);
      return true;
    }
    Json* parent = walk(document_, path, path.size() - 1);
    if (parent == nullptr) return missing("doc is missing path: missing value");
    if (parent->is_object()) {
      (*parent)[path.back()] = std::move(value);
      return true;
    }
    if (!parent->is_array()) return missing("doc is missing path: missing value");
    const auto index = index_of(path.back(), parent->size(), true);
    if (!index)
      return missing(
          fmt::format("Unable to access invalid index: {}: invalid index referenced", path.back()));
    parent->insert(parent->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
    return true;
  }

  Result<bool> replace(const Path& path, const Json& value) {
    Json* at = walk(document_, path, path.size());
    if (at == nullptr) return missing("doc is missing key: missing value");
    *at = value;
    return true;
  }

  Result<bool> remove(const Path& path) {
    if (path.empty()) return missing("cannot remove the whole document");
    Json* parent = walk(document_, path, path.size() - 1);
    if (parent != nullptr && parent->is_object() && parent->erase(path.back()) == 1) return true;
    if (parent != nullptr && parent->is_array()) {
      if (const auto index = index_of(path.back(), parent->size(), false)) {
        parent->erase(*index);
        return true;
      }
    }
    return missing(fmt::format("Unable to remove nonexistent key: {}: missing value", path.back()));
  }

  Result<bool> transfer(const Json& operation, const Path& target) {
    const std::string from_text = text_at(operation, {"from"}, "\x01");
    if (from_text == "\x01")
      return Error(Errc::bad_input, fmt::format("missing from in {} operation", op_));
    auto from = read_pointer(from_text);
    if (!from) return from.error();
    const Json* source = walk(document_, *from, from->size());
    if (source == nullptr)
      return missing(fmt::format("doc is missing from path '{}': missing value", from_text));
    copied_ += nodes(*source);
    if (copied_ > kCopiedNodesMax)
      return Error(Errc::limit, "the copies of a JSON patch are too large");
    Json value = *source;
    if (op_ == "move") {
      auto removed = remove(*from);
      if (!removed) return removed;
    }
    return add(target, std::move(value));
  }

  Result<bool> test(const Path& path, const Json& value) {
    const Json* at = walk(document_, path, path.size());
    if (at != nullptr ? *at == value : value.is_null()) return true;
    return Error(Errc::invalid, fmt::format("testing path {} value failed: test failed", path_));
  }

  Json& document_;
  std::string op_;
  std::string path_;
  std::size_t copied_ = 0;
};

}  // namespace

Result<Json> apply_json_patch(Json document, const Json& patch) {
  if (!patch.is_array()) return Error(Errc::bad_input, "a JSON patch must be a list of operations");
  if (patch.size() > kPatchOperationsMax) {
    return Error(Errc::limit,
                 fmt::format("The allowed maximum operations in a JSON patch is {}, got {}",
                             kPatchOperationsMax, patch.size()));
  }
  Patcher patcher(document);
  for (const Json& operation : patch) {
    auto done = patcher.step(operation);
    if (!done) return done.error();
  }
  return document;
}

void apply_merge_patch(Json& document, const Json& patch) {
  if (!patch.is_object()) {
    document = patch;
    return;
  }
  if (!document.is_object()) document = Json::object();
  JsonMembers added;
  bool removes = false;
  for (const auto& [key, value] : patch.items()) {
    const auto old = document.find(key);
    if (value.is_null()) {
      removes = removes || old != document.end();
    } else if (old != document.end()) {
      apply_merge_patch(*old, value);
    } else {
      Json made;
      apply_merge_patch(made, value);
      added.emplace_back(key, std::move(made));
    }
  }
  if (removes) {
    erase_members(document, [&patch](const std::string& key, const Json&) {
      const auto hit = patch.find(key);
      return hit != patch.end() && hit->is_null();
    });
  }
  add_members(document, std::move(added));
}

Json make_merge_patch(const Json& from, const Json& to) {
  if (!from.is_object() || !to.is_object()) return to;
  JsonMembers patch;
  for (const auto& [key, value] : to.items()) {
    const auto old = from.find(key);
    if (old == from.end()) {
      patch.emplace_back(key, value);
    } else if (old->is_object() && value.is_object()) {
      Json inner = make_merge_patch(*old, value);
      if (!inner.empty()) patch.emplace_back(key, std::move(inner));
    } else if (*old != value) {
      patch.emplace_back(key, value);
    }
  }
  for (const auto& [key, value] : from.items()) {
    if (!to.contains(key)) patch.emplace_back(key, nullptr);
  }
  return json_object(std::move(patch));
}

}  // namespace spokelab::kube
