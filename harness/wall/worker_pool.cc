#include "harness/wall/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <optional>

namespace spokelab::harness {

namespace {

using Stopwatch = std::chrono::steady_clock;

constexpr std::uint64_t kResultMax = 64u << 20;

struct Worker {
  pid_t pid = -1;
  int to = -1;    // jobs go in
  int from = -1;  // results come out
  std::optional<std::uint64_t> job;
  Stopwatch::time_point since;
};

bool write_all(int file, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const auto written = ::write(file, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool read_all(int file, void* data, std::size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const auto got = ::read(file, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

[[noreturn]] void serve_jobs(int jobs, int results,
                             const std::function<std::string(std::uint64_t)>& work) {
  ::signal(SIGINT, SIG_IGN);
  std::uint64_t job = 0;
  while (read_all(jobs, &job, sizeof job)) {
    const std::string result = work(job);
    const std::uint64_t size = result.size();
    if (!write_all(results, &size, sizeof size) ||
        !write_all(results, result.data(), result.size()))
      break;
  }
  ::_exit(0);
}

class Pool {
 public:
  Pool(const PoolOptions& options, const std::function<std::string(std::uint64_t)>& work,
       const std::function<void(const JobOutcome&)>& done)
      : options_(options), work_(work), done_(done) {}

  void run(const std::vector<std::uint64_t>& jobs) {
    ::signal(SIGPIPE, SIG_IGN);
    waiting_.assign(jobs.begin(), jobs.end());
    const auto count =
        std::min<std::size_t>(static_cast<std::size_t>(std::max(1, options_.workers)), jobs.size());
    workers_.resize(count);
    while (!waiting_.empty() || any_busy()) {
      for (auto& worker : workers_) feed(worker);
      if (!any_busy()) break;  // stopped
      wait_for_results();
      if (options_.tick) tell();
    }
    for (auto& worker : workers_) dismiss(worker);
  }

 private:
  bool any_busy() const {
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const Worker& one) { return one.job.has_value(); });
  }

  void hire(Worker& worker) {
    int in[2];
    int out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) {
      std::perror("spokelab: pipe");
      std::exit(70);
    }
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) {
      std::perror("spokelab: fork");
      std::exit(70);
    }
    if (pid == 0) {
      for (const auto& other : workers_) {  // or their ends would never be seen to close
        if (other.to >= 0) ::close(other.to);
        if (other.from >= 0) ::close(other.from);
      }
      ::close(in[1]);
      ::close(out[0]);
      serve_jobs(in[0], out[1], work_);
    }
    ::close(in[0]);
    ::close(out[1]);
    worker.pid = pid;
    worker.to = in[1];
    worker.from = out[0];
  }

  void feed(Worker& worker) {
    if (worker.job || waiting_.empty()) return;
    if (options_.stop && options_.stop()) {
      waiting_.clear();
      return;
    }
    if (worker.pid < 0) hire(worker);
    worker.job = waiting_.front();
    worker.since = Stopwatch::now();
    waiting_.pop_front();
    write_all(worker.to, &*worker.job, sizeof(std::uint64_t));
  }

  void wait_for_results() {
    std::vector<pollfd> files;
    for (const auto& worker : workers_) files.push_back({worker.job ? worker.from : -1, POLLIN, 0});
    const auto wait = std::clamp<std::int64_t>(options_.patience.count() / 4, 10, 1000);
    ::poll(files.data(), files.size(), static_cast<int>(wait));
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      auto& worker = workers_[i];
      if (!worker.job) continue;
      if (files[i].revents != 0) {
        take(worker);
      } else if (Stopwatch::now() - worker.since > options_.patience) {
        ::kill(worker.pid, SIGKILL);
        const auto ms = options_.patience.count();
        lose(worker, ms % 1000 == 0 ? fmt::format("no answer for {}s", ms / 1000)
                                    : fmt::format("no answer for {}ms", ms));
      }
    }
  }

  void take(Worker& worker) {
    std::uint64_t size = 0;
    JobOutcome outcome;
    outcome.job = *worker.job;
    if (!read_all(worker.from, &size, sizeof size) || size > kResultMax) {
      lose(worker, "");
      return;
    }
    outcome.result.resize(size);
    if (!read_all(worker.from, outcome.result.data(), size)) {
      lose(worker, "");
      return;
    }
    outcome.finished = true;
    worker.job.reset();
    done_(outcome);
  }

  void tell() {
    const auto now = Stopwatch::now();
    if (now - told_ < std::chrono::milliseconds(900)) return;
    told_ = now;
    std::vector<JobUnderWay> jobs;
    for (const auto& worker : workers_) {
      if (!worker.job) continue;
      jobs.push_back(
          {*worker.job, std::chrono::duration_cast<std::chrono::milliseconds>(now - worker.since)});
    }
    options_.tick(jobs);
  }

  void lose(Worker& worker, std::string why) {
    const bool hung = !why.empty();
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
    if (why.empty()) {
      why = WIFSIGNALED(status) ? fmt::format("killed by signal {} ({})", WTERMSIG(status),
                                              ::strsignal(WTERMSIG(status)))
                                : fmt::format("ended with exit code {}", WEXITSTATUS(status));
    }
    JobOutcome outcome;
    outcome.job = *worker.job;
    outcome.hung = hung;
    outcome.failure = std::move(why);
    ::close(worker.to);
    ::close(worker.from);
    worker = Worker{};
    done_(outcome);
  }

  static void dismiss(Worker& worker) {
    if (worker.pid < 0) return;
    ::close(worker.to);
    ::close(worker.from);
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
  }

  const PoolOptions& options_;
  const std::function<std::string(std::uint64_t)>& work_;
  const std::function<void(const JobOutcome&)>& done_;
  std::deque<std::uint64_t> waiting_;
  std::vector<Worker> workers_;
  Stopwatch::time_point told_{};
};

}  // namespace

void run_jobs(const std::vector<std::uint64_t>& jobs, const PoolOptions& options,
              const std::function<std::string(std::uint64_t)>& work,
              const std::function<void(const JobOutcome&)>& done) {
  Pool pool(options, work, done);
  pool.run(jobs);
}

int usable_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace spokelab::harness
