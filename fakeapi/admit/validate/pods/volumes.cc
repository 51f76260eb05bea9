// Volumes: one source each, and what each source needs.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "fakeapi/admit/validate/pods/pods.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::int64_t kModeMax = 0777;
constexpr std::int64_t kShortestToken = 600;
constexpr const char* kNoMode = "must be a number between 0 and 0777 (octal), both inclusive";

void check_mode(Causes& causes, const Json& owner, const char* field, const std::string& at) {
  const Json* mode = find(owner, {field});
  if (mode == nullptr || !mode->is_number_integer()) return;
  if (*mode < 0 || *mode > kModeMax)
    causes.push_back(kube::invalid_value(at + "." + field, *mode, kNoMode));
}

void need(Causes& causes, const Json& owner, std::initializer_list<const char*> fields,
          const std::string& at) {
  for (const char* field : fields) {
    if (text_at(owner, {field}).empty())
      causes.push_back(kube::required_value(at + "." + field, ""));
  }
}

/// Paths within a volume.
void check_inner_path(Causes& causes, const std::string& path, const std::string& at) {
  check_descending_path(causes, at, path);
  if (path.starts_with("..") && !path.starts_with("../"))
    causes.push_back(kube::invalid_value(at, path, "must not start with '..'"));
}

void check_items(Causes& causes, const Json& source, const std::string& at) {
  const Json& items = list_at(source, {"items"});
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string here = fmt::format("{}.items[{}]", at, i);
    need(causes, items[i], {"key", "path"}, here);
    check_inner_path(causes, text_at(items[i], {"path"}), here + ".path");
    check_mode(causes, items[i], "mode", here);
  }
}

void check_named_source(Causes& causes, const Json& source, const char* name,
                        const std::string& at) {
  need(causes, source, {name}, at);
  check_mode(causes, source, "defaultMode", at);
  check_items(causes, source, at);
}

void check_host_path(Causes& causes, const Json& source, const std::string& at) {
  const std::string path = text_at(source, {"path"});
  if (path.empty()) return causes.push_back(kube::required_value(at + ".path", ""));
  check_no_backsteps(causes, at + ".path", path);
  one_of(causes, source, {"type"},
         {"", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate",
          "Socket"},
         at);
}

void check_projected(Causes& causes, const Json& volume, const std::string& at) {
  check_mode(causes, volume, "defaultMode", at);
  const Json& sources = list_at(volume, {"sources"});
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string here = fmt::format("{}.sources[{}]", at, i);
    for (const char* kind : {"secret", "configMap"}) {
      const Json* source = find(sources[i], {kind});
      if (source == nullptr) continue;
      need(causes, *source, {"name"}, here + "." + kind);
      check_items(causes, *source, here + "." + kind);
    }
    if (const Json* token = find(sources[i], {"serviceAccountToken"})) {
      const auto lives = int_at(*token, {"expirationSeconds"});
      if (lives < kShortestToken)
        causes.push_back(kube::invalid_value(here + ".serviceAccountToken.expirationSeconds", lives,
                                             "may not specify a duration less than 10 minutes"));
      // The path is told as one of the volume.
      need(causes, *token, {"path"}, at);
      check_inner_path(causes, text_at(*token, {"path"}), at + ".path");
    }
    if (sources[i].size() > 1)
      causes.push_back(
          kube::forbidden_value(here, "may not specify more than 1 volume type per source"));
  }
}

void check_source(Causes& causes, const std::string& kind, const Json& source,
                  const std::string& at) {
  if (kind == "secret") return check_named_source(causes, source, "secretName", at);
  if (kind == "configMap") return check_named_source(causes, source, "name", at);
  if (kind == "hostPath") return check_host_path(causes, source, at);
  if (kind == "persistentVolumeClaim") return need(causes, source, {"claimName"}, at);
  if (kind == "projected") return check_projected(causes, source, at);
  if (kind == "emptyDir") {
    const auto limit = kube::Quantity::parse(text_at(source, {"sizeLimit"}, "0"));
    if (limit && *limit < kube::Quantity())
      causes.push_back(kube::forbidden_value(at + ".sizeLimit",
                                             "SizeLimit field must be a valid resource quantity"));
  } else if (kind == "nfs") {
    need(causes, source, {"server", "path"}, at);
    const std::string path = text_at(source, {"path"});
    if (!path.starts_with('/'))
      causes.push_back(kube::invalid_value(at + ".path", path, "must be an absolute path"));
  } else if (kind == "csi") {
    need(causes, source, {"driver"}, at);
    std::string driver = text_at(source, {"driver"});
    std::transform(driver.begin(), driver.end(), driver.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    name_rule(causes, at + ".driver", text_at(source, {"driver"}),
              kube::dns_subdomain_problem(driver));
  } else if (kind == "ephemeral" && find(source, {"volumeClaimTemplate"}) == nullptr) {
    causes.push_back(kube::required_value(at + ".volumeClaimTemplate", ""));
  } else if (kind == "ephemeral") {
    check_claim_spec(causes, object_at(source, {"volumeClaimTemplate", "spec"}),
                     at + ".volumeClaimTemplate.spec");
  } else if (kind == "downwardAPI") {
    for (const Json& item : list_at(source, {"items"})) {
      // Told as fields of the volume, whichever item it is.
      if (const std::string path = text_at(item, {"path"}); path.empty())
        causes.push_back(kube::required_value(at + ".path", ""));
      const Json* field = find(item, {"fieldRef"});
      if (field != nullptr && text_at(*field, {"fieldPath"}).empty())
        causes.push_back(kube::required_value(at + ".fieldRef.fieldPath", ""));
    }
  }
}

}  // namespace

Volumes check_volumes(Causes& causes, const Json& spec, const std::string& at) {
  Volumes named;
  const Json& volumes = list_at(spec, {"volumes"});
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const std::string here = fmt::format("{}.volumes[{}]", at, i);
    std::size_t sources = 0;
    for (auto it = volumes[i].begin(); it != volumes[i].end(); ++it) {
      if (it.key() == "name") continue;
      const std::string spot = here + "." + it.key();
      if (++sources > 1)
        causes.push_back(kube::forbidden_value(spot, "may not specify more than 1 volume type"));
      else
        check_source(causes, it.key(), *it, spot);
    }
    const std::string name = text_at(volumes[i], {"name"});
    if (name.empty())
      causes.push_back(kube::required_value(here + ".name", ""));
    else if (const auto problem = kube::dns_label_problem(name); !problem.empty())
      causes.push_back(kube::invalid_value(here + ".name", name, problem));
    else if (!named.emplace(name, &volumes[i]).second)
      causes.push_back(kube::duplicate_value(here + ".name", name));
  }
  return named;
}

}  // namespace spokelab::fakeapi::validation
