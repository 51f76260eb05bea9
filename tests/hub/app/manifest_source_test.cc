// Directory sources, value files and the caches around them.
#include "hub/app/manifest_source.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "hub/app/source/detect.h"
#include "hub/app/source/directory.h"
#include "hub/app/source/helm_call.h"
#include "sim/world.h"
#include "tests/hub/fake_repos.h"
#include "tests/support/places.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

FileTree tree_of(const std::map<std::string, std::string>& files) {
  FileTree tree;
  for (const auto& [path, text] : files) tree[path] = std::make_shared<std::string>(text);
  return tree;
}

std::string object(const std::string& name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n";
}

std::vector<std::string> names(const Result<std::vector<JsonRef>>& objects) {
  std::vector<std::string> list;
  EXPECT_TRUE(objects) << objects.error().message();
  if (!objects) return list;
  for (const JsonRef& one : *objects) list.push_back(text_at(*one, {"metadata", "name"}));
  return list;
}

using Names = std::vector<std::string>;

TEST(DirectorySource, WalksByName) {
  const auto tree = tree_of(
      {{"d/a/x.yaml", object("ax")},
       {"d/a-b.yaml", object("a-b")},
       {"d/c.yml", object("c1") + "---\n" + object("c2")},
       {"d/j.json", R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "j"}})"},
       {"d/readme.md", "x"},
       {"d/values.yaml", "a: 1"},
       {"other.yaml", object("o")}});
  EXPECT_EQ(names(directory_objects(tree, "d", {})), (Names{"a-b", "c1", "c2", "j"}));
  EXPECT_EQ(names(directory_objects(tree, "d", {true, "", ""})),
            (Names{"ax", "a-b", "c1", "c2", "j"}));
  EXPECT_EQ(names(directory_objects(tree, "d", {true, "{a/*,*.json}", ""})), (Names{"ax", "j"}));
  EXPECT_EQ(names(directory_objects(tree, "d", {true, "", "*.y*ml"})), (Names{"j"}));
}

TEST(DirectorySource, TakesListsApart) {
  const auto tree =
      tree_of({{"l.yaml",
                "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: "
                "x}}\n- {apiVersion: v1, kind: A, metadata: {name: z}}\n"}});
  EXPECT_EQ(names(directory_objects(tree, "", {})), (Names{"x", "z"}));
}

TEST(DirectorySource, BrokenManifestsAreErrorsAndOtherYamlIsNot) {
  EXPECT_EQ(names(directory_objects(tree_of({{"x.yaml", "{{ not yaml"}}), "", {})), Names{});
  const auto broken = directory_objects(
      tree_of({{"x.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: [}\n"}}), "", {});
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message().starts_with("Failed to unmarshal \"x.yaml\": "));
  EXPECT_FALSE(directory_objects(tree_of({{"x.json", "{}}"}}), "", {}));
  EXPECT_EQ(names(directory_objects(
                tree_of({{"x.yaml", "# +argocd:skip-file-rendering\n" + object("a")}}), "", {})),
            Names{});
}

TEST(SourceType, IsExplicitOrFoundInTheFolder) {
  const auto tree =
      tree_of({{"chart/Chart.yaml", ""}, {"k/kustomization.yaml", ""}, {"p/x.yaml", ""}});
  const auto type = [&tree](const char* source, const char* path) {
    const auto found = detect_source_type(*read_source(Json::parse(source)), tree, path);
    return found ? std::string(name_of(*found)) : found.error().message();
  };
  EXPECT_EQ(type("{}", "chart"), "Helm");
  EXPECT_EQ(type("{}", "k"), "Kustomize");
  EXPECT_EQ(type("{}", "p"), "Directory");
  EXPECT_EQ(type(R"({"directory": {"recurse": true}})", "chart"), "Directory");
  EXPECT_EQ(type(R"({"helm": {}})", "p"), "Directory");
  EXPECT_EQ(type(R"({"helm": {"releaseName": "x"}})", "p"), "Helm");
  EXPECT_EQ(type(R"({"helm": {"releaseName": "x"}, "directory": {"recurse": true}})", "p"),
            "multiple application sources defined: Helm,Directory");
}

