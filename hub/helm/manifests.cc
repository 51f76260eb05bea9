// Splitting, classifying, sorting and printing of rendered manifests.
#include "hub/helm/manifests.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/glob.h"
#include "hub/helm/values/go_json.h"

namespace spokelab::hub::helm {

namespace {

constexpr std::array<std::string_view, 36> kInstallOrder = {"PriorityClass",
                                                            "Namespace",
                                                            "NetworkPolicy",
                                                            "ResourceQuota",
                                                            "LimitRange",
                                                            "PodSecurityPolicy",
                                                            "PodDisruptionBudget",
                                                            "ServiceAccount",
                                                            "Secret",
                                                            "SecretList",
                                                            "ConfigMap",
                                                            "StorageClass",
                                                            "PersistentVolume",
                                                            "PersistentVolumeClaim",
                                                            "CustomResourceDefinition",
                                                            "ClusterRole",
                                                            "ClusterRoleList",
                                                            "ClusterRoleBinding",
                                                            "ClusterRoleBindingList",
                                                            "Role",
                                                            "RoleList",
                                                            "RoleBinding",
                                                            "RoleBindingList",
                                                            "Service",
                                                            "DaemonSet",
                                                            "Pod",
                                                            "ReplicationController",
                                                            "ReplicaSet",
                                                            "Deployment",
                                                            "HorizontalPodAutoscaler",
                                                            "StatefulSet",
                                                            "Job",
                                                            "CronJob",
                                                            "IngressClass",
                                                            "Ingress",
                                                            "APIService"};

constexpr std::array<std::string_view, 10> kHooks = {
    "pre-install", "post-install", "pre-upgrade",   "post-upgrade", "pre-delete",
    "post-delete", "pre-rollback", "post-rollback", "test",         "test-success"};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// What Helm reads of a document to know how to treat it.
struct Head {
  std::string kind;
  std::optional<std::string> hooks;
};

/// Errors: as Go's decoder refuses what does not fit releaseutil.SimpleHead.
Result<Head> head_of(const Json& document) {
  Head out;
  if (document.is_null()) return out;
  if (!document.is_object()) return unmarshal_error(document, "", "releaseutil.SimpleHead");
  const auto text = [](const Json& value, std::string_view field) -> Result<std::string> {
    if (auto found = scalar_text(value)) return std::move(*found);
    return unmarshal_error(value, field, "string");
  };
  for (const char* name : {"apiVersion", "kind"}) {
    const auto hit = document.find(name);
    if (hit == document.end()) continue;
    auto read = text(*hit, fmt::format("SimpleHead.{}", name));
    if (!read) return read.error();
    if (name[0] == 'k') out.kind = std::move(*read);
  }
  const auto metadata = document.find("metadata");
  if (metadata == document.end() || metadata->is_null()) return out;
  if (!metadata->is_object()) {
    return unmarshal_error(*metadata, "SimpleHead.metadata",
                           "struct { Name string \"json:\\\"name\\\"\"; Annotations "
                           "map[string]string \"json:\\\"annotations\\\"\" }");
  }
  if (const auto name = metadata->find("name"); name != metadata->end()) {
    if (auto read = text(*name, ".metadata.name"); !read) return read.error();
  }
  const auto annotations = metadata->find("annotations");
  if (annotations == metadata->end() || annotations->is_null()) return out;
  if (!annotations->is_object())
    return unmarshal_error(*annotations, ".metadata.annotations", "map[string]string");
  for (const auto& [key, value] : annotations->items()) {
    auto read = text(value, ".metadata.annotations");
    if (!read) return read.error();
    if (key == "helm.sh/hook") out.hooks = std::move(*read);
  }
  return out;
}

/// Nothing when one of the words is no hook.
std::optional<Manifest::Sort> sort_of(std::string_view hooks) {
  auto out = Manifest::Sort::hook;
  while (true) {
    const std::size_t comma = std::min(hooks.find(','), hooks.size());
    std::string word(trimmed(hooks.substr(0, comma)));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (std::find(kHooks.begin(), kHooks.end(), word) == kHooks.end()) return std::nullopt;
    if (word == "test" || word == "test-success") out = Manifest::Sort::test;
    if (comma == hooks.size()) return out;
    hooks.remove_prefix(comma + 1);
  }
}

struct Entry {
  Manifest manifest;
  std::string kind;
  std::size_t order;
};

bool before(const Entry& left, const Entry& right) {
  if (left.order != right.order) return left.order < right.order;
  return left.order == kInstallOrder.size() && left.kind < right.kind;
}

class Splitting {
 public:
  explicit Splitting(std::vector<std::string>& warnings) : warnings_(warnings) {}

