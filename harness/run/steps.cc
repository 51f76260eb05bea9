#include "harness/run/steps.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "harness/repo/yaml_edit.h"

namespace spokelab::harness {

namespace {

constexpr std::string_view kByHand = "kubectl-by-hand";

Result<std::string> changed_file(const std::string& path, const FileChange& change,
                                 const FileTree& files, const Assets& assets) {
  if (const auto* content = std::get_if<NewContent>(&change)) return content->text;
  if (const auto* copy = std::get_if<FileRef>(&change)) return assets.text(copy->path);
  const auto old = files.find(path);
  if (old == files.end())
    return Error(Errc::not_found, fmt::format("{}: no such file in the repository", path));
  if (const auto* replace = std::get_if<ReplaceText>(&change)) {
    std::string text = *old->second;
    std::size_t at = text.find(replace->from);
    if (at == std::string::npos) {
      return Error(Errc::not_found,
                   fmt::format("{}: '{}' does not occur in it", path, replace->from));
    }
    for (; at != std::string::npos; at = text.find(replace->from, at + replace->to.size())) {
      text.replace(at, replace->from.size(), replace->to);
    }
    return text;
  }
  const auto& set = std::get<SetValues>(change);
  return set_yaml_values(*old->second, set.values);
}

Result<std::string> commit(const CommitStep& step, Lab& lab) {
  auto* repo = lab.repos().find_repo(step.repo);
  if (repo == nullptr) return Error(Errc::not_found, "no such repository: " + step.repo);
  const auto tip = repo->tip(step.branch);
  if (!tip) return tip.error();
  std::map<std::string, std::optional<std::string>> changes;
  for (const auto& [path, change] : step.files) {
    if (std::holds_alternative<DeleteFile>(change)) {
      changes[path] = std::nullopt;
      continue;
    }
    auto content = changed_file(path, change, **tip, lab.assets());
    if (!content) return content.error();
    changes[path] = std::move(*content);
  }
  auto id = repo->commit(step.branch, changes);
  if (!id) return id.error();
  if (step.webhook) {
    const std::string branch = repo->branch_or_default(step.branch);
    const bool head = branch == repo->branch_or_default("");
    lab.operate(lab.tell_of_push(step.repo, branch, head));
  }
  return fmt::format("commit {} \"{}\" in {}", id->substr(0, 7), step.message, step.repo);
}

/// The object that a step means, on its cluster.
struct Found {
  fakeapi::LocalApi* api;
  std::string group_resource;
  ObjectRef ref;
};
Result<Found> find_object(const std::string& cluster, const ObjectRef& ref, Lab& lab) {
  const auto* type = lab.type_of(cluster, ref.kind);
  if (type == nullptr) {
    return Error(Errc::not_found, fmt::format("cluster {} serves no kind '{}'", cluster, ref.kind));
  }
  if (lab.site(cluster).api_down > 0) {
    return Error(Errc::refused, fmt::format("the API server of {} is down", cluster));
  }
  Found found{lab.site(cluster).api.get(), type->group_resource(), ref};
  if (found.api->get(found.group_resource, ref.ns, ref.name) == nullptr) {
    return Error(Errc::not_found,
                 fmt::format("no {} {}/{} on {}", ref.kind, ref.ns, ref.name, cluster));
  }
  return found;
}

Result<std::string> edit(const EditStep& step, Lab& lab) {
  auto found = find_object(step.cluster, step.object, lab);
  if (!found) return found.error();
  auto done = found->api->merge_patch(kByHand, found->group_resource, step.object.ns,
                                      step.object.name, *step.patch);
  if (!done) return done.error();
  return fmt::format("{} {}/{} on {} edited by hand: {}", step.object.kind, step.object.ns,
                     step.object.name, step.cluster, step.patch->dump());
}

Result<std::string> remove(const DeleteStep& step, Lab& lab) {
  auto found = find_object(step.cluster, step.object, lab);
  if (!found) return found.error();
  auto propagation = step.propagation;
  if (!propagation.empty()) propagation[0] = static_cast<char>(propagation[0] - 'a' + 'A');
  auto done = found->api->remove(kByHand, found->group_resource, step.object.ns, step.object.name,
                                 propagation);
  if (!done) return done.error();
  return fmt::format("{} {}/{} on {} deleted by hand", step.object.kind, step.object.ns,
                     step.object.name, step.cluster);
}

Result<std::string> restart(const RestartStep& step, Lab& lab, Truths& truths) {
  std::string names;
  for (auto& [name, replica] : lab.replicas()) {
    const auto wanted = step.replica.kind == Place::Kind::owner ? lab.owner_of(step.replica.name)
                                                                : step.replica.name;
    if (step.replica.kind != Place::Kind::hub && wanted != name) continue;
    if (lab.is_held_down(name)) continue;
    replica->kill();
    replica->start();
    names += (names.empty() ? "" : ", ") + name;
  }
  if (names.empty())
    return Error(Errc::not_found, fmt::format("no hub replica {} that a fault does not keep down",
                                              step.replica.name));
  truths.update();
  return names + " restarted";
}

}  // namespace

Result<std::string> carry_out(const Step& step, Lab& lab, Truths& truths) {
  if (const auto* one = std::get_if<CommitStep>(&step.action)) return commit(*one, lab);
  if (const auto* one = std::get_if<EditStep>(&step.action)) return edit(*one, lab);
  if (const auto* one = std::get_if<DeleteStep>(&step.action)) return remove(*one, lab);
  if (const auto* one = std::get_if<RestartStep>(&step.action)) return restart(*one, lab, truths);
  if (const auto* one = std::get_if<LabelStep>(&step.action)) {
    lab.operate(lab.label(one->cluster, one->labels));
    std::string words;
    for (const auto& [key, value] : one->labels) {
      words += fmt::format(" {}{}", key, value ? "=" + *value : std::string("-"));
    }
    return fmt::format("label cluster {}:{}", one->cluster, words);
  }
  if (const auto* one = std::get_if<ApplyStep>(&step.action)) {
    std::size_t count = 0;
    for (const auto& file : one->files) {
      const auto& objects = lab.assets().manifests(file.path);
      count += objects.size();
      lab.operate(lab.apply(one->cluster, objects));
    }
    return fmt::format("apply {} object{} to {}", count, count == 1 ? "" : "s", one->cluster);
  }
  if (const auto* one = std::get_if<RegisterStep>(&step.action)) {
    lab.operate(lab.register_site(one->cluster));
    return "register cluster " + one->cluster;
  }
  if (const auto* one = std::get_if<SyncStep>(&step.action)) {
    lab.operate(lab.sync_app(*one));
    return "sync " + one->app;
  }
  if (const auto* one = std::get_if<RefreshStep>(&step.action)) {
    lab.operate(lab.refresh_app(*one));
    return fmt::format("{}refresh {}", one->hard ? "hard " : "", one->app);
  }
  const auto& one = std::get<UnregisterStep>(step.action);
  lab.operate(lab.unregister_site(one.cluster));
  return "unregister cluster " + one.cluster;
}

}  // namespace spokelab::harness
