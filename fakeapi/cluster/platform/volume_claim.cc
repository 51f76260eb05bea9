// The volume binder: gives each claim a volume that fits, or has one made; and what becomes of
// volumes whose claims are gone.
#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/cluster/cluster.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:persistent-volume-binder";
constexpr const char* kClaims = "persistentvolumeclaims";
constexpr const char* kVolumes = "persistentvolumes";
constexpr const char* kClasses = "storageclasses.storage.k8s.io";
constexpr const char* kSelectedNode = "volume.kubernetes.io/selected-node";
constexpr EventSource kSource{"persistentvolume-controller", ""};

/// The class that stands where a claim names none. Of several the newest counts.
JsonRef default_class(const Cluster& cluster) {
  JsonRef best;
  for (JsonRef& each : cluster.api.list(kClasses)) {
    if (annotation_of(*each, "storageclass.kubernetes.io/is-default-class") != "true") continue;
    if (!best || text_at(*each, {"metadata", "creationTimestamp"}) >
                     text_at(*best, {"metadata", "creationTimestamp"})) {
      best = std::move(each);
    }
  }
  return best;
}

std::int64_t bytes_of(const Json& object, std::initializer_list<std::string_view> path) {
  const auto parsed = kube::Quantity::parse(text_at(object, path, "0"));
  return parsed ? parsed->value() : 0;
}

bool is_bound_to(const Json& volume, const Json& claim) {
  const std::string uid = text_at(volume, {"spec", "claimRef", "uid"});
  return text_at(volume, {"spec", "claimRef", "namespace"}) == name_of(claim).ns &&
         text_at(volume, {"spec", "claimRef", "name"}) == name_of(claim).name &&
         (uid.empty() || uid == uid_of(claim));
}

bool fits(const Json& volume, const Json& claim) {
  if (is_deleting(volume)) return false;
  if (find(volume, {"spec", "claimRef"}) != nullptr) return is_bound_to(volume, claim);
  if (text_at(volume, {"spec", "storageClassName"}) !=
          text_at(claim, {"spec", "storageClassName"}) ||
      text_at(volume, {"spec", "volumeMode"}, "Filesystem") !=
          text_at(claim, {"spec", "volumeMode"}, "Filesystem") ||
      bytes_of(volume, {"spec", "capacity", "storage"}) <
          bytes_of(claim, {"spec", "resources", "requests", "storage"})) {
    return false;
  }
  const Json& offered = array_at(volume, {"spec", "accessModes"});
  for (const Json& mode : array_at(claim, {"spec", "accessModes"})) {
    if (std::find(offered.begin(), offered.end(), mode) == offered.end()) return false;
  }
  return find(claim, {"spec", "selector"}) == nullptr || selector_of(claim).matches_object(volume);
}

/// The volume the claim names, or the smallest one that fits.
JsonRef find_volume(const Cluster& cluster, const Json& claim) {
  if (const std::string name = text_at(claim, {"spec", "volumeName"}); !name.empty()) {
    JsonRef volume = cluster.api.get(kVolumes, "", name);
    const bool free = volume && find(*volume, {"spec", "claimRef"}) == nullptr;
    return volume && (free || is_bound_to(*volume, claim)) ? volume : nullptr;
  }
  JsonRef best;
  for (JsonRef& volume : cluster.api.list(kVolumes)) {
    if (!fits(*volume, claim)) continue;
    if (!best || bytes_of(*volume, {"spec", "capacity", "storage"}) <
                     bytes_of(*best, {"spec", "capacity", "storage"})) {
      best = std::move(volume);
    }
  }
  return best;
}

Json reference_to(const Json& claim) {
  const Name key = name_of(claim);
  return {
      {"apiVersion", "v1"},   {"kind", "PersistentVolumeClaim"},
      {"namespace", key.ns},  {"name", key.name},
      {"uid", uid_of(claim)}, {"resourceVersion", text_at(claim, {"metadata", "resourceVersion"})}};
}

/// A volume of a zone is of no use elsewhere.
Json zone_affinity(const Cluster& cluster, const std::string& node) {
  const JsonRef object = cluster.api.get("nodes", "", node);
  if (!object) return {};
  const std::string zone = text_at(*object, {"metadata", "labels", "topology.kubernetes.io/zone"});
  if (zone.empty()) return {};
  const Json expression = {
      {"key", "topology.kubernetes.io/zone"}, {"operator", "In"}, {"values", Json::array({zone})}};
  Json affinity = Json::object();
  affinity["required"]["nodeSelectorTerms"] =
      Json::array({Json{{"matchExpressions", Json::array({expression})}}});
  return affinity;
}

