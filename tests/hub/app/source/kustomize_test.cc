// Tests of what an Application's kustomize options make of a kustomization.
#include "hub/app/source/kustomize.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::hub {
namespace {

class SpyTool final : public KustomizeTool {
 public:
  Result<std::string> build(const FileTree& files, const std::string& path,
                            const std::vector<std::string>& options) override {
    built = files;
    built_path = path;
    built_options = options;
    return prints;
  }
  FileTree built;
  std::string built_path;
  std::vector<std::string> built_options;
  std::string prints = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
};

class Kustomizations : public ::testing::Test {
 protected:
  Kustomizations() {
    put("app/kustomization.yaml",
        "namePrefix: old-\nresources: [d.yaml]\nimages: [{name: nginx, newName: my/nginx, newTag: "
        "'1'}]\ncommonLabels: {team: a}\n");
    put("app/parts/metrics/kustomization.yaml", "kind: Component\n");
    context_.app_name = "web";
  }
  void put(const std::string& path, const std::string& text) {
    tree_[path] = std::make_shared<const std::string>(text);
  }
  Result<std::vector<JsonRef>> objects(const std::string& block) {
    source_ = *read_source(*parse_yaml("{repoURL: r, path: app, kustomize: " + block + "}"));
    const SourcePlace place{tree_, "app", std::string(40, 'c'), source_, refs_, false};
    return kustomize_objects(place, context_, &tool_);
  }
  /// The kustomization that is built.
  Json built(const std::string& block) {
    const auto made = objects(block);
    EXPECT_TRUE(made) << made.error().message();
    if (!made) return {};
    return *parse_yaml(*tool_.built.at("app/kustomization.yaml"));
  }
  std::string error(const std::string& block) {
    const auto made = objects(block);
    return made ? "no error" : made.error().message();
  }

  FileTree tree_;
  std::map<std::string, RefSource> refs_;
  RenderContext context_;
  ApplicationSource source_;
  SpyTool tool_;
};

TEST_F(Kustomizations, AreBuiltAsTheyStandWithoutOptions) {
  const auto made = objects("{}");
  ASSERT_TRUE(made);
  ASSERT_EQ(made->size(), 1U);
  EXPECT_EQ(text_at(*made->front(), {"metadata", "name"}), "a");
  EXPECT_EQ(tool_.built, tree_);
  EXPECT_EQ(tool_.built_path, "app");
}

TEST_F(Kustomizations, NamesAndNamespaceReplaceWhatTheyHad) {
  const Json file = built("{namePrefix: new-, nameSuffix: -x, namespace: shop}");
  EXPECT_EQ(file["namePrefix"], "new-");
  EXPECT_EQ(file["nameSuffix"], "-x");
  EXPECT_EQ(file["namespace"], "shop");
  EXPECT_EQ(file["resources"], Json::array({"d.yaml"}));
}

TEST_F(Kustomizations, ImagesAreSetByNameAndKnowPortsDigestsAndStars) {
  const Json file = built(
      "{images: ['nginx=*:2', 'redis:7', 'reg:5000/app=reg:5000/other', 'db@sha256:abc', "
      "'web:$ARGOCD_APP_REVISION_SHORT']}");
  EXPECT_EQ(file["images"],
            (Json::array({{{"name", "db"}, {"digest", "sha256:abc"}},
                          {{"name", "nginx"}, {"newName", "my/nginx"}, {"newTag", "2"}},
                          {{"name", "redis"}, {"newTag", "7"}},
                          {{"name", "reg:5000/app"}, {"newName", "reg:5000/other"}},
                          {{"name", "web"}, {"newTag", "ccccccc"}}})));
  EXPECT_TRUE(error("{images: [nginx]}")
                  .starts_with("`kustomize edit set image nginx` failed exit status 1: Error: "
                               "invalid format of image"));
}

TEST_F(Kustomizations, ReplicasTakeNumbersAndTheirText) {
  EXPECT_EQ(built("{replicas: [{name: web, count: 3}, {name: db, count: '2'}]}")["replicas"],
            (Json::array({{{"name", "db"}, {"count", 2}}, {{"name", "web"}, {"count", 3}}})));
  EXPECT_EQ(error("{replicas: [{name: web, count: many}]}"),
            "expected integer value for count. Received: many");
}

TEST_F(Kustomizations, LabelsAreOverwrittenByForceOnly) {
  EXPECT_EQ(error("{commonLabels: {team: b}}"),
            "`kustomize edit add label team:b` failed exit status 1: Error: label team already in "
            "kustomization file");
  EXPECT_EQ(built("{commonLabels: {team: b, app: $ARGOCD_APP_NAME}, forceCommonLabels: true}")
                ["commonLabels"],
            (Json{{"app", "web"}, {"team", "b"}}));
  const Json plain =
      built("{commonLabels: {tier: x}, labelWithoutSelector: true, labelIncludeTemplates: true}");
  EXPECT_EQ(plain["commonLabels"], (Json{{"team", "a"}}));
  EXPECT_EQ(plain["labels"],
            (Json::array({{{"includeTemplates", true}, {"pairs", {{"tier", "x"}}}}})));
}

TEST_F(Kustomizations, AnnotationsKeepDollarsUnlessSubstitutionIsAskedFor) {
  EXPECT_EQ(built("{commonAnnotations: {a: $ARGOCD_APP_NAME}}")["commonAnnotations"]["a"],
            "$ARGOCD_APP_NAME");
  EXPECT_EQ(built("{commonAnnotations: {a: $ARGOCD_APP_NAME}, commonAnnotationsEnvsubst: true}")
                ["commonAnnotations"]["a"],
            "web");
}

TEST_F(Kustomizations, PatchesAndComponentsAreAppended) {
  const Json file = built(
      "{patches: [{target: {kind: Deployment}, patch: 'x'}], components: [parts/metrics, "
      "parts/none], ignoreMissingComponents: true}");
  EXPECT_EQ(file["patches"],
            (Json::array({{{"target", {{"kind", "Deployment"}}}, {"patch", "x"}}})));
  EXPECT_EQ(file["components"], Json::array({"parts/metrics"}));
}

TEST_F(Kustomizations, AnotherVersionIsNotRegistered) {
  EXPECT_EQ(error("{version: v4.0.0}"), "kustomize version v4.0.0 is not registered");
}

TEST_F(Kustomizations, WithoutTheToolTheyAreToldAsNotAvailable) {
  source_ = *read_source(Json{{"repoURL", "r"}, {"path", "app"}});
  const SourcePlace place{tree_, "app", std::string(40, 'c'), source_, refs_, false};
  const auto made = kustomize_objects(place, context_, nullptr);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(), "app: Kustomize sources are not available");
}

TEST(KustomizeBuildOptions, RunNoProgramsAndAskNoNetwork) {
  const auto options = kustomize_build_options(
      "--load-restrictor LoadRestrictionsNone --enable-helm --helm-command /bin/x");
  EXPECT_EQ(options.taken, (std::vector<std::string>{"--load-restrictor", "LoadRestrictionsNone"}));
  EXPECT_EQ(options.refused,
            (std::vector<std::string>{"--enable-helm", "--helm-command", "/bin/x"}));
}

}  // namespace
}  // namespace spokelab::hub