class HelmCalls : public ::testing::Test {
 protected:
  HelmCalls() {
    context_.app_name = "agent-prod";
    context_.destination_namespace = "agent";
    context_.kube_version = "v1.32.0+k3s1";
    context_.api_versions = {"v1", "apps/v1"};
    files_ = {{"charts/agent/Chart.yaml", "name: agent"}, {"charts/agent/values.yaml", "a: 1"},
              {"charts/agent/values-prod.yaml", "a: 2"},  {"shared/base.yaml", "b: 1"},
              {"charts/agent/env/x.yaml", "x: 1"},        {"charts/agent/env/y.yaml", "y: 1"}};
  }
  Result<HelmCall> call(const std::string& helm, bool multi = false) {
    tree_ = tree_of(files_);
    source_ =
        *read_source(Json{{"repoURL", "r"}, {"path", "charts/agent"}, {"helm", Json::parse(helm)}});
    const SourcePlace place{tree_, "charts/agent", std::string(40, 'c'), source_, refs_, multi};
    return make_helm_call(place, context_);
  }
  std::string error(const std::string& helm, bool multi = false) {
    const auto made = call(helm, multi);
    return made ? "no error" : made.error().message();
  }
  static std::vector<std::string> layers(const Result<HelmCall>& made) {
    std::vector<std::string> list;
    EXPECT_TRUE(made) << made.error().message();
    if (!made) return list;
    for (const auto& layer : made->values) {
      list.push_back(layer.object ? layer.object->dump() : layer.yaml);
    }
    return list;
  }
  std::map<std::string, std::string> files_;
  std::map<std::string, RefSource> refs_;
  RenderContext context_;
  FileTree tree_;
  ApplicationSource source_;
};

TEST_F(HelmCalls, DefaultsComeFromApplicationAndDestination) {
  const auto made = call("{}");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->release_name, "agent-prod");
  EXPECT_EQ(made->command_line(),
            "helm template . --name-template agent-prod --namespace agent --kube-version 1.32.0 "
            "<api versions removed> --include-crds");
}

TEST_F(HelmCalls, WhatTheSourceSaysOfItsDestinationWins) {
  const auto made = call(R"({"releaseName": "r", "namespace": "n", "kubeVersion": "v1.30.2+k3s1",
      "apiVersions": ["b/v1", "a/v1/Kind"], "skipTests": true, "skipSchemaValidation": true})");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->command_line(),
            "helm template . --name-template r --namespace n --kube-version 1.30.2 <api versions "
            "removed> --include-crds --skip-schema-validation --skip-tests");
  EXPECT_EQ(made->api_versions, (Names{"a/v1/Kind", "b/v1"}));
}

