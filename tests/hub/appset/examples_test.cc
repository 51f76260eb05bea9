// One ApplicationSet of each kind that Argo CD's documentation shows, in our own words, and what
// becomes of it.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/appset/rendering/render.h"
#include "tests/hub/fake_cluster_set.h"

namespace spokelab::hub {
namespace {

class AppSetExamples : public ::testing::Test {
 protected:
  AppSetExamples() {
    clusters_.put("berlin", {{"stage", "live"}, {"region", "eu"}});
    clusters_.put("boston", {{"stage", "live"}, {"region", "us"}});
    clusters_.put("bern", {{"stage", "test"}, {"region", "eu"}});
    auto tree = std::make_shared<FileTree>();
    const std::map<std::string, std::string> files = {
        {"addons/metrics/Chart.yaml", "name: metrics\n"},
        {"addons/logs/kustomization.yaml", ""},
        {"addons/old/Chart.yaml", "name: old\n"},
        {"sites/berlin/site.json",
         R"({"cluster": {"name": "berlin", "size": 3}, "owner": {"team": "north"}})"},
        {"sites/boston/site.json",
         R"({"cluster": {"name": "boston", "size": 5}, "owner": {"team": "west"}})"},
        {"sites/attic/site.json", R"({"cluster": {"name": "attic"}, "owner": {"team": "none"}})"},
        {"fleet.yaml", "- {name: one, port: 80}\n- {name: two, port: 81}\n"}};
    for (const auto& [path, text] : files) {
      (*tree)[path] = std::make_shared<const std::string>(text);
    }
    facts_.trees.put(TreeKey{"https://git.example/fleet.git", "HEAD"}, Tree(tree));
  }
  /// What is generated, in order. `spec` is the ApplicationSet's, without its template.
  std::vector<Json> make(const std::string& spec, const std::string& app_template) {
    const std::string text =
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n"
        "metadata: {name: example, namespace: argocd, uid: u}\nspec:\n" +
        spec + "  template:\n" + app_template;
    auto object = parse_yaml(text);
    EXPECT_TRUE(object) << object.error().message() << "\n" << text;
    if (!object) return {};
    const auto set = read_application_set(freeze(*object));
    EXPECT_TRUE(set) << set.error().message();
    if (!set) return {};
    const auto all = clusters_.all();
    const GeneratorScope scope{set->dialect, all,     facts_,    settings_,
                               set->name,    set->ns, "default", 0};
    auto apps = make_applications(*set, scope);
    EXPECT_TRUE(apps) << apps.error().error.message();
    return apps ? *apps : std::vector<Json>{};
  }
  static std::vector<std::string> lines(const std::vector<Json>& apps) {
    std::vector<std::string> all;
    for (const Json& app : apps) {
      const Json& to = app["spec"]["destination"];
      all.push_back(text_at(app, {"metadata", "name"}) + " " +
                    text_at(app, {"spec", "source", "path"}) + " -> " +
                    text_at(to, {"name"}, text_at(to, {"server"})));
    }
    return all;
  }

