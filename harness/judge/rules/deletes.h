// UnaskedDeletes: the hub deletes only what somebody wanted gone.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/history.h"

namespace spokelab::harness {

/// Watches what hub replicas delete, on spokes and among the hub's own Applications. A deletion is
/// asked for when what is wanted has changed and has not come into effect everywhere since; and
/// then what is deleted is not made again without another change. Hooks are left out: they are made
/// and deleted for every sync.
class UnaskedDeletes {
 public:
  using Complain = std::function<void(std::string)>;
  explicit UnaskedDeletes(Complain complain) : complain_(std::move(complain)) {}

  void apply(const Event& event);
  /// What is wanted changes: a commit, a label, a manifest, an edited Application.
  void intent_changed();
  /// Everything that is wanted has been in effect for long enough that nothing is under way.
  void settled() { pending_ = false; }
  bool pending() const noexcept { return pending_; }
  /// An object that syncs may delete whenever they like, by the subject of its events.
  void may_come_and_go(const std::string& subject) { transient_.insert(subject); }
  /// Somewhere objects are replaced (sync options Replace, Force), or have names drawn by chance or
  /// from the clock: they come and go by design. From then on nothing is judged.
  void give_up() { given_up_ = true; }

 private:
  Complain complain_;
  bool pending_ = true;  // the world is being set up
  bool given_up_ = false;
  std::uint64_t intents_ = 0;
  std::set<std::string> transient_;
  std::map<std::string, std::uint64_t> deleted_;  // by subject: intents_ at that time
};

}  // namespace spokelab::harness
