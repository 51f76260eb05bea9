// Managers: the entries of metadata.managedFields, who owns which fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace spokelab::fakeapi {

/// Who writes fields, as one entry is told from another.
struct ManagerId {
  std::string manager;
  bool applies = false;     ///< operation Apply; otherwise Update.
  std::string api_version;  ///< Tells entries apart for updates only.
  std::string subresource;
};

/// The entries of one object while a write is worked on.
class Managers {
 public:
  /// What `object` carries; `usable` tells whether all entries were well-formed.
  static Managers read(const Json& object);

  bool empty() const noexcept { return entries_.empty(); }
  bool usable() const noexcept { return usable_; }
  std::size_t size() const noexcept { return entries_.size(); }
  const Json& fields(std::size_t i) const { return entries_[i].fields; }
  const ManagerId& id(std::size_t i) const { return entries_[i].id; }
  void set_fields(std::size_t i, Json fields) { entries_[i].fields = std::move(fields); }
  /// -1 when there is none.
  std::ptrdiff_t find(const ManagerId& id) const;
  /// Adds the entry, or replaces its fields; the time stays.
  void put(const ManagerId& id, Json fields);
  void touch(const ManagerId& id, const std::string& now);
  /// Takes fields that nobody may own out of every entry, then entries without fields.
  void strip();
  /// Older update entries than the newest ten become one of each version.
  void cap_updates();
  /// Writes the entries into the object, in the order of the API server.
  void write(Json& object) const;

 private:
  struct Entry {
    ManagerId id;
    std::string time;
    Json fields;
  };
  void drop_empty();
  std::vector<Entry> entries_;
  bool usable_ = true;
};

/// '"kubectl" using apps/v1', as conflicts name a manager.
std::string shown_manager(const ManagerId& id);

}  // namespace spokelab::fakeapi