TEST_F(HelmCalls, LayersKeepTheirOrder) {
  EXPECT_EQ(
      layers(call(
          R"({"valueFiles": ["values.yaml", "values-prod.yaml", "/shared/base.yaml", "../../shared/base.yaml"],
                            "values": "c: 1"})")),
      (Names{"a: 1", "a: 2", "b: 1", "c: 1"}));
  EXPECT_EQ(layers(call(R"({"values": "c: 1", "valuesObject": {"d": 1}})")), (Names{R"({"d":1})"}));
  EXPECT_EQ(layers(call(R"({"valueFiles": ["env/*.yaml", "env/x.yaml", "env/*.yaml"]})")),
            (Names{"y: 1", "x: 1"}));
  EXPECT_EQ(
      layers(call(
          R"({"valueFiles": ["values-$ARGOCD_APP_PROJECT_NAME.yaml"], "ignoreMissingValueFiles": true})")),
      Names{});
}

TEST_F(HelmCalls, MissingValueFilesAreHelmsError) {
  EXPECT_EQ(error(R"({"valueFiles": ["values.yaml", "values-{{metadata.labels.env}}.yaml"]})"),
            "failed to execute helm template command: failed running helm: `helm template . "
            "--name-template agent-prod --namespace agent --kube-version 1.32.0 --values <path to "
            "cached source>/charts/agent/values.yaml --values <path to cached "
            "source>/charts/agent/values-{{metadata.labels.env}}.yaml <api versions removed> "
            "--include-crds` failed exit status 1: Error: open <path to cached "
            "source>/charts/agent/values-{{metadata.labels.env}}.yaml: no such file or directory");
  EXPECT_EQ(error(R"({"valueFiles": ["../../../x"]})"),
            "error resolving helm value files: error resolving value file path: file "
            "'../../../x' resolved to outside repository root");
  EXPECT_EQ(error(R"({"valueFiles": ["no/*.yaml"]})"),
            "error resolving helm value files: values file glob \"no/*.yaml\" matched no files");
  EXPECT_EQ(error(R"({"valueFiles": ["ftp://x/y"]})"),
            "error resolving helm value files: error resolving value file path: the URL scheme "
            "'ftp' is not allowed");
  EXPECT_EQ(error(R"({"fileParameters": [{"name": "a", "path": "../../../x"}]})"),
            "error resolving helm value file path: file '../../../x' resolved to outside "
            "repository root");
  EXPECT_EQ(error(R"({"version": "v2"})"), "helm version 'v2' is not supported");
}

TEST_F(HelmCalls, AFileThatIsListedTwiceCountsAtItsFirstPlace) {
  EXPECT_EQ(layers(call(R"({"valueFiles": ["values.yaml", "values-prod.yaml", "./values.yaml"]})")),
            (Names{"a: 1", "a: 2"}));
}

TEST_F(HelmCalls, VariablesAreExpandedAsGoExpandsThem) {
  const std::pair<const char*, const char*> cases[] = {{"$ARGOCD_APP_NAME.x", "agent-prod.x"},
                                                       {"${ARGOCD_APP_NAME}x", "agent-prodx"},
                                                       {"$ARGOCD_APP_NAMEx", ""},
                                                       {"$$HOME", "$HOME"},
                                                       {"a$1b$!c", "abc"},
                                                       {"${no-such}|", "|"},
                                                       {"${}a", "a"},
                                                       {"${x", "x"},
                                                       {"cost: 5$", "cost: 5$"},
                                                       {"$ $. ${$}", "$ $. $"},
                                                       {"${1}${x y}", ""}};
  for (const auto& [written, expected] : cases) {
    const auto made = call(Json{{"parameters", {{{"name", "a"}, {"value", written}}}}}.dump());
    ASSERT_TRUE(made) << written;
    EXPECT_EQ(made->set.at("a"), expected) << written;
  }
}

TEST_F(HelmCalls, AVersionOfKubernetesIsReducedToItsNumbers) {
  const std::pair<const char*, const char*> cases[] = {
      {"v1.30.2+k3s1", "1.30.2"}, {"1.31", "1.31"}, {"1.29.3-eks-ab12.3", "1.29.3"}};
  for (const auto& [written, expected] : cases)
    EXPECT_EQ(call(Json{{"kubeVersion", written}}.dump())->kube_version, expected);
  EXPECT_EQ(error(R"({"kubeVersion": "latest"})"),
            "could not parse kubernetes version latest: could not parse \"latest\" as version");
  EXPECT_EQ(error(R"({"kubeVersion": "v1"})"),
            "could not parse kubernetes version v1: illegal version string \"v1\"");
}

TEST_F(HelmCalls, GlobsTakeAFoldersOwnFilesBeforeThoseOfSubfolders) {
  files_["charts/agent/env/deep/a.yaml"] = "d: 1";
  EXPECT_EQ(layers(call(R"({"valueFiles": ["env/**/*.yaml"]})")), (Names{"x: 1", "y: 1", "d: 1"}));
}

TEST_F(HelmCalls, FilesByUrlNeedANetworkThatIsNotThere) {
  EXPECT_EQ(error(R"({"valueFiles": ["https://x/y.yaml"]})"),
            "error resolving helm value files: error resolving value file path: values file "
            "https://x/y.yaml: files by URL are not available, there is no network");
}

TEST_F(HelmCalls, RefsReachIntoOtherSources) {
  EXPECT_EQ(error(R"({"valueFiles": ["$values/x.yaml"]})", true),
            "source referenced \"$values\", but no source has a 'ref' field defined");
  auto other = std::make_shared<FileTree>(tree_of({{"x.yaml", "r: 1"}}));
  refs_["$values"] = RefSource{"other", std::string(40, 'd'), other};
  EXPECT_EQ(layers(call(R"({"valueFiles": ["$values/x.yaml"]})", true)), (Names{"r: 1"}));
  EXPECT_EQ(error(R"({"valueFiles": ["$other/x.yaml"]})", true),
            "source referenced \"$other\", which is not one of the available sources ($values)");
}

TEST_F(HelmCalls, ParametersAreEscapedAndSubstituted) {
  const auto made =
      call(R"({"parameters": [{"name": "a", "value": "1,2"}, {"name": "l", "value": "{1,2}"},
      {"name": "n", "value": "$ARGOCD_APP_NAME-${ARGOCD_APP_REVISION_SHORT}-$$x"}, {"name": "s", "value": "3", "forceString": true}],
      "fileParameters": [{"name": "f", "path": "values.yaml"}], "skipCrds": true})");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->set.at("a"), "1\\,2");
  EXPECT_EQ(made->set.at("l"), "{1,2}");
  EXPECT_EQ(made->set.at("n"), "agent-prod-ccccccc-$x");
  EXPECT_EQ(made->set_string.at("s"), "3");
  EXPECT_EQ(made->set_file.at("f").second, "a: 1");
  EXPECT_FALSE(made->include_crds);
}

