// Leak trap: a test program that links this file aborts when an event of the virtual world reads a
// real clock, really sleeps or starts a thread. Outside of events everything is as usual.
//
// The definitions here win over libc's because the program's own symbols come first. They forward
// by system calls, which works before any library is set up; threads go through the next
// pthread_create (a sanitizer's, or libc's).
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sim/world.h"

namespace {

void say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) std::abort();
}

/// Aborts when some World runs an event in this thread.
void guard(const char* function) {
  if (!spokelab::sim::in_step()) return;
  say("leak trap: ");
  say(function);
  say("() called inside an event of the virtual world; use Clock, Rng and TaskGroup\n");
  std::abort();
}

/// Lua seeds its hash tables with the time; what comes of it is hidden where scripts are run
/// (hub/app/health/lua_check.cc).
bool called_by_lua() {
  void* frames[6];  // a sanitizer's own frames may stand between
  const int found = ::backtrace(frames, 6);
  for (int i = 0; i < found; ++i) {
    Dl_info where{};
    if (::dladdr(frames[i], &where) != 0 && where.dli_fname != nullptr &&
        std::strstr(where.dli_fname, "/liblua") != nullptr)
      return true;
  }
  return false;
}

int real_nanosleep(clockid_t clock, int flags, const timespec* span, timespec* left) {
  return ::syscall(SYS_clock_nanosleep, clock, flags, span, left) == 0 ? 0 : errno;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  guard("clock_gettime");
  return static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
}

int gettimeofday(timeval* __restrict now, void* __restrict) noexcept {
  guard("gettimeofday");
  timespec precise{};
  if (::syscall(SYS_clock_gettime, CLOCK_REALTIME, &precise) != 0) return -1;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* into) noexcept {
  if (spokelab::sim::in_step() && !called_by_lua()) guard("time");
  timespec precise{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &precise);
  if (into != nullptr) *into = precise.tv_sec;
  return precise.tv_sec;
}

int nanosleep(const timespec* span, timespec* left) {
  guard("nanosleep");
  const int failed = real_nanosleep(CLOCK_REALTIME, 0, span, left);
  if (failed != 0) errno = failed;
  return failed == 0 ? 0 : -1;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* span, timespec* left) {
  guard("clock_nanosleep");
  return real_nanosleep(clock, flags, span, left);
}

unsigned sleep(unsigned seconds) {
  guard("sleep");
  timespec span{static_cast<time_t>(seconds), 0};
  return real_nanosleep(CLOCK_REALTIME, 0, &span, &span) == 0 ? 0
                                                              : static_cast<unsigned>(span.tv_sec);
}

int usleep(useconds_t micros) {
  guard("usleep");
  const timespec span{static_cast<time_t>(micros / 1'000'000),
                      static_cast<long>(micros % 1'000'000) * 1000};
  return real_nanosleep(CLOCK_REALTIME, 0, &span, nullptr) == 0 ? 0 : -1;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*main)(void*),
                   void* argument) noexcept {
  guard("pthread_create");
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto next = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return next(thread, attributes, main, argument);
}

}  // extern "C"
