// FieldReader: typed fields out of one JSON object, with the first fault remembered by its path.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub {

/// Reads what a custom resource's schema promises. Absent and null fields give the fallback; a
/// field of another type gives the fallback and is a fault (Errc::invalid) worded as an API server
/// words it: `spec.retry.limit: Invalid value: "string": must be of type integer: "string"`.
/// `object` and `fault` must outlive the reader. Unknown fields are passed over, as an API server
/// prunes them.
class FieldReader {
 public:
  /// `path` names `object` in error texts: "spec.source". A value that is no object is a fault
  /// itself.
  FieldReader(const Json& object, std::string path, std::optional<Error>& fault);

  std::string text(std::string_view key, std::string_view fallback = "");
  std::int64_t integer(std::string_view key, std::int64_t fallback = 0);
  bool truth(std::string_view key, bool fallback = false);
  std::vector<std::string> texts(std::string_view key);
  std::map<std::string, std::string> text_map(std::string_view key);
  /// The object or list there; nullptr when absent (or null).
  const Json* object(std::string_view key);
  const Json* list(std::string_view key);
  bool has(std::string_view key) const;
  /// A reader for the object at `key`; `read` is not called when it is absent.
  void within(std::string_view key, const std::function<void(FieldReader&)>& read);
  /// Calls `read` for each object in the list at `key`.
  void each(std::string_view key, const std::function<void(FieldReader&)>& read);
  /// The whole object this reads.
  const Json& json() const noexcept { return *object_; }
  const std::string& path() const noexcept { return path_; }
  /// Remembers a fault of the caller's own, unless there is one already.
  void fail(std::string_view key, std::string_view problem);

 private:
  const Json* value(std::string_view key) const;
  std::string path_of(std::string_view key) const;
  void wrong_type(const std::string& path, const Json& value, std::string_view wanted);

  const Json* object_;
  std::string path_;
  std::optional<Error>* fault_;
};

}  // namespace spokelab::hub
