// Children: two pipes, one poll, one deadline.
#include "harness/wall/child_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace spokelab::harness {

namespace {

using RealTime = std::chrono::steady_clock;

struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  ~Pipe() {
    close(read);
    close(write);
  }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

int reaped(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum class Read { going_on, over, too_much };

Read take(int& from, std::string& into, std::size_t max) {
  std::array<char, 65536> buffer;
  const auto got = ::read(from, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR ? Read::going_on : Read::over;
  if (got == 0) return Read::over;
  if (into.size() + static_cast<std::size_t>(got) > max) return Read::too_much;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return Read::going_on;
}

}  // namespace

Result<ChildOutcome> run_child(const ChildProgram& program) {
  Pipe out;
  Pipe err;
  if (!out.open() || !err.open())
    return Error(Errc::internal, fmt::format("pipe: {}", std::strerror(errno)));
  std::vector<std::string> arguments{program.file};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> environment = program.environment;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err.write, 2);
  if (!program.directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&actions, program.directory.c_str());
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.file.c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return Error(Errc::not_found,
                 fmt::format("cannot start {}: {}", program.file, std::strerror(failed)));
  }
  Pipe::close(out.write);
  Pipe::close(err.write);
  ChildOutcome outcome;
  const auto deadline = RealTime::now() + program.patience;
  bool late = false;
  bool too_much = false;
  while ((out.read >= 0 || err.read >= 0) && !late && !too_much) {
    std::array<pollfd, 2> files{pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0}};
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - RealTime::now()).count();
    late = left <= 0;
    if (late || ::poll(files.data(), files.size(), static_cast<int>(left)) <= 0) continue;
    for (const bool first : {true, false}) {
      if (files[first ? 0 : 1].revents == 0) continue;
      int& from = first ? out.read : err.read;
      const auto read = take(from, first ? outcome.out : outcome.err, program.output_max);
      if (read == Read::over) Pipe::close(from);
      too_much = too_much || read == Read::too_much;
    }
  }
  if (late || too_much) ::kill(pid, SIGKILL);
  outcome.status = reaped(pid);
  if (late) {
    return Error(Errc::timeout, fmt::format("{} did not end within {} seconds", program.file,
                                            program.patience.count()));
  }
  if (too_much) {
    return Error(Errc::limit,
                 fmt::format("{} printed more than {} bytes", program.file, program.output_max));
  }
  return outcome;
}

std::string find_program(const std::string& search_path, const std::string& name) {
  std::istringstream folders(search_path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.starts_with('/')) continue;
    std::string file = folder + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

}  // namespace spokelab::harness
