#include "harness/judge/rules/deletes.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/run_time.h"
#include "harness/judge/rules/writer.h"

namespace spokelab::harness {

void UnaskedDeletes::intent_changed() {
  pending_ = true;
  ++intents_;
}

void UnaskedDeletes::apply(const Event& event) {
  if (event.kind != EventKind::fact) return;
  if (event.value == "chart-warning") give_up();
  if (!event.subject.starts_with("object.")) return;
  const auto writer = replica_behind(event);
  if (writer.empty()) {
    // Whoever else writes at the hub says what he wants.
    if (event.cluster == "hub") intent_changed();
    return;
  }
  const bool application = event.subject.starts_with("object.hub.applications.argoproj.io.");
  if (event.cluster == "hub" && !application) return;
  if (given_up_ || transient_.contains(event.subject)) return;
  if (event.value == "create") {
    const auto gone = deleted_.find(event.subject);
    if (gone == deleted_.end()) return;
    const bool same_intent = gone->second == intents_;
    deleted_.erase(gone);
    if (!same_intent) return;
    complain_(
        fmt::format("unasked delete: at {} {} made {} again, which the hub had deleted "
                    "though nobody had changed what is wanted since",
                    format_run_time(event.at), writer, event.subject));
  } else if (event.value == "delete") {
    deleted_[event.subject] = intents_;
    if (pending_) return;
    complain_(
        fmt::format("unasked delete: at {} {} deleted {}, and nobody had changed what is "
                    "wanted",
                    format_run_time(event.at), writer, event.subject));
  }
}

}  // namespace spokelab::harness
