// What a container does that its command tells plainly; and the full names of images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

struct Script {
  struct Printed {
    Nanos after{0};  ///< Since the start.
    std::string text;
    bool date = false;  ///< The time of day instead.
  };
  Nanos lasts{0};  ///< Nanos::max(): for ever.
  int exit_code = 0;
  std::vector<Printed> printed;
};

/// Understands commands that only wait, print and exit: `sleep 30`, `false`, `sh -c "echo hello;
/// sleep 5; exit 3"`. nullopt: no command, or one that does more.
std::optional<Script> script_of(const Json& container);

/// "nginx:1.27" -> "docker.io/library/nginx:1.27", as containerd reports it; no tag: ":latest".
std::string full_image_name(const std::string& image);

/// Why no container runtime can pull an image of this name, in the words of the distribution
/// library that the kubelet reads it with; empty: it can.
std::string image_name_problem(const std::string& image);

}  // namespace spokelab::fakeapi
