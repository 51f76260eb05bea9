// .helmignore, against what Helm leaves out.
#include "hub/helm/chart/ignore.h"

#include <gtest/gtest.h>

#include <string>

namespace spokelab::hub::helm {
namespace {

struct IgnoreCase {
  const char* rules;
  const char* path;
  bool left_out;
};

TEST(HelmIgnore, RulesMatchAsInHelm) {
  const IgnoreCase cases[] = {
      {"", "templates/.hidden.yaml", true},  // Helm's own rule
      {"", "templates/sub/.h.yaml", false},
      {"", ".hidden", false},
      {"# *.bak\n\n*.bak\n", "a.bak", true},
      {"*.bak", "deep/b.bak", true},
      {"/secret.txt", "secret.txt", true},
      {"/secret.txt", "deep/secret.txt", false},
      {"docs/*.md", "docs/a.md", true},
      {"docs/*.md", "docs/sub/b.md", false},
      {"docs/*.md", "docs/a.txt", false},
      {"build/", "build/x", true},
      {"build/", "deep/build/y", true},
      {"build/", "buildx/a", false},
      {"build/", "build", false},  // a file of that name
      {"  spaced.txt  \r\n", "spaced.txt", true},
      {"nested/[ab].cfg", "nested/a.cfg", true},
      {"nested/[ab].cfg", "nested/c.cfg", false},
      {"nested/[^ab].cfg", "nested/c.cfg", true},
      {"q?.txt", "q1.txt", true},
      {"q?.txt", "q12.txt", false},
      {"exact/file.txt", "exact/file.txt", true},
      {"exact/file.txt", "deep/exact/file.txt", false},
      {"\xEF\xBB\xBF*.bom", "a.bom", true},
      {"!*.yaml", "a.txt", true},  // a negated rule leaves out what it does not match
      {"!*.yaml", "a.yaml", false},
      {"!*.yaml\n*.yaml", "a.yaml", true},
      {"charts/s/templates/b.yaml", "charts/s/templates/b.yaml", true}};
  for (const IgnoreCase& one : cases) {
    const auto ignore = Ignore::parse(one.rules);
    ASSERT_TRUE(ignore) << one.rules;
    EXPECT_EQ(ignore->matches(one.path), one.left_out) << one.rules << " on " << one.path;
  }
}

TEST(HelmIgnore, PatternsThatHelmRefusesAreRefused) {
  EXPECT_EQ(Ignore::parse("a/**/b").error().message(), "double-star (**) syntax is not supported");
  EXPECT_EQ(Ignore::parse("a[").error().message(), "syntax error in pattern");
}

}  // namespace
}  // namespace spokelab::hub::helm
