// LuaCheck: a health check that a user wrote, run without harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/app/health/health.h"

namespace spokelab::hub {

/// What a run may use up. Argo CD gives a script one second; here it is counted in instructions, so
/// that a run repeats itself.
struct LuaLimits {
  std::int64_t instructions = 20'000'000;
  std::size_t bytes = std::size_t{64} << 20;
};

/// Runs `script` with `obj` set to the object, as Argo CD's util/lua does: it returns a table with
/// `status` and `message`; nothing or an empty table is no answer. Without `open_libs` only the
/// basic functions, `table` and `require("os")` with `time` and `date` are there; with it `string`,
/// `math` and `os` as well. Files, processes and bytecode are out of reach; time is `now`; `pairs`
/// and `next` go by the order of the keys, and `tostring` shows no addresses. Lua 5.4, with the
/// names of 5.1 that scripts use (`table.getn`, `unpack`). Errors: bad_input with Lua's message;
/// limit.
Result<std::optional<Health>> run_health_script(const std::string& script, bool open_libs,
                                                const Json& object, WallTime now,
                                                LuaLimits limits = {});

}  // namespace spokelab::hub
