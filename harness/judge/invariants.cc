#include "harness/judge/invariants.h"

#include <fmt/format.h>

#include <string_view>

#include "base/duration.h"

namespace spokelab::harness {

void Invariants::apply(const Event& event) {
  if (event.kind == EventKind::state && event.subject.ends_with(".owner")) {
    owners_[event.cluster] = event.value;
    return;
  }
  if (event.kind != EventKind::fact || !event.subject.starts_with("object.")) return;
  constexpr std::string_view kVia = " via hub-";
  const auto via = event.message.rfind(kVia);
  // At the hub's own API server every replica writes.
  if (via == std::string::npos || event.cluster == "hub") return;
  ++writes_;
  const auto writer = event.message.substr(via + kVia.size() - 4);
  const auto owner = owners_.find(event.cluster);
  if (owner != owners_.end() && owner->second == writer) return;
  if (complaints_.size() >= kComplaintsMax) return;
  complaints_.push_back(fmt::format(
      "two owners: at {} {} wrote {} ({}), while {} owned {}", format_run_time(event.at), writer,
      event.subject, event.value,
      owner == owners_.end() || owner->second.empty() ? "nobody" : owner->second, event.cluster));
}

}  // namespace spokelab::harness
