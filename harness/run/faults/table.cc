// The table of fault kinds: names as scenarios write them, and who makes them.
#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds{{"region-loss", start_region_loss},
                                            {"zone-loss", start_node_loss},
                                            {"node-loss", start_node_loss},
                                            {"partition", start_path_fault},
                                            {"blackhole", start_path_fault},
                                            {"refused", start_path_fault},
                                            {"latency", start_path_fault},
                                            {"loss", start_path_fault},
                                            {"bandwidth", start_path_fault},
                                            {"reset", start_connection_fault},
                                            {"half-open", start_connection_fault},
                                            {"api-restart", start_api_restart},
                                            {"api-errors", start_request_fault},
                                            {"throttle", start_request_fault},
                                            {"slow-requests", start_request_fault},
                                            {"stale-reads", start_request_fault},
                                            {"etcd-slow", start_request_fault},
                                            {"etcd-no-quorum", start_request_fault},
                                            {"forbidden", start_request_fault},
                                            {"webhook-down", start_request_fault},
                                            {"watch-stall", start_watch_stall},
                                            {"watch-close", start_watch_end},
                                            {"watch-expired", start_watch_end},
                                            {"watch-loss", start_watch_loss},
                                            {"unauthorized", start_credential_fault},
                                            {"tls", start_tls_fault},
                                            {"clock-skew", start_clock_skew},
                                            {"crash-loop", start_pod_fault},
                                            {"image-pull", start_pod_fault},
                                            {"hub-loss", start_hub_fault},
                                            {"hub-pause", start_hub_fault},
                                            {"component-loss", start_component_fault},
                                            {"git-down", start_git_fault},
                                            {"git-slow", start_git_fault},
                                            {"git-empty", start_git_fault},
                                            {"dns-down", start_name_fault},
                                            {"dns-stale", start_name_fault},
                                            {"dns-wrong", start_name_fault},
                                            {"router-loss", start_router_loss},
                                            {"probe-blind", start_probe_fault},
                                            {"probe-flap", start_probe_fault}};
  return kinds;
}

}  // namespace spokelab::harness