  Result<void> add(const std::string& path, std::string_view text) {
    auto object = parse_yaml(text, YamlDuplicates::last_wins);
    if (!object) {
      return object.error().within(
          fmt::format("YAML parse error on {}: error converting YAML to JSON: yaml", path));
    }
    auto head = head_of(*object);
    if (!head) return head.error().within(fmt::format("YAML parse error on {}", path));
    auto sort = Manifest::Sort::plain;
    if (head->hooks) {
      const auto hook = sort_of(*head->hooks);
      if (!hook) {
        warnings_.push_back(fmt::format("skipping unknown hook: \"{}\"", *head->hooks));
        return {};
      }
      sort = *hook;
    }
    const auto known = std::find(kInstallOrder.begin(), kInstallOrder.end(), head->kind);
    Manifest manifest{path, std::string(text), {}, sort};
    if (object->is_object() && !object->empty())
      manifest.objects.push_back(freeze(std::move(*object)));
    (sort == Manifest::Sort::plain ? plain_ : hooks_)
        .push_back(Entry{std::move(manifest), std::move(head->kind),
                         static_cast<std::size_t>(known - kInstallOrder.begin())});
    return {};
  }

  std::vector<Manifest> sorted() {
    std::vector<Manifest> out;
    for (auto* list : {&plain_, &hooks_}) {
      std::stable_sort(list->begin(), list->end(), before);
      for (Entry& entry : *list) out.push_back(std::move(entry.manifest));
    }
    return out;
  }

 private:
  std::vector<std::string>& warnings_;
  std::vector<Entry> plain_, hooks_;
};

void print_one(const Manifest& manifest, std::string& out) {
  fmt::format_to(std::back_inserter(out), "---\n# Source: {}\n{}\n", manifest.template_name,
                 manifest.text);
}

/// The documents of `printed` that came from the wished templates, wish by wish.
Result<std::string> only(const std::string& printed, const std::vector<std::string>& wishes) {
  static const re2::RE2 source_line("# Source: [^/]+/(.+)");
  const std::vector<std::string_view> documents = split_documents(printed);
  std::string out;
  for (const std::string& wish : wishes) {
    const auto glob = Glob::compile(wish, GlobDialect::go_path);
    bool found = false;
    for (const std::string_view document : documents) {
      std::string path;
      if (!re2::RE2::PartialMatch(re2::StringPiece(document.data(), document.size()), source_line,
                                  &path)) {
        continue;
      }
      if (!glob || !glob->matches(path)) continue;
      found = true;
      out.append("---\n").append(document).append("\n");
    }
    if (!found)
      return Error(Errc::not_found, fmt::format("could not find template {} in chart", wish));
  }
  return out;
}

}  // namespace

std::vector<std::string_view> split_documents(std::string_view text) {
  std::vector<std::string_view> out;
  text = trimmed(text);
  const auto take = [&](std::size_t from, std::size_t to) {
    if (from < to) out.push_back(trimmed(text.substr(from, to - from)));
  };
  std::size_t from = 0;
  const auto separator_ends = [&](std::size_t dashes) {
    std::size_t at = dashes + 3;
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
  };
  if (text.starts_with("---")) from = separator_ends(0);
  // A newline that the separator before has eaten does not begin another one.
  for (std::size_t line = from;;) {
    line = text.find("\n---", line);
    if (line == std::string_view::npos) break;
    std::size_t to = line;
    while (to > from && is_blank(text[to - 1])) --to;
    take(from, to);
    from = line = separator_ends(line + 1);
  }
  take(from, text.size());
  return out;
}

Result<std::vector<Manifest>> split_manifests(const RenderedFiles& files,
                                              std::vector<std::string>& warnings) {
  Splitting splitting(warnings);
  for (const auto& [path, text] : files) {
    for (const std::string_view document : split_documents(text)) {
      if (auto added = splitting.add(path, document); !added) return added.error();
    }
  }
  return splitting.sorted();
}

Result<std::string> print_manifests(const std::vector<Manifest>& manifests,
                                    const PrintOptions& options) {
  std::string plain, hooks;
  for (const Manifest& manifest : manifests) {
    const bool test = manifest.sort == Manifest::Sort::test;
    const bool hook = test || manifest.sort == Manifest::Sort::hook;
    if (hook && (!options.hooks || (test && !options.tests))) continue;
    print_one(manifest, hook ? hooks : plain);
  }
  std::string out = std::string(trimmed(plain)) + "\n" + hooks;
  if (options.show_only.empty()) return out;
  return only(out, options.show_only);
}

}  // namespace spokelab::hub::helm