/// What the class's provisioner does.
Result<JsonRef> make_volume(Cluster& cluster, const Json& claim, const Json& storage_class) {
  const std::string provisioner = text_at(storage_class, {"provisioner"});
  Json volume = Json::object();
  volume["apiVersion"] = "v1";
  volume["kind"] = "PersistentVolume";
  volume["metadata"]["name"] = "pvc-" + uid_of(claim);
  volume["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] = provisioner;
  Json& spec = volume["spec"] = Json::object();
  spec["capacity"]["storage"] = text_at(claim, {"spec", "resources", "requests", "storage"}, "1Gi");
  spec["accessModes"] = array_at(claim, {"spec", "accessModes"});
  spec["persistentVolumeReclaimPolicy"] = text_at(storage_class, {"reclaimPolicy"}, "Delete");
  spec["storageClassName"] = name_of(storage_class).name;
  spec["volumeMode"] = text_at(claim, {"spec", "volumeMode"}, "Filesystem");
  if (const Json& options = array_at(storage_class, {"mountOptions"}); !options.empty())
    spec["mountOptions"] = options;
  spec["csi"] = {{"driver", provisioner}, {"volumeHandle", "vol-" + uid_of(claim)}};
  if (Json affinity = zone_affinity(cluster, annotation_of(claim, kSelectedNode));
      !affinity.is_null()) {
    spec["nodeAffinity"] = std::move(affinity);
  }
  spec["claimRef"] = reference_to(claim);
  auto created = cluster.api.create(kUser, std::move(volume));
  const JsonRef stored = cluster.api.get(kVolumes, "", "pvc-" + uid_of(claim));
  if (!stored) return created.error();
  cluster.events.tell({provisioner, ""}, claim,
                      {kNormal, "ProvisioningSucceeded",
                       "Successfully provisioned volume pvc-" + uid_of(claim), ""});
  return stored;
}

Result<void> bind(Cluster& cluster, const Json& claim, const Json& volume) {
  const Name key = name_of(claim);
  const std::string name = name_of(volume).name;
  if (find(volume, {"spec", "claimRef", "uid"}) == nullptr) {
    Json patch = Json::object();
    patch["spec"]["claimRef"] = reference_to(claim);
    patch["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"] = "yes";
    auto patched = cluster.api.merge_patch(kUser, kVolumes, "", name, patch);
    if (!patched) return patched.error();
  }
  if (auto written =
          cluster.write_status(kUser, *cluster.api.get(kVolumes, "", name), {{"phase", "Bound"}});
      !written) {
    return written.error();
  }
  Json patch = Json::object();
  Json& annotations = patch["metadata"]["annotations"];
  annotations["pv.kubernetes.io/bind-completed"] = "yes";
  if (text_at(claim, {"spec", "volumeName"}).empty()) {
    annotations["pv.kubernetes.io/bound-by-controller"] = "yes";
    patch["spec"]["volumeName"] = name;
  }
  auto patched = cluster.api.merge_patch(kUser, kClaims, key.ns, key.name, patch);
  if (!patched) return patched.error();
  Json status = {{"phase", "Bound"}};
  status["accessModes"] = array_at(volume, {"spec", "accessModes"});
  status["capacity"] = object_at(volume, {"spec", "capacity"});
  auto written = cluster.write_status(kUser, **patched, std::move(status));
  if (!written) return written.error();
  return {};
}

/// The claim waits, and everybody may know for what.
Result<void> stay_pending(Cluster& cluster, const Json& claim, EventText why) {
  cluster.events.tell(kSource, claim, why);
  if (text_at(claim, {"status", "phase"}) == "Pending") return {};
  auto written = cluster.write_status(kUser, claim, {{"phase", "Pending"}});
  if (!written) return written.error();
  return {};
}

/// Names the class where the claim left that open, and its provisioner.
Result<JsonRef> name_class(Cluster& cluster, JsonRef claim) {
  const Name key = name_of(*claim);
  Json patch = Json::object();
  if (find(*claim, {"spec", "storageClassName"}) == nullptr) {
    if (const JsonRef chosen = default_class(cluster); chosen)
      patch["spec"]["storageClassName"] = name_of(*chosen).name;
  }
  const std::string name =
      text_at(patch, {"spec", "storageClassName"}, text_at(*claim, {"spec", "storageClassName"}));
  const JsonRef chosen = name.empty() ? nullptr : cluster.api.get(kClasses, "", name);
  if (chosen) {
    for (const char* annotation : {"volume.beta.kubernetes.io/storage-provisioner",
                                   "volume.kubernetes.io/storage-provisioner"}) {
      if (annotation_of(*claim, annotation).empty())
        patch["metadata"]["annotations"][annotation] = text_at(*chosen, {"provisioner"});
    }
  }
  if (patch.empty()) return claim;
  return cluster.api.merge_patch(kUser, kClaims, key.ns, key.name, patch);
}

Result<void> provision(Cluster& cluster, const Json& claim) {
  const Name key = name_of(claim);
  const std::string name = text_at(claim, {"spec", "storageClassName"});
  if (name.empty()) {
    return stay_pending(
        cluster, claim,
        {kNormal, "FailedBinding",
         "no persistent volumes available for this claim and no storage class is set", ""});
  }
  const JsonRef storage_class = cluster.api.get(kClasses, "", name);
  if (!storage_class) {
    return stay_pending(cluster, claim,
                        {kWarning, "ProvisioningFailed",
                         fmt::format("storageclass.storage.k8s.io \"{}\" not found", name), ""});
  }
  if (text_at(*storage_class, {"volumeBindingMode"}) == "WaitForFirstConsumer" &&
      annotation_of(claim, kSelectedNode).empty()) {
    return stay_pending(cluster, claim,
                        {kNormal, "WaitForFirstConsumer",
                         "waiting for first consumer to be created before binding", ""});
  }
  const std::string provisioner = text_at(*storage_class, {"provisioner"});
  // Nobody makes volumes for a class that says so.
  if (provisioner == "kubernetes.io/no-provisioner") {
    return stay_pending(cluster, claim,
                        {kWarning, "ProvisioningFailed",
                         "no volume plugin matched name: kubernetes.io/no-provisioner", ""});
  }
  if (!cluster.is_waiting(ControllerId::volume_claim, key)) {
    const EventText waiting{
        kNormal, "ExternalProvisioning",
        fmt::format(
            "Waiting for a volume to be created either by the external provisioner '{}' or "
            "manually "
            "by the system administrator. If volume creation is delayed, please verify that the "
            "provisioner is running and correctly registered.",
            provisioner),
        ""};
    if (auto done = stay_pending(cluster, claim, waiting); !done) return done;
  }
  if (!cluster.waited(ControllerId::volume_claim, key, cluster.settings.volume)) return {};
  const auto volume = make_volume(cluster, claim, *storage_class);
  if (!volume) return volume.error();
  return bind(cluster, *cluster.get(kClaims, key), **volume);
}

}  // namespace

