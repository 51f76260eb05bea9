#include "harness/fleet/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace spokelab::harness {

namespace {

Error system_error(const std::string& path) {
  return Error(Errc::refused, fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

Result<void> StateDirectory::make() const {
  std::error_code bad;
  const auto parent = std::filesystem::path(path_).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, bad);
  if (bad) return Error(Errc::refused, fmt::format("{}: {}", parent.string(), bad.message()));
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return system_error(path_);
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0) return system_error(path_);
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid())
    return Error(Errc::refused, fmt::format("{}: not a directory of yours", path_));
  if (::chmod(path_.c_str(), 0700) != 0) return system_error(path_);
  return {};
}

Result<void> write_private_file(const std::string& path, const std::string& text) {
  const auto draft = path + ".new";
  ::unlink(draft.c_str());
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return system_error(draft);
  std::size_t done = 0;
  while (done < text.size()) {
    const auto size = ::write(file, text.data() + done, text.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const auto error = system_error(draft);
      ::close(file);
      return error;
    }
    done += static_cast<std::size_t>(size);
  }
  ::close(file);
  if (::rename(draft.c_str(), path.c_str()) != 0) return system_error(path);
  return {};
}

}  // namespace spokelab::harness
