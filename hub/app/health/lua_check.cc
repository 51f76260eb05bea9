// Running health scripts in Lua.
#include "hub/app/health/lua_check.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <lua.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr int kHookEvery = 1000;
constexpr int kDepthMax = 200;

/// What the state's callbacks know of their run.
struct Run {
  LuaLimits limits;
  std::size_t bytes = 0;
  std::int64_t instructions = 0;
  bool exhausted = false;
  std::int64_t now = 0;  // Unix seconds
};

void* allocate(void* user, void* block, std::size_t before, std::size_t wanted) {
  Run& run = *static_cast<Run*>(user);
  const std::size_t held = block != nullptr ? before : 0;
  if (wanted == 0) {
    run.bytes -= held;
    std::free(block);
    return nullptr;
  }
  if (run.bytes - held + wanted > run.limits.bytes) return nullptr;
  void* moved = std::realloc(block, wanted);
  if (moved != nullptr) run.bytes += wanted - held;
  return moved;
}

Run& run_of(lua_State* lua) {
  void* user = nullptr;
  lua_getallocf(lua, &user);
  return *static_cast<Run*>(user);
}

void count(lua_State* lua, lua_Debug*);

void spend(lua_State* lua, std::int64_t instructions) {
  Run& run = run_of(lua);
  run.instructions += instructions;
  if (run.instructions <= run.limits.instructions) return;
  run.exhausted = true;
  // From now on at each instruction, or a script could catch the error and go on for ever.
  lua_sethook(lua, count, LUA_MASKCOUNT, 1);
  luaL_error(lua, "the script runs too long");
}

void count(lua_State* lua, lua_Debug*) { spend(lua, kHookEvery); }

/// Numbers come before texts, and those before truths.
int rank(lua_State* lua, int key) {
  switch (lua_type(lua, key)) {
    case LUA_TNUMBER:
      return 0;
    case LUA_TSTRING:
      return 1;
    case LUA_TBOOLEAN:
      return 2;
    default:
      return luaL_error(lua, "a key that is a %s has no order", luaL_typename(lua, key));
  }
}

bool comes_before(lua_State* lua, int a, int b) {
  const int rank_a = rank(lua, a);
  const int rank_b = rank(lua, b);
  if (rank_a != rank_b) return rank_a < rank_b;
  if (rank_a == 2) return lua_toboolean(lua, a) < lua_toboolean(lua, b);
  return lua_compare(lua, a, b, LUA_OPLT) != 0;
}

/// `next` in the order of the keys. Lua's own goes by hashes that it seeds with the time and with
/// addresses, so that a script's answer could differ from run to run.
int ordered_next(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  const bool first = lua_isnil(lua, 2);
  lua_pushnil(lua);  // 3: the nearest key so far
  std::int64_t seen = 1;
  lua_pushnil(lua);
  for (; lua_next(lua, 1) != 0; ++seen) {
    lua_pop(lua, 1);
    if (!first && !comes_before(lua, 2, 4)) continue;
    if (!lua_isnil(lua, 3) && !comes_before(lua, 4, 3)) continue;
    rank(lua, 4);
    lua_pushvalue(lua, 4);
    lua_replace(lua, 3);
  }
  spend(lua, seen);
  if (lua_isnil(lua, 3)) return 1;
  lua_pushvalue(lua, 3);
  lua_rawget(lua, 1);
  return 2;
}

int ordered_pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushcfunction(lua, ordered_next);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

/// `tostring` without addresses, which differ from run to run.
int plain_tostring(lua_State* lua) {
  luaL_checkany(lua, 1);
  const int type = lua_type(lua, 1);
  const bool plain =
      type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
  if (!plain && luaL_getmetafield(lua, 1, "__tostring") == LUA_TNIL) {
    lua_pushstring(lua, luaL_typename(lua, 1));
  } else {
    luaL_tolstring(lua, 1, nullptr);
  }
  return 1;
}

