// Snapshots of directories and of real Git repositories.
#include "harness/repo/snapshot.h"

#include <git2.h>
#include <gmock/gmock.h>

#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_of(const FileTree& files) {
  std::vector<std::string> names;
  for (const auto& [name, content] : files) names.push_back(name);
  return names;
}

TEST(DirectorySnapshot, IsOneCommitOnMain) {
  TempDir dir;
  dir.write("chart/values.yaml", "a: 1\n");
  dir.write("README.md", "hello");
  const auto snapshot = RepoSnapshot::read(dir.path().string());
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  EXPECT_EQ((*snapshot)->default_branch(), "main");
  const auto head = (*snapshot)->resolve("HEAD");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->id.size(), 40u);
  EXPECT_THAT(names_of(*head->files), ElementsAre("README.md", "chart/values.yaml"));
  EXPECT_EQ(*head->files->at("chart/values.yaml"), "a: 1\n");
  for (const auto& revision :
       {std::string(), std::string("main"), head->id, head->id.substr(0, 7)}) {
    const auto found = (*snapshot)->resolve(revision);
    ASSERT_TRUE(found) << revision;
    EXPECT_EQ(found->id, head->id);
  }
  EXPECT_THAT((*snapshot)->resolve("v1").error().message(),
              HasSubstr("unable to resolve 'v1' to a commit SHA"));
}

TEST(DirectorySnapshot, HasAnIdThatDependsOnContentAlone) {
  TempDir a;
  TempDir b;
  for (auto* dir : {&a, &b}) {
    dir->write("x", "1");
    dir->write("sub/y", "2");
  }
  const auto id = [](const TempDir& dir) {
    const auto snapshot = RepoSnapshot::read(dir.path().string());
    const auto commit = (*snapshot)->resolve("");
    return commit->id;
  };
  EXPECT_EQ(id(a), id(b));
  b.write("x", "2");
  EXPECT_NE(id(a), id(b));
}

TEST(DirectorySnapshot, RefusesWhatIsMissingAndWhatIsTooLarge) {
  TempDir dir;
  EXPECT_THAT(RepoSnapshot::read(dir.at("none")).error().message(), HasSubstr("no such directory"));
  dir.write("large", std::string((4u << 20) + 1, 'x'));
  EXPECT_THAT(RepoSnapshot::read(dir.path().string()).error().message(),
              HasSubstr("larger than 4 MiB"));
}

TEST(ContentId, TellsNamesFromContents) {
  const auto file = [](const char* text) { return std::make_shared<const std::string>(text); };
  EXPECT_NE(content_id("", {{"ab", file("c")}}), content_id("", {{"a", file("bc")}}));
  EXPECT_NE(content_id("", {}), content_id("parent", {}));
}