class ManifestSources : public ::testing::Test {
 protected:
  ManifestSources() : repo_(repos_.add("https://git/agent")) {
    first_ = repo_.commit({{"plain/a.yaml", object("one")}, {"empty/x.md", ""}});
  }
  template <class T>
  T wait(Task<T> task) {
    std::optional<T> out;
    asio::co_spawn(world_.executor(), std::move(task), [&out](std::exception_ptr failure, T value) {
      if (!failure) out.emplace(std::move(value));
    });
    world_.settle();
    return std::move(*out);
  }
  Result<Manifests> generate(const char* spec, bool force = false,
                             std::vector<std::string> revisions = {}) {
    RenderContext context;
    context.app_name = "app";
    return wait(manifests_.generate(freeze(Json::parse(spec)), revisions, context, force));
  }
  sim::World world_;
  FakeRepos repos_;
  FakeRepo& repo_;
  std::string first_;
  Profile profile_;
  Components components_;
  ManifestSource manifests_{world_, Rng(1), profile_, repos_, &components_};
};

const char* const kPlain = R"({"source": {"repoURL": "https://git/agent", "path": "plain"}})";

TEST_F(ManifestSources, GiveObjectsAndTheirRevision) {
  const auto made = generate(kPlain);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->revisions, Names{first_});
  EXPECT_EQ(made->source_types, Names{"Directory"});
  ASSERT_EQ(made->objects.size(), 1u);
  const auto again = generate(kPlain);
  EXPECT_EQ(again->objects[0], made->objects[0]);  // the very same object: rendered once
}

