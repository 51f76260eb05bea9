// Links of repositories stay in them.
#include "harness/repo/links.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/repo/snapshot.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

FileTree tree() {
  FileTree files;
  for (const char* path : {"a/x", "a/deep/y", "b/z"})
    files[path] = std::make_shared<const std::string>(path);
  return files;
}

/// What the links add: "path=content".
std::string added(const std::map<std::string, std::string>& links) {
  FileTree files = tree();
  if (const auto done = follow_links(files, links); !done) return done.error().message();
  std::string out;
  for (const auto& [path, text] : files) {
    if (!tree().contains(path)) out += (out.empty() ? "" : " ") + path + "=" + *text;
  }
  return out;
}

TEST(RepositoryLinks, LeadToFilesAndFolders) {
  EXPECT_EQ(added({{"l", "a/x"}}), "l=a/x");
  EXPECT_EQ(added({{"b/l", "../a"}}), "b/l/deep/y=a/deep/y b/l/x=a/x");
  EXPECT_EQ(added({{"l", "m/x"}, {"m", "./a"}}), "l=a/x m/deep/y=a/deep/y m/x=a/x");
  EXPECT_EQ(added({{"l", "none"}}), "");
  EXPECT_EQ(added({{"l", "l"}, {"m", "n"}, {"n", "m"}}), "");
}

TEST(RepositoryLinks, NeverLeadOut) {
  for (const char* target : {"/etc/passwd", "../x", "a/../../x"}) {
    EXPECT_EQ(added({{"l", target}}), "repository contains out-of-bounds symlinks. file: l");
  }
}

TEST(RepositoryLinks, AreFollowedInDirectories) {
  TempDir dir;
  dir.write("a/x", "1");
  std::filesystem::create_symlink("a/x", dir.path() / "l");
  const auto snapshot = RepoSnapshot::read(dir.path().string());
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  EXPECT_EQ(*(*snapshot)->resolve("")->files->at("l"), "1");
  std::filesystem::create_symlink("/etc/hostname", dir.path() / "out");
  EXPECT_NE(RepoSnapshot::read(dir.path().string()).error().message().find("out-of-bounds"),
            std::string::npos);
}

}  // namespace
}  // namespace spokelab::harness