  FakeClusterSet clusters_;
  Facts facts_;
  GeneratorSettings settings_;
};

using Lines = std::vector<std::string>;

TEST_F(AppSetExamples, AListInBothDialects) {
  const std::string elements =
      "  generators:\n"
      "  - list:\n"
      "      elements:\n"
      "      - {site: berlin, url: 'https://berlin:6443', values: {ring: '1'}}\n"
      "      - {site: boston, url: 'https://boston:6443', values: {ring: '2'}}\n";
  const Lines expected = {"berlin-shop shop/ring-1 -> https://berlin:6443",
                          "boston-shop shop/ring-2 -> https://boston:6443"};
  EXPECT_EQ(lines(make(elements,
                       "    metadata: {name: '{{site}}-shop'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: 'shop/ring-{{values.ring}}'}\n"
                       "      destination: {server: '{{url}}'}\n")),
            expected);
  EXPECT_EQ(lines(make("  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n" + elements,
                       "    metadata: {name: '{{.site}}-shop'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: 'shop/ring-{{.values.ring}}'}\n"
                       "      destination: {server: '{{.url}}'}\n")),
            expected);
}

TEST_F(AppSetExamples, AListOutOfAFileOfAnotherGenerator) {
  EXPECT_EQ(lines(make("  goTemplate: true\n"
                       "  generators:\n"
                       "  - matrix:\n"
                       "      generators:\n"
                       "      - list:\n"
                       "          elements: [{shops: [{id: a, at: bern}, {id: b, at: boston}]}]\n"
                       "      - list: {elementsYaml: '{{ .shops | toJson }}'}\n",
                       "    metadata: {name: 'shop-{{.id}}'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: '{{.id}}'}\n"
                       "      destination: {name: '{{.at}}'}\n")),
            (Lines{"shop-a a -> bern", "shop-b b -> boston"}));
}

TEST_F(AppSetExamples, ClustersByLabelWithValues) {
  EXPECT_EQ(lines(make("  goTemplate: true\n"
                       "  generators:\n"
                       "  - clusters:\n"
                       "      selector: {matchLabels: {stage: live}}\n"
                       "      values: {ref: '{{.name}}-{{.metadata.labels.region}}'}\n"
                       "  - clusters:\n"
                       "      selector: {matchLabels: {stage: test}}\n"
                       "      values: {ref: main}\n",
                       "    metadata: {name: 'web-{{.nameNormalized}}'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: web, targetRevision: '{{.values.ref}}'}\n"
                       "      destination: {server: '{{.server}}'}\n")),
            (Lines{"web-berlin web -> https://berlin:6443", "web-boston web -> https://boston:6443",
                   "web-bern web -> https://bern:6443"}));
}

TEST_F(AppSetExamples, GitDirectoriesWithOneLeftOut) {
  for (const bool go : {false, true}) {
    const std::string dot = go ? "." : "";
    const std::string path = go ? "{{.path.path}}" : "{{path}}";
    const std::string name = go ? "{{.path.basename}}" : "{{path.basename}}";
    EXPECT_EQ(
        lines(make("  goTemplate: " + std::string(go ? "true" : "false") +
                       "\n"
                       "  generators:\n"
                       "  - git:\n"
                       "      repoURL: https://git.example/fleet.git\n"
                       "      revision: HEAD\n"
                       "      directories: [{path: addons/*}, {path: addons/old, exclude: true}]\n",
                   "    metadata: {name: '" + name +
                       "'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: '" +
                       path +
                       "'}\n"
                       "      destination: {name: in-cluster, namespace: '" +
                       name + "'}\n")),
        (Lines{"logs addons/logs -> in-cluster", "metrics addons/metrics -> in-cluster"}))
        << go;
  }
}

TEST_F(AppSetExamples, GitFilesWithWhatTheyHold) {
  EXPECT_EQ(
      lines(make(
          "  generators:\n"
          "  - git:\n"
          "      repoURL: https://git.example/fleet.git\n"
          "      revision: HEAD\n"
          "      files: [{path: 'sites/**/site.json'}, {path: 'sites/attic/*', exclude: true}]\n",
          "    metadata: {name: '{{cluster.name}}-{{owner.team}}-{{cluster.size}}'}\n"
          "    spec:\n"
          "      project: default\n"
          "      source: {repoURL: r, path: '{{path}}'}\n"
          "      destination: {name: '{{path.basename}}'}\n")),
      (Lines{"berlin-north-3 sites/berlin -> berlin", "boston-west-5 sites/boston -> boston"}));
}

TEST_F(AppSetExamples, AFileWithAListIsOneSetForEachItemEvenInTheRoot) {
  EXPECT_EQ(lines(make("  goTemplate: true\n"
                       "  generators:\n"
                       "  - git:\n"
                       "      repoURL: https://git.example/fleet.git\n"
                       "      revision: HEAD\n"
                       "      pathParamPrefix: from\n"
                       "      files: [{path: fleet.yaml}]\n"
                       "      values: {at: '{{.name}}:{{.port}}'}\n",
                       "    metadata: {name: '{{.name}}'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: '{{.from.path.path}}/{{index "
                       ".from.path.segments 0}}/{{.from.path.filename}}/{{.values.at}}'}\n"
                       "      destination: {name: bern}\n")),
            (Lines{"one ././fleet.yaml/one:80 -> bern", "two ././fleet.yaml/two:81 -> bern"}));
}

TEST_F(AppSetExamples, EachAddonOnEachCluster) {
  const Lines expected = {"logs-berlin addons/logs -> berlin", "logs-boston addons/logs -> boston",
                          "metrics-berlin addons/metrics -> berlin",
                          "metrics-boston addons/metrics -> boston"};
  const std::string generators =
      "  generators:\n"
      "  - matrix:\n"
      "      generators:\n"
      "      - git:\n"
      "          repoURL: https://git.example/fleet.git\n"
      "          revision: HEAD\n"
      "          directories: [{path: addons/*}]\n"
      "        selector: {matchExpressions: [{key: KEY, operator: NotIn, values: [old]}]}\n"
      "      - clusters: {selector: {matchLabels: {stage: live}}}\n";
  const auto with_key = [&](const std::string& key) {
    std::string text = generators;
    text.replace(text.find("KEY"), 3, key);
    return text;
  };
  EXPECT_EQ(lines(make(with_key("path.basename"),
                       "    metadata: {name: '{{path.basename}}-{{name}}'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: '{{path}}'}\n"
                       "      destination: {name: '{{name}}'}\n")),
            expected);
  EXPECT_EQ(lines(make("  goTemplate: true\n" + with_key("path.basename"),
                       "    metadata: {name: '{{.path.basename}}-{{.name}}'}\n"
                       "    spec:\n"
                       "      project: default\n"
                       "      source: {repoURL: r, path: '{{.path.path}}'}\n"
                       "      destination: {name: '{{.name}}'}\n")),
            expected);
}

TEST_F(AppSetExamples, TheFirstGeneratorSaysWhereTheSecondLooks) {
  EXPECT_EQ(
      lines(make("  generators:\n"
                 "  - matrix:\n"
                 "      generators:\n"
                 "      - git:\n"
                 "          repoURL: https://git.example/fleet.git\n"
                 "          revision: HEAD\n"
                 "          files: [{path: sites/b*/site.json}]\n"
                 "      - clusters:\n"
                 "          selector: {matchLabels: {region: eu}}\n"
                 "          values: {team: '{{owner.team}}', both: '{{owner.team}}@{{name}}'}\n"
                 "        selector: {matchLabels: {name: berlin}}\n",
                 "    metadata: {name: '{{cluster.name}}-{{values.team}}'}\n"
                 "    spec:\n"
                 "      project: default\n"
                 "      source: {repoURL: r, path: '{{values.both}}'}\n"
                 "      destination: {name: '{{name}}'}\n")),
      (Lines{"berlin-north north@berlin -> berlin", "boston-west west@berlin -> berlin"}));
}

TEST_F(AppSetExamples, AMatrixInAMatrix) {
  EXPECT_EQ(lines(make("  generators:\n"
                       "  - matrix:\n"
                       "      generators:\n"
                       "      - list: {elements: [{a: p}, {a: q}]}\n"
                       "      - matrix:\n"
                       "          generators:\n"
                       "          - list: {elements: [{b: '{{a}}1'}, {b: '{{a}}2'}]}\n"
                       "          - list: {elements: [{c: '{{b}}z'}]}\n",
                       "    metadata: {name: '{{a}}-{{b}}-{{c}}'}\n"
                       "    spec: {project: default, source: {repoURL: r, path: p}, destination: "
                       "{name: bern}}\n")),
            (Lines{"p-p1-p1z p -> bern", "p-p2-p2z p -> bern", "q-q1-q1z p -> bern",
                   "q-q2-q2z p -> bern"}));
}

TEST_F(AppSetExamples, AListOverClustersByServer) {
  for (const bool go : {false, true}) {
    const std::string element = go ? "{server: 'https://boston:6443', values: {ring: '2'}}"
                                   : "{server: 'https://boston:6443', values.ring: '2'}";
    EXPECT_EQ(
        lines(make(
            "  goTemplate: " + std::string(go ? "true" : "false") +
                "\n"
                "  generators:\n"
                "  - merge:\n"
                "      mergeKeys: [server]\n"
                "      generators:\n"
                "      - clusters: {selector: {matchLabels: {stage: live}}, values: {ring: '1'}}\n"
                "      - list: {elements: [" +
                element + ", {server: 'https://nobody'}]}\n",
            std::string("    metadata: {name: '{{") + (go ? "." : "") +
                "name}}'}\n"
                "    spec:\n"
                "      project: default\n"
                "      source: {repoURL: r, path: 'ring-{{" +
                (go ? "." : "") +
                "values.ring}}'}\n"
                "      destination: {name: '{{" +
                (go ? "." : "") + "name}}'}\n")),
        (Lines{"berlin ring-1 -> berlin", "boston ring-2 -> boston"}))
        << go;
  }
}

TEST_F(AppSetExamples, AMergeOfTwoMatrices) {
  EXPECT_EQ(
      lines(
          make("  generators:\n"
               "  - merge:\n"
               "      mergeKeys: [name, app]\n"
               "      generators:\n"
               "      - matrix:\n"
               "          generators:\n"
               "          - clusters: {selector: {matchLabels: {stage: live}}, values: {size: s}}\n"
               "          - list: {elements: [{app: web}, {app: db}]}\n"
               "      - matrix:\n"
               "          generators:\n"
               "          - list: {elements: [{name: boston}]}\n"
               "          - list: {elements: [{app: db, values: {size: xl}}]}\n",
               "    metadata: {name: '{{app}}-{{name}}'}\n"
               "    spec:\n"
               "      project: default\n"
               "      source: {repoURL: r, path: '{{values.size}}'}\n"
               "      destination: {name: '{{name}}'}\n")),
      (Lines{"db-berlin s -> berlin", "db-boston xl -> boston", "web-berlin s -> berlin",
             "web-boston s -> boston"}))
      << "order follows the merge keys";
}

TEST_F(AppSetExamples, AGeneratorsTemplateOverridesTheCommonOne) {
  const auto apps = make(
      "  generators:\n"
      "  - list:\n"
      "      elements: [{site: berlin}]\n"
      "      template:\n"
      "        metadata: {labels: {kind: special}}\n"
      "        spec:\n"
      "          project: ''\n"
      "          destination: {}\n"
      "          source: {path: 'special/{{site}}'}\n"
      "          syncPolicy: {syncOptions: [CreateNamespace=true]}\n"
      "  - list:\n"
      "      elements: [{site: boston}]\n",
      "    metadata: {name: '{{site}}', labels: {team: a}}\n"
      "    spec:\n"
      "      project: default\n"
      "      source: {repoURL: r, path: common}\n"
      "      destination: {name: '{{site}}'}\n");
  EXPECT_EQ(lines(apps), (Lines{"berlin special/berlin -> berlin", "boston common -> boston"}));
  ASSERT_EQ(apps.size(), 2u);
  EXPECT_EQ(apps[0]["metadata"]["labels"], Json::parse(R"({"kind": "special", "team": "a"})"));
  EXPECT_EQ(apps[0]["spec"]["source"]["repoURL"], "r");
  EXPECT_FALSE(apps[1]["spec"].contains("syncPolicy"));
}

TEST_F(AppSetExamples, ATemplatePatchForSome) {
  const auto apps = make(
      "  goTemplate: true\n"
      "  generators:\n"
      "  - list:\n"
      "      elements: [{site: berlin, auto: true, files: [a.yaml, b.yaml]}, {site: bern, auto: "
      "false}]\n"
      "  templatePatch: |\n"
      "    spec:\n"
      "      source:\n"
      "        helm:\n"
      "          valueFiles:\n"
      "          {{- range $file := .files }}\n"
      "          - {{ $file }}\n"
      "          {{- end }}\n"
      "    {{- if .auto }}\n"
      "      syncPolicy: {automated: {prune: {{ .auto }}}}\n"
      "    {{- end }}\n",
      "    metadata: {name: '{{.site}}'}\n"
      "    spec: {project: default, source: {repoURL: r, path: p}, destination: {name: "
      "'{{.site}}'}}\n");
  ASSERT_EQ(apps.size(), 2u);
  EXPECT_EQ(apps[0]["spec"]["source"]["helm"]["valueFiles"],
            Json::parse(R"(["a.yaml", "b.yaml"])"));
  EXPECT_EQ(apps[0]["spec"]["syncPolicy"]["automated"]["prune"], true);
  EXPECT_FALSE(apps[1]["spec"].contains("syncPolicy"));
  EXPECT_FALSE(apps[1]["spec"]["source"].contains("helm"));
}

TEST_F(AppSetExamples, OneApplicationForAllClusters) {
  const auto apps = make(
      "  goTemplate: true\n"
      "  generators:\n"
      "  - clusters: {flatList: true, selector: {matchLabels: {stage: live}}}\n",
      "    metadata: {name: all}\n"
      "    spec:\n"
      "      project: default\n"
      "      source:\n"
      "        repoURL: r\n"
      "        path: '{{ range $i, $c := .clusters }}{{ if $i }},{{ end }}{{ $c.name }}{{ end }}'\n"
      "      destination: {name: in-cluster}\n");
  EXPECT_EQ(lines(apps), (Lines{"all berlin,boston -> in-cluster"}));
}

}  // namespace
}  // namespace spokelab::hub