TEST_F(ManifestSources, HeedTheFlagsOfHelmSources) {
  repo_.commit(
      {{"web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
       {"web/values.schema.json", R"({"required":["who"]})"},
       {"web/crds/c.yaml", "kind: CustomResourceDefinition\nmetadata: {name: crd}\n"},
       {"web/templates/a.yaml", object("a-{{ .Release.Name }}")},
       {"web/templates/l.yaml",
        "kind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: l}}]\n"},
       {"web/templates/r.yaml", "# {{ randAlpha 3 }}\n"},
       {"web/templates/t.yaml",
        "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: \"test,post-install\"}}\n"}});
  const auto with = [&](const std::string& flags) {
    return generate(
        (R"({"source": {"repoURL": "https://git/agent", "path": "web", "helm": {)" + flags + "}}}")
            .c_str());
  };
  const auto refused = with(R"("releaseName": "r")");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("- at '': missing property 'who'"), std::string::npos);
  const auto all = with(R"("values": "who: me")");
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_EQ(names(all->objects), (Names{"crd", "a-app", "l", "t"}));
  EXPECT_EQ(all->warnings.size(), 1u);
  const auto few = with(R"("skipSchemaValidation": true, "skipCrds": true, "skipTests": true)");
  ASSERT_TRUE(few) << few.error().message();
  EXPECT_EQ(names(few->objects), (Names{"a-app", "l"}));
}

TEST_F(ManifestSources, BuildDependenciesThatLieInTheSameRepository) {
  const char* const list = "dependencies: [{name: lib, version: ^1.0, repository: \"%s\"}]\n";
  const auto web = [&list](const std::string& repository) {
    std::string text = std::string("apiVersion: v2\nname: web\nversion: 1.0.0\n") + list;
    return text.replace(text.find("%s"), 2, repository);
  };
  const auto commit = [&](const std::string& repository, const std::string& version) {
    repo_.commit({{"charts/web/Chart.yaml", web(repository)},
                  {"charts/web/templates/a.yaml", object("{{ include \"lib.name\" . }}")},
                  {"libs/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: " + version + "\n"},
                  {"libs/lib/.helmignore", "*.bak\n"},
                  {"libs/lib/templates/b.yaml", object("{{ .Values.who }}")},
                  {"libs/lib/templates/broken.bak", "{{ nope }}"},
                  {"libs/lib/values.yaml", "who: me\n"},
                  {"libs/lib/templates/_h.tpl", "{{ define \"lib.name\" }}named{{ end }}"}});
    return generate(R"({"source": {"repoURL": "https://git/agent", "path": "charts/web"}})", true);
  };
  const auto made = commit("file://../../libs/lib", "1.2.0");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(names(made->objects), (Names{"me", "named"}));
  const std::string build =
      "rpc error: code = Unknown desc = error building helm chart dependencies: failed to build "
      "dependencies: failed running helm: `helm dependency build` failed exit status 1: Error: ";
  EXPECT_EQ(commit("file://../lib", "1.2.0").error().message(),
            build + "directory charts/lib not found");
  EXPECT_EQ(commit("file://../../../lib", "1.2.0").error().message(),
            build + "directory ../../../lib not found");
  EXPECT_EQ(commit("file://../../libs/lib", "2.0.0").error().message(),
            build + "can't get a valid version for dependency lib");
  const auto elsewhere = commit("https://charts.example.com", "1.2.0");
  ASSERT_FALSE(elsewhere);
  EXPECT_TRUE(elsewhere.error().message().ends_with("found in Chart.yaml, but missing in charts/ "
                                                    "directory: lib\n\nUse --debug flag to render "
                                                    "out invalid YAML") ||
              elsewhere.error().message().ends_with(
                  "found in Chart.yaml, but missing in charts/ directory: lib"))
      << elsewhere.error().message();
}

TEST_F(ManifestSources, EveryOptionReachesTheTemplates) {
  repo_.commit({{"web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
                {"web/templates/a.yaml",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
                 "  release: {{ .Release.Name }}/{{ .Release.Namespace }}\n"
                 "  cluster: {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "
                 "\"x/v1/Y\" }}\n"
                 "  values: {{ omit .Values \"file\" | toJson | quote }}\n  file: {{ .Values.file "
                 "| quote }}\n"},
                {"web/one.yaml", "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n"},
                {"web/env/prod/two.yaml", "b: 2\nc: 2\nd: 2\ne: 2\n"},
                {"web/note.txt", "hello"}});
  repos_.add("https://git/values").commit({{"app.yaml", "c: 3\nd: 3\ne: 3\n"}});
  const auto made = generate(R"({"destination": {"namespace": "shop"}, "sources": [
      {"repoURL": "https://git/agent", "path": "web", "helm": {"releaseName": "rel", "namespace": "ns",
       "kubeVersion": "1.30.1", "apiVersions": ["x/v1/Y"], "ignoreMissingValueFiles": true,
       "valueFiles": ["one.yaml", "none.yaml", "env/**/*.yaml", "$other/$ARGOCD_APP_NAME.yaml"],
       "valuesObject": {"d": 4, "e": 4}, "values": "unused: 1",
       "parameters": [{"name": "e", "value": "$ARGOCD_APP_NAME"}, {"name": "f", "value": "7", "forceString": true}],
       "fileParameters": [{"name": "file", "path": "note.txt"}]}},
      {"repoURL": "https://git/values", "ref": "other"}]})");
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_EQ(made->objects.size(), 1u);
  const Json& data = made->objects[0]->at("data");
  EXPECT_EQ(data["release"], "rel/ns");
  EXPECT_EQ(data["cluster"], "v1.30.1 true");
  EXPECT_EQ(data["values"], R"({"a":1,"b":2,"c":3,"d":4,"e":"app","f":"7"})");
  EXPECT_EQ(data["file"], "hello");
}

TEST_F(ManifestSources, BelieveARevisionForAWhile) {
  (void)generate(kPlain);
  const auto second = repo_.commit({{"plain/a.yaml", object("two")}});
  EXPECT_EQ(generate(kPlain)->revisions, Names{first_});
  EXPECT_EQ(repo_.resolved(), 1);
  EXPECT_EQ(generate(kPlain, true)->revisions, Names{second});
  const auto third = repo_.commit({{"plain/a.yaml", object("three")}});
  world_.run_for(profile_.repo_poll_every);
  EXPECT_EQ(generate(kPlain)->revisions, Names{third});
  EXPECT_EQ(generate(kPlain, false, {first_})->revisions, Names{first_});
}

TEST_F(ManifestSources, ResolveAnewWhatTheyWereToldToForget) {
  (void)generate(kPlain);
  const auto second = repo_.commit({{"plain/a.yaml", object("two")}});
  EXPECT_EQ(generate(kPlain)->revisions, Names{first_});
  manifests_.forget_revisions();
  EXPECT_EQ(generate(kPlain)->revisions, Names{second});
}

TEST_F(ManifestSources, RenderTheFleetsChart) {
  FakeRepo::Files files;
  const std::filesystem::path root = test::source_dir() + "/scenarios/repos/agent";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    files[std::filesystem::relative(entry.path(), root).string()] = text.str();
  }
  repo_.commit(files);
  const auto made = generate(
      R"({"source": {"repoURL": "https://git/agent", "path": "charts/agent", "targetRevision": "main",
      "helm": {"releaseName": "agent-prod", "valueFiles": ["values.yaml", "values-prod.yaml"],
               "parameters": [{"name": "replicaCount", "value": "7"}]}}})");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->source_types, Names{"Helm"});
  std::set<std::string> kinds;
  for (const JsonRef& one : made->objects) kinds.insert(text_at(*one, {"kind"}));
  EXPECT_TRUE(kinds.contains("Deployment"));
  EXPECT_TRUE(kinds.contains("Service"));
  const auto bad = generate(R"({"source": {"repoURL": "https://git/agent", "path": "charts/agent",
      "targetRevision": "main", "helm": {"releaseName": "agent-{{name}}"}}})");
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().message().ends_with("function \"name\" not defined"))
      << bad.error().message();
}

