#include "harness/judge/rules/waves.h"

#include <fmt/format.h>

#include "base/duration.h"

namespace spokelab::harness {

void WaveOrder::wrote(RunTime at, const Object& object, bool created) {
  const auto known = attempts_.find(object.app);
  if (known == attempts_.end()) return;
  Attempt& attempt = known->second;
  if (object.hook) {
    if (created && !attempt.hooks.insert(object.name).second) {
      complain_(fmt::format("hook run twice: at {} {} was made again within one operation of {}",
                            format_run_time(at), object.name, object.app));
    }
    return;
  }
  if (attempt.highest && object.wave < *attempt.highest) {
    complain_(
        fmt::format("wave order: at {} {} of wave {} was written after {} of wave {}, in one "
                    "operation of {}",
                    format_run_time(at), object.name, object.wave, attempt.highest_name,
                    *attempt.highest, object.app));
  }
  for (const auto& [name, other] : attempt.written) {
    if (other.well || other.wave >= object.wave) continue;
    complain_(
        fmt::format("wave order: at {} {} of wave {} was written, though {} of wave {} had "
                    "not been healthy since this operation of {} wrote it",
                    format_run_time(at), object.name, object.wave, name, other.wave, object.app));
  }
  if (!attempt.highest || object.wave >= *attempt.highest) {
    attempt.highest = object.wave;
    attempt.highest_name = object.name;
  }
  attempt.written[object.name] = Written{object.wave, object.well};
}

void WaveOrder::seen(const Object& object) {
  const auto known = attempts_.find(object.app);
  if (known == attempts_.end() || !object.well) return;
  const auto written = known->second.written.find(object.name);
  if (written != known->second.written.end()) written->second.well = true;
}

void WaveOrder::gone(const Object& object) {
  const auto known = attempts_.find(object.app);
  if (known != attempts_.end()) known->second.written.erase(object.name);
}

}  // namespace spokelab::harness
