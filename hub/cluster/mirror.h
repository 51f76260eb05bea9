// Mirror: the objects of one cluster with the indexes that the live cache answers from. No I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "hub/app/compare/tracking.h"
#include "kube/client.h"
#include "kube/resource.h"

namespace spokelab::hub {

class Mirror {
 public:
  /// An object changed; apps as their tracking ids say, before and after.
  using Changed = std::function<void(const kube::ObjectKey& key, const std::string& before,
                                     const std::string& after)>;
  using Name = std::pair<std::string, std::string>;  ///< Namespace and name.

  struct Entry {
    JsonRef object;
    std::string app;
  };
  /// All mirrored objects of one kind. Lives as long as the mirror, even when the cluster no longer
  /// serves it.
  struct Kind {
    kube::ResourceType type;
    std::uint32_t number = 0;  ///< Position among the mirror's kinds.
    bool followed = false;
    std::uint64_t events = 0;  ///< That watches brought. Whoever reads them counts.
    std::map<Name, Entry> objects;
  };

  explicit Mirror(Changed changed) : changed_(std::move(changed)) {}
  /// How objects say whose they are. Those that are here already stay as they were filed.
  void track_by(Tracking tracking) { tracking_ = std::move(tracking); }

  /// The kind's table, made on first use.
  Kind& kind(const kube::ResourceType& type);
  /// nullptr when the kind was never mirrored.
  const Kind* find_kind(const std::string& group, const std::string& kind) const;
  /// Takes over a list of one namespace ("" for all); `tell`: report the differences.
  void replace(Kind& kind, const std::string& ns, const kube::ObjectList& list, bool tell);
  void put(Kind& kind, JsonRef object, bool tell);
  void drop(Kind& kind, const Name& name, bool tell);
  void drop_all(Kind& kind, bool tell);
  void clear();

  JsonRef get(const kube::ObjectKey& key) const;
  std::vector<JsonRef> tracked_by(const std::string& app) const;
  std::vector<JsonRef> children_of(const std::string& uid) const;
  /// Objects of a namespace without an owner.
  std::vector<JsonRef> top_level(const std::string& ns) const;
  const std::vector<std::unique_ptr<Kind>>& kinds() const noexcept { return kinds_; }
  std::size_t objects() const noexcept { return objects_; }
  /// Kinds that are followed.
  std::size_t followed() const;

 private:
  struct Place {
    std::uint32_t kind;
    Name name;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  using Index = std::map<std::string, std::set<Place>>;

  static void index(Index& into, const std::string& key, const Place& place);
  static void unindex(Index& from, const std::string& key, const Place& place);
  void link(const Place& place, const Entry& entry);
  void unlink(const Place& place, const Entry& entry);
  void tell(const Kind& kind, const Name& name, const std::string& before,
            const std::string& after);
  std::vector<JsonRef> at(const Index& index, const std::string& key) const;

  Changed changed_;
  Tracking tracking_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;  // (group, kind)
  std::vector<std::unique_ptr<Kind>> kinds_;
  Index tracked_;
  Index owned_;
  std::size_t objects_ = 0;
};

}  // namespace spokelab::hub
