#include "harness/repo/git_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace spokelab::harness {

namespace {

Result<GitLibrary> load_once() {
  constexpr const char* kName = "libgit2.so." LIBGIT2_SOVERSION;
  void* const library = ::dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Error(Errc::unsupported, fmt::format("Git repositories need libgit2: {}", ::dlerror()));
  GitLibrary loaded;
#define SPOKELAB_GIT_LOAD(name)                                                          \
  loaded.name = reinterpret_cast<decltype(loaded.name)>(::dlsym(library, "git_" #name)); \
  if (loaded.name == nullptr)                                                            \
    return Error(Errc::unsupported, fmt::format("{} has no function git_" #name, kName));
  SPOKELAB_GIT_FUNCTIONS(SPOKELAB_GIT_LOAD)
#undef SPOKELAB_GIT_LOAD
  loaded.libgit2_init();
  return loaded;
}

}  // namespace

Result<const GitLibrary*> GitLibrary::load() {
  static const Result<GitLibrary> kLibrary = load_once();
  if (!kLibrary) return kLibrary.error();
  return &*kLibrary;
}

}  // namespace spokelab::harness
