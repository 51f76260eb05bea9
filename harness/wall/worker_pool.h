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
      failure;        ///< "killed by signal 11 (Segmentation fault)", "no answer for 120s", if not.
  bool hung = false;  ///< It was killed since it gave no answer in time.
};

/// A job that is being done, and for how long.
struct JobUnderWay {
  std::uint64_t job = 0;
  std::chrono::milliseconds since{0};
};

struct PoolOptions {
  int workers = 1;
  std::chrono::milliseconds patience{120'000};  ///< Real time that one job may take.
  /// Asked before a job is handed out; true: none is any more, those under way end. Null: all are.
  std::function<bool()> stop = nullptr;
  /// Called about every second while jobs are under way. Null: nobody listens.
  std::function<void(const std::vector<JobUnderWay>&)> tick = nullptr;
};

/// Runs every job in one of `workers` forked children. `work` runs in the child and returns a text
/// of at most 64 MiB; `done` is called here, in the order in which jobs end; they
/// begin in their own order. Children ignore SIGINT: the caller decides what it means. The calling
/// process must have a single thread.
void run_jobs(const std::vector<std::uint64_t>& jobs, const PoolOptions& options,
              const std::function<std::string(std::uint64_t)>& work,
              const std::function<void(const JobOutcome&)>& done);

/// Cores that this process may use.
int usable_cores();

}  // namespace spokelab::harness
