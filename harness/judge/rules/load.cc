#include "harness/judge/rules/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"

namespace spokelab::harness {

void BoundedLoad::judge(RunTime now, const std::string& cluster, const char* what,
                        std::uint64_t now_count, std::uint64_t& peak, bool trouble) {
  if (!trouble) {
    peak = std::max(peak, now_count);
    return;
  }
  const auto most = std::max(kLeast, kTimes * peak);
  if (now_count <= most || !told_.insert(cluster + what).second) return;
  complain_(fmt::format("load: at {} the hub had made {} {} {} within {}; more than {} is a storm",
                        format_run_time(now), now_count, what, cluster, format_duration(kEvery),
                        most));
}

void BoundedLoad::sample(RunTime now, const std::map<std::string, Counts>& totals, bool trouble) {
  // Where nothing happens nobody samples: then it is the mean that counts.
  const auto spans = sampled_ ? std::max<std::int64_t>((now - *sampled_) / kEvery, 1) : 1;
  sampled_ = now;
  const auto mean = [spans](std::uint64_t count) {
    return count / static_cast<std::uint64_t>(spans);
  };
  for (const auto& [cluster, counts] : totals) {
    auto& last = last_[cluster];
    auto& peak = peak_[cluster];
    judge(now, cluster, "requests to", mean(counts.requests - last.requests), peak.requests,
          trouble);
    judge(now, cluster, "dials to", mean(counts.dials - last.dials), peak.dials, trouble);
    last = counts;
  }
}

}  // namespace spokelab::harness