/// A Git repository made with libgit2: two commits on trunk, a tag on the first, a branch beside.
class GitSnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    git_libgit2_init();
    git_repository_init_options options;
    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_MKPATH;
    options.initial_head = "trunk";
    ASSERT_EQ(git_repository_init_ext(&repository_, dir_.path().c_str(), &options), 0);
    first_ = commit("HEAD", {{"values.yaml", "tag: 1\n"}, {"chart/Chart.yaml", "name: a\n"}});
    git_reference* reference = nullptr;
    ASSERT_EQ(git_reference_create(&reference, repository_, "refs/tags/v1", oid(first_), 0, ""), 0);
    git_reference_free(reference);
    ASSERT_EQ(
        git_reference_create(&reference, repository_, "refs/heads/feature", oid(first_), 0, ""), 0);
    git_reference_free(reference);
    second_ = commit("HEAD", {{"values.yaml", "tag: 2\n"}});
    feature_ = commit("refs/heads/feature", {{"values.yaml", "tag: f\n"}});
  }
  void TearDown() override {
    git_repository_free(repository_);
    git_libgit2_shutdown();
  }

  const git_oid* oid(const std::string& id) {
    git_oid_fromstr(&scratch_, id.c_str());
    return &scratch_;
  }

  std::string commit(const char* reference,
                     const std::vector<std::pair<std::string, std::string>>& files) {
    git_index* index = nullptr;
    git_index_new(&index);
    git_object* parent = nullptr;
    if (git_revparse_single(&parent, repository_, reference) == 0) {
      git_tree* tree = nullptr;
      git_commit_tree(&tree, reinterpret_cast<git_commit*>(parent));
      git_index_read_tree(index, tree);
      git_tree_free(tree);
    }
    for (const auto& [name, text] : files) {
      git_index_entry entry{};
      entry.path = name.c_str();
      entry.mode = GIT_FILEMODE_BLOB;
      git_blob_create_from_buffer(&entry.id, repository_, text.data(), text.size());
      EXPECT_EQ(git_index_add(index, &entry), 0);
    }
    git_oid tree_id;
    EXPECT_EQ(git_index_write_tree_to(&tree_id, index, repository_), 0);
    git_index_free(index);
    git_tree* tree = nullptr;
    git_tree_lookup(&tree, repository_, &tree_id);
    git_signature* who = nullptr;
    git_signature_new(&who, "Ada", "ada@example.com", 1'700'000'000, 0);
    const git_commit* parents[] = {reinterpret_cast<git_commit*>(parent)};
    git_oid id;
    EXPECT_EQ(git_commit_create(&id, repository_, reference, who, who, nullptr, "a change", tree,
                                parent == nullptr ? 0 : 1, parents),
              0);
    git_signature_free(who);
    git_tree_free(tree);
    git_object_free(parent);
    return git_oid_tostr_s(&id);
  }

  TempDir dir_;
  git_repository* repository_ = nullptr;
  git_oid scratch_{};
  std::string first_;
  std::string second_;
  std::string feature_;
};

TEST_F(GitSnapshotTest, ResolvesBranchesTagsAndIds) {
  const auto snapshot = RepoSnapshot::read(dir_.path().string());
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  EXPECT_EQ((*snapshot)->default_branch(), "trunk");
  const std::vector<std::pair<std::string, std::string>> cases{{"", second_},
                                                               {"HEAD", second_},
                                                               {"trunk", second_},
                                                               {"v1", first_},
                                                               {"feature", feature_},
                                                               {first_, first_},
                                                               {first_.substr(0, 10), first_}};
  for (const auto& [revision, id] : cases) {
    const auto found = (*snapshot)->resolve(revision);
    ASSERT_TRUE(found) << revision;
    EXPECT_EQ(found->id, id) << revision;
  }
  EXPECT_THAT((*snapshot)->resolve("no-such-branch").error().message(),
              HasSubstr("to a commit SHA"));
}

TEST_F(GitSnapshotTest, ReadsTheFilesOfACommitNotOfTheWorkTree) {
  dir_.write("values.yaml", "tag: not committed\n");
  const auto snapshot = RepoSnapshot::read(dir_.path().string());
  ASSERT_TRUE(snapshot);
  const auto head = (*snapshot)->resolve("HEAD");
  const auto tagged = (*snapshot)->commit(first_);
  ASSERT_TRUE(head && tagged);
  EXPECT_THAT(names_of(*head->files), ElementsAre("chart/Chart.yaml", "values.yaml"));
  EXPECT_EQ(*head->files->at("values.yaml"), "tag: 2\n");
  EXPECT_EQ(*tagged->files->at("values.yaml"), "tag: 1\n");
}

TEST_F(GitSnapshotTest, SharesTheFilesOfACommit) {
  const auto snapshot = RepoSnapshot::read(dir_.path().string());
  ASSERT_TRUE(snapshot);
  EXPECT_EQ((*snapshot)->resolve("trunk")->files, (*snapshot)->commit(second_)->files);
}

}  // namespace
}  // namespace spokelab::harness
