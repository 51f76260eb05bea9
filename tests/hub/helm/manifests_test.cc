// Splitting rendered files, against what Helm prints of them.
#include "hub/helm/manifests.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"

namespace spokelab::hub::helm {
namespace {

std::string joined(std::string_view text) {
  std::string out;
  for (const std::string_view document : split_documents(text))
    out += (out.empty() ? "" : "|") + std::string(document);
  return out;
}

TEST(HelmManifests, DocumentsSplitAtLinesOfDashes) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"  \n\n", ""},
      {"a: 1", "a: 1"},
      {"---\na: 1\n---\nb: 2\n", "a: 1|b: 2"},
      {"a: 1\n\n---\n\n\nb: 2\n---\n", "a: 1|b: 2"},
      {"a: 1\n--- # note\nb: 2", "a: 1|# note\nb: 2"},
      {"a: 1\n---\tb: 2", "a: 1|b: 2"},
      {"a: |\n  x\n ---\n  y", "a: |\n  x\n ---\n  y"},  // not at the start of the line
      {"a: 1\r\n---\r\nb: 2\r\n", "a: 1|b: 2"},
      {"a: 1\n---\n---\nb: 2", "a: 1|---\nb: 2"},  // the first separator ate the second's newline
      {"---\n---\n---\nb: 2", "---|b: 2"},
      {"a: 1 --- b", "a: 1 --- b"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(joined(text), expected) << text;
}

std::string object(const std::string& kind, const std::string& name, const std::string& hook = "") {
  return "kind: " + kind + "\nmetadata:\n  name: " + name + "\n" +
         (hook.empty() ? "" : "  annotations: {helm.sh/hook: " + hook + "}\n");
}

/// "Kind/name" of all, hooks in brackets.
std::string order_of(const RenderedFiles& files, std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> told;
  const auto manifests = split_manifests(files, told);
  if (warnings != nullptr) *warnings = told;
  if (!manifests) return manifests.error().message();
  std::string out;
  for (const Manifest& one : *manifests) {
    const char* mark = one.sort == Manifest::Sort::plain  ? ""
                       : one.sort == Manifest::Sort::test ? "test:"
                                                          : "hook:";
    out += (out.empty() ? "" : " ") + std::string(mark);
    out += one.objects.empty() ? "-"
                               : text_at(*one.objects[0], {"kind"}) + "/" +
                                     text_at(*one.objects[0], {"metadata", "name"});
  }
  return out;
}

TEST(HelmManifests, KindsComeInInstallOrderUnknownOnesLastByName) {
  EXPECT_EQ(order_of({{"a", object("Widget", "w") + "---\n" + object("Ingress", "i") + "---\n" +
                                object("MutatingWebhookConfiguration", "m") + "---\n" +
                                object("Deployment", "d") + "---\n" + object("APIService", "s")},
                      {"b", object("Namespace", "space") + "---\n" + object("Deployment", "c") +
                                "---\n" + object("Anvil", "a")}}),
            "Namespace/space Deployment/d Deployment/c Ingress/i APIService/s Anvil/a "
            "MutatingWebhookConfiguration/m Widget/w");
}

TEST(HelmManifests, HooksComeLastAndUnknownOnesAreDropped) {
  std::vector<std::string> warnings;
  EXPECT_EQ(
      order_of({{"a", object("Pod", "t", "test") + "---\n" +
                          object("Job", "j", "\" Pre-Install , post-delete\"") + "---\n" +
                          object("Pod", "x", "crd-install") + "---\n" +
                          object("Pod", "y", "'pre-install,nonsense'") + "---\n" +
                          object("Pod", "e", "''") + "---\n" + object("Pod", "s", "test-success") +
                          "---\n" + object("Service", "plain")}},
               &warnings),
      "Service/plain test:Pod/t test:Pod/s hook:Job/j");
  EXPECT_EQ(warnings.size(), 3u);
}

TEST(HelmManifests, CommentsAreKeptInTheTextAndGiveNoObject) {
  EXPECT_EQ(order_of({{"a", "# only a comment\n---\n" + object("Secret", "s")}, {"_b", ""}}),
            "Secret/s -");
}

TEST(HelmManifests, WhatIsNoObjectIsRefusedWithItsFile) {
  const std::pair<const char*, const char*> cases[] = {
      {"just text",
       "YAML parse error on f: error unmarshaling JSON: while decoding JSON: json: "
       "cannot unmarshal string into Go value of type releaseutil.SimpleHead"},
      {"- a",
       "YAML parse error on f: error unmarshaling JSON: while decoding JSON: json: cannot "
       "unmarshal array into Go value of type releaseutil.SimpleHead"},
      {"kind: [a]",
       "YAML parse error on f: error unmarshaling JSON: while decoding JSON: json: "
       "cannot unmarshal array into Go struct field SimpleHead.kind of type string"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(order_of({{"f", text}}), expected);
  EXPECT_TRUE(
      order_of({{"f", "a: [1"}})
          .starts_with("YAML parse error on f: error converting YAML to JSON: yaml: line 1"));
}

std::string printed(const PrintOptions& options) {
  std::vector<std::string> warnings;
  const auto manifests =
      split_manifests({{"web/templates/a.yaml", "kind: A\n---\nkind: B\n"},
                       {"web/templates/h.yaml", object("Job", "h", "pre-install")},
                       {"web/templates/t.yaml", object("Pod", "t", "test")}},
                      warnings);
  const auto text = print_manifests(*manifests, options);
  return text ? *text : text.error().message();
}

TEST(HelmManifests, PrintsAsHelmTemplateDoes) {
  EXPECT_TRUE(printed({}).starts_with(
      "---\n# Source: web/templates/a.yaml\nkind: A\n---\n# Source: web/templates/a.yaml\nkind: "
      "B\n---\n# Source: web/templates/t.yaml\nkind: Pod\n"))
      << printed({});
  EXPECT_EQ(printed({.tests = false}).find("name: t"), std::string::npos);
  EXPECT_EQ(
      printed({.hooks = false}),
      "---\n# Source: web/templates/a.yaml\nkind: A\n---\n# Source: web/templates/a.yaml\nkind: "
      "B\n");
  EXPECT_EQ(print_manifests({}, {}).value(), "\n");
}

TEST(HelmManifests, ShowOnlyPicksTemplates) {
  PrintOptions options;
  options.show_only = {"templates/[ab].yaml"};
  const std::string both = printed(options);
  EXPECT_EQ(std::count(both.begin(), both.end(), '#'), 2);
  options.show_only = {"templates/none.yaml"};
  EXPECT_EQ(printed(options), "could not find template templates/none.yaml in chart");
}

}  // namespace
}  // namespace spokelab::hub::helm
