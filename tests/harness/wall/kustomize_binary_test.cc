// Tests of building overlays with a program of this machine; the program is a script of the test.
#include "harness/wall/kustomize_binary.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/wall/child_program.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

class Binaries : public ::testing::Test {
 protected:
  void program(const std::string& name, const std::string& script) {
    dir_.write(name, "#!/bin/sh\n" + script);
    ::chmod(dir_.at(name).c_str(), 0755);
  }
  Result<std::string> build(KustomizeBinary& tool, const std::string& text,
                            const std::vector<std::string>& options = {}) {
    FileTree files;
    files["app/kustomization.yaml"] = std::make_shared<const std::string>(text);
    return tool.build(files, "app", options);
  }
  TempDir dir_;
};

TEST_F(Binaries, KustomizeIsGivenTheFilesAndRememberedByTheirContent) {
  program("kustomize", "echo x >> " + dir_.at("ran") +
                           "\nread line < $2/kustomization.yaml\necho \"$1 $3 $line $PATH\"\n");
  program("kubectl", "echo not me\n");
  KustomizeBinary tool(dir_.path().string());
  EXPECT_EQ(*build(tool, "one\n", {"--reorder=none"}), "build --reorder=none one /nonexistent\n");
  EXPECT_EQ(*build(tool, "one\n", {"--reorder=none"}), "build --reorder=none one /nonexistent\n");
  EXPECT_EQ(*build(tool, "two\n"), "build  two /nonexistent\n");
  EXPECT_EQ(std::filesystem::file_size(dir_.at("ran")), 4U);  // two runs
}

TEST_F(Binaries, KubectlDoesWhereThereIsNoKustomize) {
  program("kubectl", "echo $1\n");
  KustomizeBinary tool(dir_.path().string());
  EXPECT_EQ(*build(tool, "one\n"), "kustomize\n");
}

TEST_F(Binaries, AFailureIsWordedAsArgoCdsAndNamesNoPlaceOfThisMachine) {
  program("kubectl", "echo \"error: no such file: $2/d.yaml\" >&2\nexit 1\n");
  KustomizeBinary tool(dir_.path().string());
  const auto made = build(tool, "one\n");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(),
            "`kustomize build <path to cached source>/app` failed exit status 1: Error: no such "
            "file: <path to cached source>/app/d.yaml");
}

TEST_F(Binaries, AFailureThatIsLoggedIsToldWithoutItsTime) {
  program("kubectl",
          "echo 'E1129 12:45:37.416915   17378 run.go:72] \"command failed\" err=\"no \\\"x\\\" "
          "in d\"' >&2\nexit 1\n");
  KustomizeBinary tool(dir_.path().string());
  const auto made = build(tool, "one\n");
  ASSERT_FALSE(made);
  EXPECT_EQ(
      made.error().message(),
      "`kustomize build <path to cached source>/app` failed exit status 1: Error: no \"x\" in "
      "d");
}

TEST_F(Binaries, WithoutAProgramTheErrorSaysWhichAreLookedFor) {
  KustomizeBinary tool(dir_.path().string());
  const auto made = build(tool, "one\n");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Errc::unsupported);
  EXPECT_EQ(made.error().message(),
            "a Kustomize source needs the program kustomize or kubectl, and neither is in PATH");
}

TEST_F(Binaries, AChildThatPrintsTooMuchOrDoesNotEndIsKilled) {
  program("loud", "while true; do echo loud; done\n");
  ChildProgram loud;
  loud.file = dir_.at("loud");
  loud.output_max = 1000;
  EXPECT_EQ(run_child(loud).error().code(), Errc::limit);
  program("slow", "while true; do :; done\n");
  ChildProgram slow;
  slow.file = dir_.at("slow");
  slow.patience = std::chrono::seconds(0);
  EXPECT_EQ(run_child(slow).error().code(), Errc::timeout);
}

}  // namespace
}  // namespace spokelab::harness
