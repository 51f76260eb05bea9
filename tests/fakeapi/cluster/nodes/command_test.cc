// Commands that tell plainly what a container does, and names of images.
#include "fakeapi/cluster/nodes/command.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::fakeapi {
namespace {

using std::chrono::seconds;

TEST(Command, OfPlainStatementsIsUnderstood) {
  struct Row {
    const char* container;
    Nanos lasts;
    int code;
  };
  const Row rows[] = {
      {R"({"command":["sleep","30"]})", seconds(30), 0},
      {R"({"command":["/bin/sleep"],"args":["infinity"]})", Nanos::max(), 0},
      {R"({"command":["false"]})", Nanos{0}, 1},
      {R"({"command":["sh","-c","echo hello; sleep 5; exit 3"]})", seconds(5), 3},
      {R"({"command":["/bin/sh","-ec","sleep 1m && echo 'done; really'"]})", seconds(60), 0},
      {R"({"command":["sh","-c","exit 1\nsleep 100"]})", Nanos{0}, 1},
      {R"({"command":["bash","-c","sleep 0.5"]})", std::chrono::milliseconds(500), 0},
  };
  for (const Row& row : rows) {
    const auto script = script_of(*parse_json(row.container));
    ASSERT_TRUE(script) << row.container;
    EXPECT_EQ(script->lasts, row.lasts) << row.container;
    EXPECT_EQ(script->exit_code, row.code) << row.container;
  }
}

TEST(Command, ThatDoesMoreIsNotJudged) {
  for (const char* container :
       {"{}", R"({"command":["nginx"]})", R"({"args":["sleep","5"]})",
        R"({"command":["sh","-c","sleep 5; exec nginx"]})", R"({"command":["sh","-c","sleep $N"]})",
        R"({"command":["sh","-c","while true; do sleep 1; done"]})",
        R"({"command":["sh","-c","echo 'open"]})", R"({"command":["sh","-c","false || exit 0"]})",
        R"({"command":["sleep"]})", R"({"command":["sleep","-5"]})"}) {
    EXPECT_FALSE(script_of(*parse_json(container))) << container;
  }
}

TEST(Images, HaveFullNamesInAPodsStatus) {
  const std::pair<const char*, const char*> rows[] = {
      {"nginx", "docker.io/library/nginx:latest"},
      {"nginx:1.27", "docker.io/library/nginx:1.27"},
      {"team/app:2", "docker.io/team/app:2"},
      {"ghcr.io/team/app", "ghcr.io/team/app:latest"},
      {"localhost:5000/app:2", "localhost:5000/app:2"},
      {"app@sha256:abc", "docker.io/library/app@sha256:abc"},
  };
  for (const auto& [image, full] : rows) EXPECT_EQ(full_image_name(image), full);
}

TEST(Images, AreNamedAsRegistriesKnowThem) {
  for (const char* good :
       {"nginx", "nginx:1.27", "Registry.example:5000/a/b__c-d.e:V1_x", "localhost/app",
        "app@sha256:0123456789abcdef0123456789abcdef", "[::1]:5000/app"})
    EXPECT_EQ(image_name_problem(good), "") << good;
  for (const char* bad : {"nginx:bad tag", "nginx:", "a//b", "-a", "app@sha256:12", "{{ .image }}"})
    EXPECT_EQ(image_name_problem(bad), "invalid reference format") << bad;
  EXPECT_EQ(image_name_problem("Nginx:1"),
            "invalid reference format: repository name (library/Nginx) must be lowercase");
}

}  // namespace
}  // namespace spokelab::fakeapi