void push(lua_State* lua, const Json& value, int depth) {
  luaL_checkstack(lua, 4, "the object is nested too deeply");
  if (depth > kDepthMax) luaL_error(lua, "the object is nested too deeply");
  if (value.is_object()) {
    lua_createtable(lua, 0, static_cast<int>(value.size()));
    for (const auto& [key, item] : value.items()) {
      lua_pushlstring(lua, key.data(), key.size());
      push(lua, item, depth + 1);
      lua_rawset(lua, -3);
    }
  } else if (value.is_array()) {
    lua_createtable(lua, static_cast<int>(value.size()), 0);
    lua_Integer at = 0;
    for (const Json& item : value) {
      push(lua, item, depth + 1);
      lua_rawseti(lua, -2, ++at);
    }
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    lua_pushlstring(lua, text.data(), text.size());
  } else if (value.is_boolean()) {
    lua_pushboolean(lua, value.get<bool>() ? 1 : 0);
  } else if (value.is_number_integer()) {
    lua_pushinteger(lua, value.get<lua_Integer>());
  } else if (value.is_number()) {
    lua_pushnumber(lua, value.get<double>());
  } else {
    lua_pushnil(lua);
  }
}

int whole_field(lua_State* lua, const char* name, int otherwise) {
  lua_getfield(lua, 1, name);
  const int value =
      lua_isnumber(lua, -1) != 0 ? static_cast<int>(lua_tonumber(lua, -1)) : otherwise;
  lua_pop(lua, 1);
  return value;
}

int os_time(lua_State* lua) {
  if (lua_gettop(lua) == 0) {
    lua_pushinteger(lua, run_of(lua).now);
    return 1;
  }
  luaL_checktype(lua, 1, LUA_TTABLE);
  std::tm parts{};
  parts.tm_year = whole_field(lua, "year", -1) - 1900;
  parts.tm_mon = whole_field(lua, "month", -1) - 1;
  parts.tm_mday = whole_field(lua, "day", -1);
  parts.tm_hour = whole_field(lua, "hour", 12);
  parts.tm_min = whole_field(lua, "min", 0);
  parts.tm_sec = whole_field(lua, "sec", 0);
  lua_pushinteger(lua, timegm(&parts));
  return 1;
}

/// In UTC, with or without the leading "!".
int os_date(lua_State* lua) {
  std::string_view form = luaL_optstring(lua, 1, "%c");
  if (form.starts_with('!')) form.remove_prefix(1);
  const auto at = static_cast<std::time_t>(luaL_optinteger(lua, 2, run_of(lua).now));
  std::tm parts{};
  if (gmtime_r(&at, &parts) == nullptr) return luaL_error(lua, "the time is out of range");
  if (form.starts_with("*t")) {
    lua_createtable(lua, 0, 8);
    const std::pair<const char*, int> fields[] = {
        {"year", parts.tm_year + 1900}, {"month", parts.tm_mon + 1}, {"day", parts.tm_mday},
        {"hour", parts.tm_hour},        {"min", parts.tm_min},       {"sec", parts.tm_sec},
        {"wday", parts.tm_wday + 1},    {"yday", parts.tm_yday + 1}};
    for (const auto& [name, value] : fields) {
      lua_pushinteger(lua, value);
      lua_setfield(lua, -2, name);
    }
    return 1;
  }
  char text[256];
  // Nothing that owns memory may live across a call that can jump out of here.
  const std::size_t length = std::strftime(text, sizeof text, form.data(), &parts);
  lua_pushlstring(lua, text, length);
  return 1;
}

int open_os(lua_State* lua) {
  static const luaL_Reg functions[] = {{"time", os_time}, {"date", os_date}, {nullptr, nullptr}};
  luaL_newlib(lua, functions);
  return 1;
}

int require_os(lua_State* lua) {
  const std::string_view name = luaL_checkstring(lua, 1);
  if (name == "os") return open_os(lua);
  lua_getglobal(lua, lua_tostring(lua, 1));
  if (lua_istable(lua, -1)) return 1;
  return luaL_error(lua, "module %s not found", lua_tostring(lua, 1));
}

int table_getn(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushinteger(lua, static_cast<lua_Integer>(lua_rawlen(lua, 1)));
  return 1;
}