Result<void> reconcile_volume_claim(Cluster& cluster, const Name& key) {
  JsonRef found = cluster.get(kClaims, key);
  if (!found || is_deleting(*found)) {
    cluster.forget_wait(ControllerId::volume_claim, key);
    return {};
  }
  if (text_at(*found, {"status", "phase"}) == "Bound") {
    const std::string volume = text_at(*found, {"spec", "volumeName"});
    if (cluster.api.get(kVolumes, "", volume)) return {};
    cluster.events.tell(kSource, *found,
                        {kWarning, "ClaimLost",
                         "Bound claim has lost its PersistentVolume. Data on "
                         "the volume is lost!",
                         ""});
    Json status = object_at(*found, {"status"});
    status["phase"] = "Lost";
    auto written = cluster.write_status(kUser, *found, std::move(status));
    if (!written) return written.error();
    return {};
  }
  if (text_at(*found, {"status", "phase"}) == "Lost") return {};
  const auto claim = name_class(cluster, std::move(found));
  if (!claim) return claim.error();
  if (const JsonRef volume = find_volume(cluster, **claim); volume)
    return bind(cluster, **claim, *volume);
  if (const std::string name = text_at(**claim, {"spec", "volumeName"}); !name.empty()) {
    return stay_pending(
        cluster, **claim,
        {kWarning, "FailedBinding",
         fmt::format("volume \"{}\" already bound to a different claim.", name), ""});
  }
  return provision(cluster, **claim);
}

Result<void> reconcile_volume(Cluster& cluster, const Name& key) {
  const JsonRef volume = cluster.get(kVolumes, key);
  if (!volume || is_deleting(*volume)) return {};
  const std::string phase = text_at(*volume, {"status", "phase"});
  const Json* reference = find(*volume, {"spec", "claimRef"});
  const std::string uid = text_at(*volume, {"spec", "claimRef", "uid"});
  if (reference == nullptr || uid.empty()) {
    if (phase == "Available") return {};
    auto written = cluster.write_status(kUser, *volume, {{"phase", "Available"}});
    if (!written) return written.error();
    return {};
  }
  const JsonRef claim =
      cluster.api.get(kClaims, text_at(*reference, {"namespace"}), text_at(*reference, {"name"}));
  if (claim && uid_of(*claim) == uid) return {};
  if (text_at(*volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Delete") {
    auto removed = cluster.api.remove(kUser, kVolumes, "", key.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
    return {};
  }
  if (phase == "Released") return {};
  auto written = cluster.write_status(kUser, *volume, {{"phase", "Released"}});
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
