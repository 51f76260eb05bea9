// What a scenario needs from disk.
#include "harness/run/assets.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "harness/scenario/load.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;

class AssetsTest : public ::testing::Test {
 protected:
  Result<std::shared_ptr<const Assets>> read(const std::string& apply) {
    dir_.write("repo/file", "content");
    const auto loaded = load_scenario_text(dir_.at("s.yaml"), R"(scenario: a
because: a test reads it
lasts: 5m
world:
  hub: {region: us-east}
  clusters:
    prod: {region: us-east}
  repos: {https://example.com/r: repo}
  apply: {hub: [)" + apply + R"(]}
steps:
  - {at: 1m, commit: {repo: "https://example.com/r", files: {file: {copy: new.txt}}}}
)");
    EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
    return Assets::read(loaded.cases.at(0).resolve(Rng(1)).scenario);
  }

  TempDir dir_;
};

constexpr const char* kTwo = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
  - {apiVersion: v1, kind: Secret, metadata: {name: c}}
)";

TEST_F(AssetsTest, ReadsRepositoriesManifestsAndCopiedFiles) {
  dir_.write("new.txt", "new");
  dir_.write("two.yaml", kTwo);
  const auto assets = read("two.yaml");
  ASSERT_TRUE(assets) << assets.error().message();
  const auto& objects = (*assets)->manifests(dir_.at("two.yaml"));
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_EQ(text_at(*objects[2], {"metadata", "name"}), "c");
  EXPECT_EQ((*assets)->text(dir_.at("new.txt")), "new");
  EXPECT_EQ(*(*assets)->repo("https://example.com/r")->resolve("")->files->at("file"), "content");
}

TEST_F(AssetsTest, ReadsTheManifestsOfADirectoryInOrder) {
  dir_.write("new.txt", "new");
  dir_.write("all/b.yml", "{apiVersion: v1, kind: B}");
  dir_.write("all/a.json", R"({"apiVersion": "v1", "kind": "A"})");
  dir_.write("all/README.md", "no manifest");
  const auto assets = read("all");
  ASSERT_TRUE(assets) << assets.error().message();
  const auto& objects = (*assets)->manifests(dir_.at("all"));
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(text_at(*objects[0], {"kind"}), "A");
}

TEST_F(AssetsTest, NamesEveryMistakeAtOnce) {
  dir_.write("new.txt", "new");
  dir_.write("bad.yaml", "a: 1\nb: [1\n");
  dir_.write("mixed.yaml", "{apiVersion: v1}\n---\nhello\n---\n{apiVersion: v1, kind: A}\n");
  EXPECT_EQ(read("bad.yaml, mixed.yaml").error().message(),
            dir_.at("bad.yaml") + ":3:1: did not find expected ',' or ']'\n" +
                dir_.at("mixed.yaml") + ": document 1 has no apiVersion or kind\n" +
                dir_.at("mixed.yaml") + ": document 2 is no object, and manifests are");
}

TEST_F(AssetsTest, SaysWhichFileIsWrong) {
  dir_.write("new.txt", "new");
  dir_.write("bad.yaml", "{apiVersion: v1, kind: B}\n---\na: [1\n");
  EXPECT_THAT(read("bad.yaml").error().message(), HasSubstr("bad.yaml"));
  dir_.write("kindless.yaml", "{apiVersion: v1}");
  EXPECT_THAT(read("kindless.yaml").error().message(), HasSubstr("no apiVersion or kind"));
  std::filesystem::create_directory(dir_.at("empty"));
  EXPECT_THAT(read("empty").error().message(), HasSubstr("no *.yaml"));
}

}  // namespace
}  // namespace spokelab::harness
