// The volume binder: gives each claim with a storage class a volume of its own.
#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:persistent-volume-binder";

/// The class of a claim: its own, else the default one. nullptr: none.
JsonRef class_of(const Cluster& cluster, const Json& claim) {
  if (const Json* name = find(claim, {"spec", "storageClassName"});
      name != nullptr && name->is_string()) {
    if (name->get_ref<const std::string&>().empty()) return nullptr;
    return cluster.api.get("storageclasses.storage.k8s.io", "",
                           name->get_ref<const std::string&>());
  }
  for (JsonRef& each : cluster.api.list("storageclasses.storage.k8s.io")) {
    if (annotation_of(*each, "storageclass.kubernetes.io/is-default-class") == "true")
      return std::move(each);
  }
  return nullptr;
}

Result<JsonRef> make_volume(Cluster& cluster, const Json& claim, const Json& storage_class) {
  const Name key = name_of(claim);
  Json volume = Json::object();
  volume["apiVersion"] = "v1";
  volume["kind"] = "PersistentVolume";
  volume["metadata"]["name"] = "pvc-" + uid_of(claim);
  Json& spec = volume["spec"] = Json::object();
  spec["capacity"]["storage"] = text_at(claim, {"spec", "resources", "requests", "storage"}, "1Gi");
  spec["accessModes"] = array_at(claim, {"spec", "accessModes"});
  spec["persistentVolumeReclaimPolicy"] = text_at(storage_class, {"reclaimPolicy"}, "Delete");
  spec["storageClassName"] = name_of(storage_class).name;
  spec["volumeMode"] = text_at(claim, {"spec", "volumeMode"}, "Filesystem");
  spec["csi"] = {{"driver", text_at(storage_class, {"provisioner"})},
                 {"volumeHandle", "vol-" + uid_of(claim)}};
  spec["claimRef"] = {{"apiVersion", "v1"},
                      {"kind", "PersistentVolumeClaim"},
                      {"namespace", key.ns},
                      {"name", key.name},
                      {"uid", uid_of(claim)}};
  auto created = cluster.api.create(kUser, std::move(volume));
  if (!created && created.error().code() != Errc::already_exists) return created.error();
  const JsonRef stored = cluster.api.get("persistentvolumes", "", "pvc-" + uid_of(claim));
  if (!stored)
    return Error(Errc::not_found, "persistentvolumes \"pvc-" + uid_of(claim) + "\" not found");
  auto written = cluster.write_status(kUser, *stored, {{"phase", "Bound"}});
  if (!written) return written.error();
  return stored;
}

}  // namespace

Result<void> reconcile_volume_claim(Cluster& cluster, const Name& key) {
  const JsonRef claim = cluster.get("persistentvolumeclaims", key);
  if (!claim || is_deleting(*claim)) {
    cluster.forget_wait(ControllerId::volume_claim, key);
    return {};
  }
  const std::string phase = text_at(*claim, {"status", "phase"});
  if (phase == "Bound") return {};
  const JsonRef storage_class = class_of(cluster, *claim);
  if (!storage_class) {
    auto written = cluster.write_status(kUser, *claim, {{"phase", "Pending"}});
    if (!written) return written.error();
    return {};  // a new class leads back here
  }
  if (!cluster.waited(ControllerId::volume_claim, key, cluster.settings.volume)) return {};
  const auto volume = make_volume(cluster, *claim, *storage_class);
  if (!volume) return volume.error();
  Json patch = Json::object();
  patch["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] = "yes";
  patch["spec"]["volumeName"] = name_of(**volume).name;
  if (find(*claim, {"spec", "storageClassName"}) == nullptr) {
    patch["spec"]["storageClassName"] = name_of(*storage_class).name;
  }
  auto patched = cluster.api.merge_patch(kUser, "persistentvolumeclaims", key.ns, key.name, patch);
  if (!patched) return patched.error();
  Json status = {{"phase", "Bound"}};
  status["accessModes"] = array_at(*claim, {"spec", "accessModes"});
  status["capacity"]["storage"] = text_at(**volume, {"spec", "capacity", "storage"});
  auto written = cluster.write_status(kUser, **patched, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