TEST_F(ManifestSources, ErrorsAreTheRepoServers) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"source": {"repoURL": "https://git/agent", "path": "plain", "targetRevision": "nope"}})",
       "rpc error: code = Unknown desc = unable to resolve 'nope' to a commit SHA"},
      {R"({"source": {"repoURL": "https://git/agent", "path": "gone"}})",
       "rpc error: code = Unknown desc = gone: app path does not exist"},
      {R"({"source": {"repoURL": "https://git/agent", "path": "/plain"}})",
       "rpc error: code = Unknown desc = /plain: app path is absolute"},
      {R"({"source": {"repoURL": "https://git/agent", "path": "../plain"}})",
       "rpc error: code = Unknown desc = ../plain: app path outside root"},
      {R"({"source": {"repoURL": "https://git/none", "path": "x"}})",
       "rpc error: code = Unknown desc = failed to list refs: repository not found: "
       "https://git/none"}};
  for (const auto& [spec, expected] : cases) {
    const auto made = generate(spec);
    ASSERT_FALSE(made) << spec;
    EXPECT_EQ(made.error().message(), expected);
  }
}

TEST_F(ManifestSources, ARepositoryOutOfReachIsAnErrorOnlyWhenAsked) {
  (void)generate(kPlain);
  repo_.break_with(Error(Errc::timeout, "dial tcp 10.0.0.9:443: i/o timeout"));
  const auto made = generate(kPlain, true);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Errc::timeout);
  EXPECT_EQ(
      made.error().message(),
      "rpc error: code = Unknown desc = failed to list refs: dial tcp 10.0.0.9:443: i/o timeout");
}

TEST_F(ManifestSources, NobodyAnswersWhileTheRepoServerIsDownEvenForWhatIsKnown) {
  (void)generate(kPlain);
  components_.take_down(Component::repo_server);
  const auto made = generate(kPlain);
  ASSERT_FALSE(made);
  EXPECT_EQ(
      made.error().message(),
      "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while "
      "dialing: dial tcp: connect: connection refused\"");
  EXPECT_EQ(components_.missed(Component::repo_server), 1u);
  components_.bring_up(Component::repo_server);
  EXPECT_TRUE(generate(kPlain));
}

TEST_F(ManifestSources, WithoutRedisEveryRenderingIsMadeAnew) {
  const auto before = generate(kPlain);
  components_.take_down(Component::redis);
  const auto one = generate(kPlain);
  const auto two = generate(kPlain);
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->objects[0], before->objects[0]);
  EXPECT_NE(two->objects[0], one->objects[0]);
  EXPECT_EQ(repo_.resolved(), 3);
  components_.bring_up(Component::redis);  // empty
  const auto three = generate(kPlain);
  EXPECT_NE(three->objects[0], before->objects[0]);
  EXPECT_EQ(generate(kPlain)->objects[0], three->objects[0]);
}

}  // namespace
}  // namespace spokelab::hub
