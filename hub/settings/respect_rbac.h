// RespectRbac: what a kind that the hub may not read does to the mirror of its cluster.
#pragma once

namespace spokelab::hub {

/// `resource.respectRBAC` of argocd-cm: by default one kind that may not be listed fails the whole
/// cluster; `normal` leaves such kinds out; `strict` leaves them out once the cluster has confirmed
/// that they are not allowed.
enum class RespectRbac { off, normal, strict };

}  // namespace spokelab::hub
