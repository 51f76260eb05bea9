// libgit2, loaded when the first Git repository is opened: it and the fifteen libraries it brings
// would cost every start of the program several milliseconds, and most starts read none.
#pragma once

#include <git2.h>

#include "base/error.h"

namespace spokelab::harness {

#define SPOKELAB_GIT_FUNCTIONS(ONE)                                                            \
  ONE(libgit2_init)                                                                            \
  ONE(error_last)                                                                              \
  ONE(repository_open_ext)                                                                     \
  ONE(repository_free)                                                                         \
  ONE(repository_head) ONE(reference_shorthand) ONE(reference_free) ONE(revparse_single)       \
      ONE(object_id) ONE(object_free) ONE(oid_tostr_s) ONE(commit_tree) ONE(tree_walk)         \
          ONE(tree_free) ONE(tree_entry_id) ONE(tree_entry_name) ONE(tree_entry_type)          \
              ONE(tree_entry_filemode) ONE(blob_lookup) ONE(blob_rawcontent) ONE(blob_rawsize) \
                  ONE(blob_free)

/// libgit2's functions under their names without "git_".
struct GitLibrary {
#define SPOKELAB_GIT_POINTER(name) decltype(&::git_##name) name = nullptr;
  SPOKELAB_GIT_FUNCTIONS(SPOKELAB_GIT_POINTER)
#undef SPOKELAB_GIT_POINTER

  /// Loads and starts the library at the first call; it stays for the life of the program.
  /// Errors: unsupported, in the loader's words, when it is not installed.
  static Result<const GitLibrary*> load();
};

}  // namespace spokelab::harness
