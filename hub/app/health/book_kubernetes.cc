// The rule book: Kubernetes' own kinds without a check in code, and what runs on or beside it.
#include "hub/app/health/rule_book.h"

namespace spokelab::hub {

const std::string_view kBookKubernetes = R"(
batch/CronJob
  spec.suspend=true => Healthy CronJob is Suspended
  !status? => Progressing Waiting for CronJob
  !status.lastScheduleTime? => Healthy CronJob has not been scheduled yet
  !status.lastSuccessfulTime? => Healthy The CronJob never completed successfully. It may not be healthy
  #status.active>0 => Healthy The job is running. Its last execution may not have been successful
  set scheduled {status.lastScheduleTime}
  set succeeded {status.lastSuccessfulTime}
  $succeeded<@$scheduled => Degraded CronJob has not completed its last execution successfully
  => Healthy CronJob has completed its last execution successfully

policy/PodDisruptionBudget
  -> Progressing Waiting for status
  each status.conditions
    .status=False .reason!=InsufficientPods => Degraded PodDisruptionBudget has {.reason}
    -> Healthy PodDisruptionBudget has {.reason}

apiextensions.k8s.io/CustomResourceDefinition
  #status.conditions=0 => Progressing Status conditions not found
  each status.conditions
    .type=Terminating .status=True => Progressing CRD is terminating: {.message}
    .type=NamesAccepted .status=False => Degraded CRD names have not been accepted: {.message}
    .type=NonStructuralSchema .status=True => Degraded Schema violations found: {.message}
    .type=Established
      .status=True set established yes
      .status!=True .reason=Installing => Progressing CRD is being installed
  !$established => Degraded CRD is not established
  => Healthy CRD is healthy

snapshot.storage.k8s.io/VolumeSnapshot snapshot.storage.k8s.io/VolumeSnapshotContent
  status.readyToUse => Healthy Ready to use
  status.error? => Degraded {status.error.message}
  => Progressing Waiting for status

gateway.networking.k8s.io/GatewayClass
  each status.conditions
    .type=Accepted
      metadata.generation? .observedGeneration? .observedGeneration!=@metadata.generation next
      .status=True => Healthy {.message|GatewayClass is accepted}
      .status=False => Degraded {.message|GatewayClass is not accepted}
      => Progressing {.message|Waiting for GatewayClass status}
  => Progressing Waiting for GatewayClass status

gateway.networking.k8s.io/Gateway
  each status.conditions
    .type=ResolvedRefs .status=False => Degraded {.message|Failed condition: ResolvedRefs}
  each status.conditions
    .type=Accepted .status=False => Degraded {.message|Failed condition: Accepted}
  each status.conditions
    .type=Programmed .status!=True => Progressing {.message|Gateway is still being programmed}
  each status.listeners
    each .conditions
      .type=ResolvedRefs .status=False => Degraded Listener: {.message|Failed condition: ResolvedRefs}
    each .conditions
      .type=Accepted .status=False => Degraded Listener: {.message|Failed condition: Accepted}
    each .conditions
      .type=Programmed .status!=True => Progressing Listener: {.message|Listener is still being programmed}
  status.conditions? => Healthy Gateway is healthy
  #status.listeners>0 => Healthy Gateway is healthy
  => Progressing Waiting for Gateway status

gateway.networking.k8s.io/GRPCRoute
  each status.parents
    set parent {.parentRef.name}
    each .conditions
      .type=ResolvedRefs .status=False => Degraded Parent {$parent}: {.message|Failed condition: ResolvedRefs}
    each .conditions
      .type=Accepted .status=False => Degraded Parent {$parent}: {.message|Failed condition: Accepted}
    each .conditions
      .type=Programmed .status!=True => Progressing Parent {$parent}: {.message|Route is still being programmed}
  each status.parents
    #.conditions>0 => Healthy GRPCRoute is healthy
  => Progressing Waiting for GRPCRoute status

gateway.networking.k8s.io/HTTPRoute
  each status.parents
    set parent {.parentRef.name}
    set observed yes
    metadata.generation? #.conditions=0 set observed
    metadata.generation? each .conditions
      .observedGeneration? .observedGeneration!=@metadata.generation set observed
    !$observed next
    each .conditions
      .type=ResolvedRefs .status=False => Degraded Parent {$parent}: {.message|Failed condition: ResolvedRefs}
    each .conditions
      .type=Accepted .status=False => Degraded Parent {$parent}: {.message|Failed condition: Accepted}
    each .conditions
      .type=Programmed .status!=True => Progressing Parent {$parent}: {.message|Route is still being programmed}
    #.conditions>0 set seen yes
  $seen => Healthy HTTPRoute is healthy
  => Progressing Waiting for HTTPRoute status

gateway.networking.k8s.io/BackendTLSPolicy
  metadata.generation? each status.ancestors
    set ancestor {.ancestorRef.name}
    each .conditions
      .observedGeneration? .observedGeneration!=@metadata.generation => Progressing Waiting for Ancestor {$ancestor} to update BackendTLSPolicy status
  -> Progressing Waiting for BackendTLSPolicy status
  each status.ancestors
    set ancestor {.ancestorRef.name}
    each .conditions
      .type=Accepted|ResolvedRefs .status!=True => Degraded Ancestor {$ancestor}: {.message}
      .type=Accepted -> Healthy BackendTLSPolicy is healthy

addons.cluster.x-k8s.io/ClusterResourceSet
  each status.conditions
    .type=ResourcesApplied .status=True => Healthy cluster resource set is applied
    .type=ResourcesApplied .status=False => Degraded {.message}
  => Progressing Initializing cluster resource set

cluster.x-k8s.io/Cluster
  spec.paused => Suspended Cluster is paused
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
  status.phase=Provisioned => Healthy Cluster is running
  status.phase=Failed => Degraded
  => Progressing Waiting for clusters

cluster.x-k8s.io/Machine
  status.phase=Running => Healthy Machine is running
  set why Condition is unknown
  each status.conditions
    .type=Ready .status=False set why {.message}
    .type=Ready .status=False stop
  status.phase=Failed => Degraded {$why}
  => Progressing {$why}

cluster.x-k8s.io/MachineDeployment
  spec.paused => Suspended MachineDeployment is paused
  status.phase=Running => Healthy Machines are running under this deployment
  status.phase=ScalingUp => Progressing Cluster is spawning machines
  status.phase=ScalingDown => Progressing Cluster is stopping machines
  status.phase=Failed => Degraded MachineDeployment is failed
  => Progressing Waiting for machines

cluster.x-k8s.io/MachineHealthCheck
  !status.currentHealthy? => Progressing
  status.expectedMachines=@status.currentHealthy => Healthy
  => Degraded

cluster.x-k8s.io/MachinePool
  status.phase? set said MachinePool is {status.phase}
  each status.conditions
    .type? .status=False .reason? join lacking ', ' Not {.type} ({.reason})
    .type? .status=False !.reason? join lacking ', ' Not {.type}
  $lacking set said {$said}: {$lacking}
  status.phase=Running|Scaling => Healthy {$said}
  status.phase=Failed|Unknown => Degraded {$said}
  => Progressing {$said}

controlplane.cluster.x-k8s.io/AWSManagedControlPlane
  !status.conditions? => Progressing Provisioning...
  each status.conditions
    .type=Ready .status=True => Healthy Control plane is ready
    .status=False .severity=Error set why {$why}{.message} 
  $why => Degraded {$why}
  status.ready=false => Progressing Control plane is not ready (.status.ready is false)
  => Progressing Control plane is not ready

karpenter.sh/NodePool(NodePool)
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
    .type=Ready .status=True => Healthy {.message}
  => Progressing Waiting for NodePool to be ready

karpenter.k8s.aws/EC2NodeClass
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
    .type=Ready .status=True => Healthy EC2NodeClass is ready
  => Progressing Waiting for EC2NodeClass to be ready

karpenter.sh/NodeClaim
  metadata.generation? status.observedGeneration? metadata.generation!=@status.observedGeneration => Progressing Waiting for NodeClaim spec to be reconciled
  each status.conditions
    .type=Disrupting .status=True => Suspended {.message}
  each status.conditions
    .type=Ready .status=True => Healthy {.message}
    .type=Ready .status=False => Degraded {.message}
  each status.conditions
    .type=Initialized .status=True => Progressing Node initialized, waiting for Ready
  each status.conditions
    .type=Registered .status=True => Progressing Node registered, waiting for initialization
  each status.conditions
    .type=Launched .status=True => Progressing Node launched, waiting for registration
  => Progressing Waiting for NodeClaim to be launched

nmstate.io/NodeNetworkConfigurationPolicy
  each status.conditions
    .status=True
      set why {.reason}
      .message? .message!= set why {.reason}: {.message}
      .type=Available => Healthy {$why}
      .type=Degraded => Degraded {$why}
      .type=Progressing => Progressing {$why}
      .type=Ignored => Suspended {$why}
  => Progressing Waiting for policy to be applied

networking.gke.io/ManagedCertificate
  each status.domainStatus
    .status=FailedNotVisible => Degraded At least one certificate has failed to be provisioned
  status.certificateStatus=Active => Healthy All certificates are active
  => Progressing At least one certificate is still being provisioned

operator.openshift.io/IngressController
  each status.conditions
    .type=Degraded .status=True => Degraded {.message}
    .type=DeploymentReplicasAllAvailable .status=False => Progressing {.message}
    .type=Progressing .status=True => Progressing {.reason}
    .type=Available .status=True => Healthy IngressController is available
  => Progressing Status of IngressController is not known yet

apps.openshift.io/DeploymentConfig
  status.conditions? status.replicas?
    each status.conditions
      .type=Available .status=True add good
      .type=Progressing .reason=NewReplicationControllerAvailable .status=True add good
    $good=2 => Healthy replication controller successfully rolled out
    status.replicas=0 => Healthy replication controller successfully rolled out
    $good!=1 => Degraded Deployment config is degraded
  => Progressing replication controller is waiting for pods to run

route.openshift.io/Route
  status.ingress?
    each status.ingress
      add rules
      each .conditions
        .type=Admitted .status=True add good
        .type=Admitted .status=False add bad
    $good=@$rules => Healthy Route is healthy
    $bad>0 => Degraded Route is degraded
  => Progressing Route is still getting admitted

operators.coreos.com/Subscription
  !status.conditions? => Progressing An install plan for a subscription is pending installation
  spec.installPlanApproval=Manual status.installedCSV? each status.conditions
    .type=InstallPlanPending .status=True .reason=RequiresApproval set manual yes
  each status.conditions
    $manual .type=InstallPlanPending next
    set said {$said}{$i}: {.type} | {.status}\n
    .type=InstallPlanPending .status=True add pending
    else .type=InstallPlanMissing .reason!=ReferencedInstallPlanNotFound add bad
    else .type=CatalogSourcesUnhealthy|InstallPlanFailed|ResolutionFailed .status=True add bad
  !status.state? set said {$said}.status.state not yet known\n
  else status.state=UpgradePending $manual set said {$said}.status.state is 'UpgradePending' (manual InstallPlan approval pending; treated as healthy)\n
  else set said {$said}.status.state is '{status.state}'\n
  !status.state? add pending
  status.state=|UpgradeAvailable add pending
  status.state=UpgradePending !$manual add pending
  status.state=UpgradeFailed add bad
  $bad>0 => Degraded {$said}
  $pending>0 => Progressing {$said}
  => Healthy {$said}

ocs.openshift.io/StorageCluster
  each status.conditions
    .type=Degraded .status=True set bad {.message}
    .type=Degraded .status=True add worst
    .type=Progressing .status=True set busy {.message}
    .type=Progressing .status=True add middle
    .type=Available .status=True set good {.message}
    .type=Available .status=True add best
  $worst>0 => Degraded {$bad}
  $middle>0 => Progressing {$busy}
  $best>0 => Healthy {$good}
  => Unknown StorageCluster is in an unknown state.

policy.open-cluster-management.io/CertificatePolicy
  !status.compliant? => Progressing Waiting for the status to be reported
  status.compliant=Compliant => Healthy All certificates found comply with the policy
  => Degraded At least once certificate does not comply with the policy

policy.open-cluster-management.io/OperatorPolicy
  !status.conditions? => Progressing Waiting for the status to be reported
  status.observedGeneration? status.observedGeneration!=@metadata.generation => Progressing Waiting for the status to be updated
  each status.conditions
    .type=Compliant .status=True => Healthy {.message}
    .type=Compliant => Degraded {.message}
  => Progressing Waiting for the compliance condition

policy.open-cluster-management.io/ConfigurationPolicy
  !status.compliant? => Progressing Waiting for the status to be reported
  status.lastEvaluatedGeneration!=@metadata.generation => Progressing Waiting for the status to be updated
  !status.compliancyDetails? => Progressing Waiting for compliance
  each status.compliancyDetails
    each .conditions
      .message? .type? join said '; ' {.type} - {.message}
  status.compliant=Compliant => Healthy {$said}
  => Degraded {$said}

policy.open-cluster-management.io/Policy
  spec.disabled => Healthy Policy is disabled
  !status? => Progressing Waiting for the status to be reported
  !status.compliant? !status.status? #status.placement>0 => Healthy No clusters match this policy
  !status.compliant? => Progressing Waiting for the status to be reported
  each status.status
    .compliant!=Compliant join bad ', ' {.clustername}
  status.status? $bad set said NonCompliant clusters: {$bad}
  status.status? !$bad set said All clusters are compliant
  !status.status? each status.details
    .compliant!=Compliant join bad ', ' {.templateMeta.name}
  !status.status? status.details? $bad set said NonCompliant templates: {$bad}
  !status.status? status.details? !$bad set said All templates are compliant
  status.compliant=Compliant => Healthy {$said}
  => Degraded {$said}

work.karmada.io/ClusterResourceBinding work.karmada.io/ResourceBinding
  !status? => Progressing Current resource status is insufficient
  #spec.clusters=0 => Progressing Current resource status is insufficient
  !status.aggregatedStatus? => Progressing Current resource status is insufficient
  #spec.clusters!=@#status.aggregatedStatus => Progressing Current resource status is insufficient
  each status.aggregatedStatus
    .health=Unhealthy => Degraded Current resource status is unhealthy
    .health=Unknown .applied!=true => Degraded Current resource status is unhealthy
  => Healthy

core.gardener.cloud/Shoot
  set label {metadata.labels[shoot.gardener.cloud/status]}
  $label=healthy => Healthy Component state: Healthy
  $label=progressing => Progressing Component state: Update in progress
  $label=unhealthy => Degraded Component state: Unhealthy
  $label=unknown => Unknown Component state: Unknown
  => Progressing Update in progress
)";

}  // namespace spokelab::hub
