// Aggregation: ClusterRoles that are made of others, chosen by their labels.
#pragma once

#include "base/clock.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "fakeapi/writes.h"

namespace spokelab::fakeapi {

class Aggregation {
 public:
  Aggregation(Clock& clock, const Store& store, const ServedKinds& kinds, Writes& writes);
  void on_commit(const Bucket& bucket, const Record& record);
  /// Brings every aggregated role up to date, now.
  void run();

 private:
  Clock* clock_;
  const Store* store_;
  const ServedKinds* kinds_;
  Writes* writes_;
  Timer timer_;
  bool armed_ = false;
};

}  // namespace spokelab::fakeapi
