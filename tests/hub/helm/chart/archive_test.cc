// Packed charts: what is in them, and what must not be.
#include "hub/helm/chart/archive.h"

#include <gtest/gtest.h>

#include "tests/hub/helm/tgz.h"

namespace spokelab::hub::helm {
namespace {

Result<FileTree> unpacked(const std::string& bytes) {
  std::size_t left = kChartBytesMax;
  return unpack_chart(bytes, left);
}

std::string refusal(const std::vector<TarEntry>& entries) {
  const auto files = unpacked(tgz(entries));
  return files ? "taken" : files.error().message();
}

TEST(HelmArchive, FilesComeWithoutTheFolderTheyLieIn) {
  const auto files = unpacked(tgz({{"web/", "", AE_IFDIR},
                                   {"web/Chart.yaml", "\xEF\xBB\xBFname: web\n"},
                                   {"web/./templates//x.yaml", "a: b\n"},
                                   {"other\\templates\\y.yaml", "c: d\n"},
                                   {"web/bin.dat", std::string("\0\xFF\x01", 3)},
                                   {"web/link", "/etc/passwd", AE_IFLNK}}));
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_EQ(files->size(), 5u);
  EXPECT_EQ(*files->at("Chart.yaml"), "name: web\n");
  EXPECT_EQ(*files->at("templates/x.yaml"), "a: b\n");
  EXPECT_EQ(*files->at("templates/y.yaml"), "c: d\n");
  EXPECT_EQ(*files->at("bin.dat"), std::string("\0\xFF\x01", 3));
  EXPECT_EQ(*files->at("link"), "");
}

TEST(HelmArchive, NamesThatLeadElsewhereAreRefused) {
  EXPECT_EQ(refusal({{"web/../../etc/passwd", "x"}}),
            "chart illegally references parent directory");
  EXPECT_EQ(refusal({{"web/..", "x"}}), "chart illegally references parent directory");
  EXPECT_EQ(refusal({{"web//etc/passwd", "x"}}), "chart illegally contains absolute paths");
  EXPECT_EQ(refusal({{"web/c:/x", "x"}}), "chart contains illegally named files");
  EXPECT_EQ(refusal({{"Chart.yaml", "name: web\n"}}),
            "chart illegally contains content outside the base directory: \"Chart.yaml\"");
  EXPECT_EQ(refusal({{"Chart.yaml/x", "name: web\n"}}), "chart yaml not in base directory");
}

TEST(HelmArchive, WhatIsNoArchiveIsRefused) {
  EXPECT_EQ(unpacked("not gzip").error().message(), "gzip: invalid header");
  EXPECT_EQ(unpacked(tgz({})).error().message(), "no files in chart archive");
  std::string cut = tgz({{"web/Chart.yaml", std::string(20'000, 'x')}});
  cut.resize(cut.size() / 2);
  EXPECT_FALSE(unpacked(cut));
}

TEST(HelmArchive, SizesAreLimited) {
  const std::string large(kChartFileBytesMax + 1, 'a');
  EXPECT_EQ(unpacked(tgz({{"web/x", large}})).error().code(), Errc::limit);
  std::size_t left = 100;
  EXPECT_EQ(unpack_chart(tgz({{"web/x", std::string(101, 'a')}}), left).error().code(),
            Errc::limit);
}

TEST(HelmArchive, DamageNeverDoesMoreThanFail) {
  const std::string good =
      tgz({{"web/Chart.yaml", "name: web\n"}, {"web/templates/a.yaml", "kind: A\n"}});
  std::uint32_t state = 7;
  for (int round = 0; round < 400; ++round) {
    std::string bad = good;
    for (int i = 0; i < 3; ++i) {
      state = state * 1664525u + 1013904223u;
      bad[(state >> 8) % bad.size()] = static_cast<char>(state >> 24);
    }
    const auto files = unpacked(bad);
    if (!files) continue;
    for (const auto& [path, text] : *files)
      EXPECT_FALSE(path.starts_with("..") || path.starts_with('/')) << path;
  }
}

}  // namespace
}  // namespace spokelab::hub::helm
