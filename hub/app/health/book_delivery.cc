// The rule book: what delivers and automates, Argo's own projects, Flux, Knative and the like.
#include "hub/app/health/rule_book.h"

namespace spokelab::hub {

const std::string_view kBookDelivery = R"(
argoproj.io/ApplicationSet
  each status.conditions
    .type=ErrorOccurred .status=True => Degraded {.message}
  each status.conditions
    .type=ResourcesUpToDate .status=False => Degraded {.message}
  each status.conditions
    .type=RolloutProgressing .status=True => Progressing {.message}
  each status.conditions
    .type=ResourcesUpToDate .status=True => Healthy {.message}
  => Progressing Waiting for the status to be reported

argoproj.io/AnalysisRun
  !status? => Progressing Waiting for analysis run to finish: status has not been reconciled.
  status.phase=Pending|Running => Progressing Analysis run is running
  status.phase=Successful => Healthy {status.message|Analysis run completed successfully}
  status.phase=Failed => Degraded {status.message|Analysis run failed}
  status.phase=Error => Degraded {status.message|Analysis run had an error}
  status.phase=Inconclusive => Unknown {status.message|Analysis run was inconclusive}

argoproj.io/CronWorkflow
  each status.conditions
    .type=SpecError|SubmissionError .status=True => Degraded {.message}
    .type=Completed .status=True => Healthy {.message}
  => Healthy CronWorkflow is healthy.

argoproj.io/EventBus
  each status.conditions
    .type=Deployed .status=False => Degraded {.message|.reason}
    .type=Deployed .status=True => Healthy {.message|.reason}
  => Progressing Waiting for initialization

argoproj.io/Experiment
  !status? => Progressing Waiting for experiment to finish: status has not been reconciled.
  status.phase=Pending => Progressing Experiment is pending
  status.phase=Running => Progressing Experiment is running
  status.phase=Successful => Healthy Experiment is successful
  status.phase=Failed => Degraded Experiment has failed
  status.phase=Error => Degraded Experiment had an error

argoproj.io/Rollout
  !status? => Progressing Waiting for rollout spec update to be observed
  set generation {status.observedGeneration}
  $generation $generation<@metadata.generation => Progressing Waiting for rollout spec update to be observed
  spec.workloadRef? metadata.annotations? metadata.annotations[rollout.argoproj.io/workload-generation]!=@status.workloadObservedGeneration => Progressing Waiting for rollout spec update to be observed
  status.phase=Paused => Suspended {status.message}
  status.phase? => {status.phase} {status.message}
  each status.conditions
    .type=InvalidSpec => Degraded {.message}
    .type=Progressing .reason=RolloutAborted|ProgressDeadlineExceeded => Degraded {.message}
  #status.pauseConditions>0 => Suspended Rollout is paused
  spec.paused => Suspended Rollout is paused
  !status.currentPodHash? => Progressing Waiting for rollout to finish: status has not been reconciled.
  set wanted {spec.replicas|1}
  set replicas {status.replicas|0}
  set updated {status.updatedReplicas|0}
  set available {status.availableReplicas|0}
  $updated<@$wanted => Progressing Waiting for roll out to finish: More replicas need to be updated
  $available<@$updated => Progressing Waiting for roll out to finish: updated replicas are still becoming available
  set stable {status.canary.stableRS}
  status.stableRS? set stable {status.stableRS}
  spec.strategy.blueGreen?
    status.blueGreen.activeSelector!=@status.currentPodHash => Progressing active service cutover pending
    $stable $stable!=@status.currentPodHash => Progressing waiting for analysis to complete
    => Healthy
  spec.strategy.canary?
    $replicas>@$updated => Progressing Waiting for roll out to finish: old replicas are pending termination
    $stable!=@status.currentPodHash => Progressing Waiting for rollout to finish steps
  => Healthy

spot.io/SpotDeployment
  status.conditions?
    each status.conditions
      .type=InvalidSpec => Degraded {.message}
      .type=Progressing .reason=RolloutAborted|ProgressDeadlineExceeded => Degraded {.message}
      .type=Paused .status=True => Suspended Rollout is paused
    status.phase=Progressing => Progressing Waiting for rollout to finish steps
    => Healthy

rollouts.kruise.io/Rollout
  metadata.generation=@status.observedGeneration
    set step {status.canaryStatus.currentStepState}
    $step=StepPaused status.phase=Progressing => Suspended Rollout is Paused need manual intervention
    $step=Completed status.phase=Healthy => Healthy Rollout is Completed
    $step=StepPaused status.phase=Terminating|Disabled => Degraded Rollout is Disabled or Terminating
  => Progressing Rollout is still progressing

flagger.app/Canary
  !status? => Unknown No status
  status.canaryWeight>0 set said Canary Weight: {status.canaryWeight} %
  each status.conditions
    join said ' --- ' {.message}
  set said {status.phase} --- {$said}
  status.phase=Failed => Degraded {$said}
  status.phase=Progressing|Finalising|Promoting => Progressing {$said}
  status.phase=Succeeded|Initialized => Healthy {$said}
  => Unknown {$said}

notification.toolkit.fluxcd.io/Receiver
  spec.suspend=true => Suspended {kind} is suspended
  !status.conditions? => Progressing Status unknown
  each status.conditions
    .type=Ready
      .status=True add good
      .status=False add bad
      set why {.reason}
    .type=Reconciling .status=True add bad
  $bad=2 => Degraded {$why}
  $good=1 => Healthy {$why}
  => Degraded {$why}

image.toolkit.fluxcd.io/ImagePolicy
  !status.conditions? => Progressing Status unknown
  each status.conditions
    .type=Ready
      .status=True add good
      .status=False add busy
      set why {.reason}
    .type=Reconciling .status=True .reason=NewGeneration|AccessingRepository|ApplyingPolicy add busy
  $busy=2 => Progressing {$why}
  $good=1 => Healthy {$why}
  => Degraded {$why}

image.toolkit.fluxcd.io/ImageRepository
  spec.suspend=true => Suspended {kind} is suspended
  !status.conditions? => Progressing Status unknown
  each status.conditions
    .type=Ready
      .status=True add good
      .status=False add busy
      set why {.reason}
    .type=Reconciling .status=True .reason=NewGeneration|Scanning add busy
  $busy=2 => Progressing {$why}
  $good=1 => Healthy {$why}
  => Degraded {$why}

image.toolkit.fluxcd.io/ImageUpdateAutomation kustomize.toolkit.fluxcd.io/Kustomization
  spec.suspend=true => Suspended {kind} is suspended
  !status.conditions? => Progressing Status unknown
  each status.conditions
    .type=Ready
      .status=True add good
      .status=Unknown add busy
      set why {.reason}
    .type=Reconciling .status=True add busy
  $busy=2 => Progressing {$why}
  $good=1 => Healthy {$why}
  => Degraded {$why}

helm.toolkit.fluxcd.io/HelmRelease
  spec.suspend=true => Suspended {kind} is suspended
  !status.conditions? => Progressing Status unknown
  each status.conditions
    .type=Ready
      .status=True add good
      .status=Unknown add busy
      set why {.reason}
    .type=Reconciling .status=True add busy
    .type=Released|TestSuccess .status=True add good
  $busy=2 => Progressing {$why}
  $good=2 => Healthy {$why}
  => Degraded {$why}

source.toolkit.fluxcd.io/Bucket source.toolkit.fluxcd.io/GitRepository source.toolkit.fluxcd.io/HelmChart
source.toolkit.fluxcd.io/OCIRepository source.toolkit.fluxcd.io/HelmRepository
  spec.suspend=true => Suspended {kind} is suspended
  kind=HelmRepository spec.type=oci => Healthy Helm repositories of type 'oci' do not contain any information in the status.
  !status.conditions? => Progressing Status unknown
  each status.conditions
    .type=Ready
      .status=True add good
      .status=Unknown add busy
      set why {.reason}
    .type=Reconciling .status=True add busy
    .type=ArtifactOutdated .status=True set why {$why} {.reason}
    .type=ArtifactInStorage .status=True add good
  $busy=2 => Progressing {$why}
  $good=2 => Healthy {$why}
  => Degraded {$why}

serving.knative.dev/Service
  !status.conditions? => Progressing Waiting for status update.
  each status.conditions
    .status=True .type=ConfigurationsReady|RoutesReady|Ready add good
    .status=False|Unknown
      set said {$said}{.type} is {.status}
      .reason? .reason!= set said {$said}, since {.reason}.
      .message? .message!= set said {$said} {.message}
      set said {$said}\n
      .status=False add bad
      .status=Unknown add busy
  $bad>0 => Degraded {$said}
  $good=3 $busy=0 => Healthy Knative Service is healthy.
  => Progressing {$said}

operator.knative.dev/KnativeEventing
  !status.conditions? => Progressing Waiting for KnativeEventing
  each status.conditions
    set said {$said}{$i}: {.type} | {.status}\n
    .type=Ready|InstallSucceeded .status=True add good
    else .type=Ready .status=False add bad
    else .status=Unknown add bad
  $bad>0 => Progressing {$said}
  $good=2 => Healthy KnativeEventing is healthy.
  => Degraded {$said}

operator.knative.dev/KnativeServing
  !status.conditions? => Progressing Waiting for KnativeServing
  each status.conditions
    set said {$said}{$i}: {.type} | {.status}\n
    .type=Ready|InstallSucceeded|DependenciesInstalled|DeploymentsAvailable .status=True add good
    else .type=Ready|DeploymentsAvailable .status=False add bad
    else .status=Unknown add bad
  $bad>0 => Progressing {$said}
  $good=4 => Healthy KnativeServing is healthy.
  => Degraded {$said}

serving.kserve.io/InferenceService
  !status.conditions? => Progressing Waiting for InferenceService to report status...
  status.modelStatus? status.modelStatus.transitionStatus!=UpToDate
    status.modelStatus.transitionStatus=InProgress add busy
    else add bad
    set said 0: transitionStatus | {status.modelStatus.transitionStatus}
  each status.conditions
    .type=Stopped .status=True => Suspended InferenceService is Stopped
    .status!=True .type!=Stopped
      add unsure
      set said {$said} | {$i}: {.type} | {.status}
      .reason? .reason!= set said {$said} | {.reason}
      .message? .message!= set said {$said} | {.message}
    .status=Unknown .type=Stopped add unsure
  $bad>0 => Degraded {$said}
  $busy=0 $unsure=0 => Healthy InferenceService is healthy.
  => Progressing {$said}

tower.ansible.com/AnsibleJob
  set end {status.ansibleJobResult.status}
  $end=successful => Healthy {$end} job - {status.ansibleJobResult.url}
  $end=failed|error|canceled => Degraded {$end} job - {status.ansibleJobResult.url}
  $end=new|pending|waiting|running => Progressing {$end} job - {status.ansibleJobResult.url}
  => Progressing Waiting for AnsibleJob

stacks.crossplane.io/ClusterStackInstall
  -> Progressing Waiting for stack to be installed
  each status.conditionedStatus.conditions
    .type=Ready .status=True => Healthy {.reason}
    .type=Ready -> . {.reason}

pkg.crossplane.io/Provider
  !status.conditions? => Progressing Waiting for provider to be installed
  each status.conditions
    .type=Installed set installed {.status}
    .type=Installed set installing {.reason}
    .type=Healthy set healthy {.status}
    .type=Healthy set healing {.reason}
  $installed=True $healthy=True => Healthy {$installing} {$healing}
  => Degraded {$installing} {$healing}

iam.aws.crossplane.io/Role(Role) iam.aws.crossplane.io/Policy(Policy) s3.aws.crossplane.io/Bucket(Bucket)
rds.aws.crossplane.io/DBCluster(DBCluster) rds.aws.crossplane.io/DBInstance(DBInstance)
cloudfront.aws.crossplane.io/Distribution(distribution) route53.aws.crossplane.io/ResourceRecordSet(resourcrecordset)
iam.aws.crossplane.io/RolePolicyAttachment(RolePolicyAttachment)
  !status.conditions? => Progressing Waiting for {$1} to be created
  each status.conditions
    .type=Ready set ready {.status}
    .type=Ready set why {.reason}
    .type=Synced set synced {.status}
    .type=Synced .reason=ReconcileError set trouble {.message}
    .type=Synced .reason=ReconcilePaused set paused {.reason}
  $ready=True $synced=True => Healthy {$why}
  $synced!=True $paused => Suspended {$paused}
  $ready!=True $synced=True !$paused => Progressing Waiting for {$1} to be available
  => Degraded {$trouble}

*.crossplane.io/*
  !status? => Healthy Resource is up-to-date.
  status={} kind=Composition|CompositionRevision|DeploymentRuntimeConfig|ClusterProviderConfig|ProviderConfig|ProviderConfigUsage|ControllerConfig => Healthy Resource is up-to-date.
  !status.conditions? kind=ProviderConfig|ClusterProviderConfig status.users? => Healthy Resource is in use.
  -> Progressing Provisioning ...
  each status.conditions
    .type=LastAsyncOperation|Synced .status=False => Degraded {.message}
    .type=Ready|Healthy|Offered|Established|ValidPipeline|RevisionHealthy .status=True -> Healthy Resource is up-to-date.

*.upbound.io/*
  !status? => Healthy Resource is up-to-date.
  status={} kind=ClusterProviderConfig|ProviderConfig|ProviderConfigUsage => Healthy Resource is up-to-date.
  !status.conditions? kind=ProviderConfig|ClusterProviderConfig status.users? => Healthy Resource is in use.
  -> Progressing Provisioning ...
  each status.conditions
    .type=LastAsyncOperation|Synced .status=False => Degraded {.message}
    .type=Ready .status=True -> Healthy Resource is up-to-date.

*.cnrm.cloud.google.com/*
  set current yes
  status.observedGeneration? status.observedGeneration!=@metadata.generation set current
  $current
    kind=ConfigConnector|ConfigConnectorContext status.healthy=true => Healthy {kind} is healthy
    kind=ConfigConnector|ConfigConnectorContext status.healthy? => Degraded {kind} is not healthy
    each status.conditions
      .reason=UpToDate .status=True => Healthy {.message}
      .reason=UpdateFailed|DependencyNotFound => Degraded {.message}
      .reason=DependencyNotReady => Suspended {.message}
  => Progressing Update in progress
)";

}  // namespace spokelab::hub