void open_libraries(lua_State* lua, bool open_libs) {
  luaL_requiref(lua, "_G", luaopen_base, 1);
  // Whatever reads files, or bytecode, which may be anything.
  for (const char* name : {"dofile", "loadfile", "load", "collectgarbage", "print"}) {
    lua_pushnil(lua);
    lua_setglobal(lua, name);
  }
  for (const luaL_Reg& ours : {luaL_Reg{"next", ordered_next}, luaL_Reg{"pairs", ordered_pairs},
                               luaL_Reg{"tostring", plain_tostring}}) {
    lua_pushcfunction(lua, ours.func);
    lua_setglobal(lua, ours.name);
  }
  luaL_requiref(lua, "table", luaopen_table, 1);
  lua_pushcfunction(lua, table_getn);
  lua_setfield(lua, -2, "getn");
  lua_getfield(lua, -1, "unpack");
  lua_setglobal(lua, "unpack");
  lua_pushcfunction(lua, require_os);
  lua_setglobal(lua, "require");
  if (!open_libs) return;
  luaL_requiref(lua, "string", luaopen_string, 1);
  lua_pushnil(lua);
  lua_setfield(lua, -2, "dump");
  luaL_requiref(lua, "math", luaopen_math, 1);
  // Chance has no place in a health check that must repeat itself.
  for (const char* name : {"random", "randomseed"}) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
  }
  luaL_requiref(lua, "os", open_os, 1);
}

struct Call {
  const std::string* script;
  bool open_libs;
  const Json* object;
};

/// The whole run, protected: whatever fails in it, memory included, is an error of the script.
int call(lua_State* lua) {
  const Call& given = *static_cast<const Call*>(lua_touserdata(lua, 1));
  open_libraries(lua, given.open_libs);
  push(lua, *given.object, 0);
  lua_setglobal(lua, "obj");
  lua_newtable(lua);
  lua_setglobal(lua, "actionParams");
  const int loaded =
      luaL_loadbufferx(lua, given.script->data(), given.script->size(), "=<string>", "t");
  if (loaded != LUA_OK) return lua_error(lua);
  lua_call(lua, 0, 1);
  return 1;
}

std::optional<std::string> text_field(lua_State* lua, const char* name) {
  std::optional<std::string> text;
  lua_pushstring(lua, name);
  lua_rawget(lua, -2);
  if (lua_type(lua, -1) == LUA_TSTRING) {
    std::size_t length = 0;
    const char* data = lua_tolstring(lua, -1, &length);
    text.emplace(data, length);
  } else if (!lua_isnil(lua, -1)) {
    text = fmt::format("a {} where Lua should have given a text", luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
  return text;
}

}  // namespace

Result<std::optional<Health>> run_health_script(const std::string& script, bool open_libs,
                                                const Json& object, WallTime now,
                                                LuaLimits limits) {
  Run run;
  run.limits = limits;
  run.now = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::unique_ptr<lua_State, decltype(&lua_close)> state(lua_newstate(allocate, &run),
                                                               lua_close);
  if (!state) return Error(Errc::limit, "no memory for a Lua script");
  lua_State* lua = state.get();
  lua_sethook(lua, count, LUA_MASKCOUNT, kHookEvery);
  Call given{&script, open_libs, &object};
  lua_pushcfunction(lua, call);
  lua_pushlightuserdata(lua, &given);
  const int outcome = lua_pcall(lua, 1, 1, 0);
  if (run.exhausted || outcome == LUA_ERRMEM) {
    return Error(Errc::limit, outcome == LUA_ERRMEM ? "<string>: the script takes too much memory"
                                                    : "<string>: the script runs too long");
  }
  if (outcome != LUA_OK) {
    const char* message = lua_tostring(lua, -1);
    return Error(Errc::bad_input, message != nullptr ? message : "the script failed");
  }
  if (lua_isnil(lua, -1)) return std::optional<Health>();
  if (!lua_istable(lua, -1)) {
    return Error(Errc::bad_input, fmt::format("expect table output from Lua script, not {}",
                                              luaL_typename(lua, -1)));
  }
  lua_pushnil(lua);
  if (lua_next(lua, -2) == 0) return std::optional<Health>();
  lua_pop(lua, 2);
  const auto status = health_status(text_field(lua, "status").value_or(""));
  if (!status)
    return std::optional<Health>({HealthStatus::unknown, "Lua returned an invalid health status"});
  return std::optional<Health>({*status, text_field(lua, "message").value_or("")});
}

}  // namespace spokelab::hub
