// WorkerPool: jobs in child processes, so that a crash or a hang costs one job and tells which.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spokelab::harness {

struct JobOutcome {
  std::uint64_t job = 0;
  bool finished = false;
  std::string result;  ///< What the job returned, if it finished.
  std::string
      failure;  ///< "killed by signal 11 (Segmentation fault)", "no answer for 120s", if not.
};

struct PoolOptions {
  int workers = 1;
  std::chrono::seconds patience{120};  ///< Real time that one job may take.
};

/// Runs every job in one of `workers` forked children. `work` runs in the child and returns a text
/// of at most 64 MiB; `done` is called here, in the order in which jobs end. The calling process
/// must have a single thread.
void run_jobs(const std::vector<std::uint64_t>& jobs, const PoolOptions& options,
              const std::function<std::string(std::uint64_t)>& work,
              const std::function<void(const JobOutcome&)>& done);

/// Cores that this process may use.
int usable_cores();

}  // namespace spokelab::harness
