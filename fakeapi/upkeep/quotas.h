// Quotas: keeps status.used of ResourceQuotas at what their namespaces use.
#pragma once

#include <set>
#include <string>

#include "base/clock.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "fakeapi/writes.h"

namespace spokelab::fakeapi {

class Quotas {
 public:
  Quotas(Clock& clock, const Store& store, const ServedKinds& kinds, Writes& writes);
  void on_commit(const Bucket& bucket, const Record& record);

 private:
  void run();
  Clock* clock_;
  const Store* store_;
  const ServedKinds* kinds_;
  Writes* writes_;
  std::set<std::string> stale_;  // namespaces
  Timer timer_;
};

}  // namespace spokelab::fakeapi
