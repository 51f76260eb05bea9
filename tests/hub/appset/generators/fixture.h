// What tests of generators share: three clusters, a repository "repo", and facts as a test sets
// them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "hub/appset/generators/generator.h"
#include "tests/hub/fake_cluster_set.h"

namespace spokelab::hub {

class Generators : public ::testing::Test {
 protected:
  Generators() {
    clusters_.put("prod", {{"env", "prod"}, {"deploy", "true"}});
    clusters_.put("staging", {{"env", "staging"}, {"deploy", "true"}});
    clusters_.put("dr", {{"env", "dr"}});
  }
  Result<ParamSets> run(const char* entry, bool go = false) {
    dialect_.go = go;
    all_ = clusters_.all();
    const GeneratorScope scope{dialect_, all_, facts_, settings_, "set", "argocd", project_, 0};
    return generate(Json::parse(entry), scope);
  }
  std::vector<std::string> names(const char* entry) {
    std::vector<std::string> list;
    const auto sets = run(entry);
    EXPECT_TRUE(sets) << sets.error().message();
    if (!sets) return list;
    for (const Json& params : *sets) list.push_back(params.value("name", "?"));
    return list;
  }
  std::string error(const char* entry, bool go = false) {
    const auto sets = run(entry, go);
    return sets ? "no error" : sets.error().message();
  }
  void config_map(const std::string& name, Json data, const std::string& ns = "argocd",
                  Json labels = Json::object()) {
    Json map = {{"metadata", {{"name", name}, {"labels", std::move(labels)}}},
                {"data", std::move(data)}};
    facts_.objects.put(ObjectKey{"", "v1", "configmaps", ns, name}, freeze(std::move(map)));
  }
  void tree(const std::map<std::string, std::string>& files) {
    auto tree = std::make_shared<FileTree>();
    for (const auto& [path, text] : files) (*tree)[path] = std::make_shared<std::string>(text);
    facts_.trees.put({"repo", "HEAD"}, Tree(tree));
  }

  FakeClusterSet clusters_;
  std::vector<const ClusterInfo*> all_;
  Facts facts_;
  GeneratorSettings settings_;
  std::string project_ = "default";
  TemplateDialect dialect_;
};

}  // namespace spokelab::hub
