// The rule book: GitOps Promoter, Numaproj and Keptn.
#include "hub/app/health/rule_book.h"

namespace spokelab::hub {

const std::string_view kBookPromoter = R"(
promoter.argoproj.io/CommitStatus
  !status? => Progressing Initializing commit status
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for commit status spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Commit status reconciliation failed: {.message|Unknown error}
      .status=False => Degraded Commit status reconciliation failed ({.reason|Unknown}): {.message|Unknown error}
  !$known => Progressing Commit status is not ready yet
  !status.sha => Healthy Commit status is healthy
  !status.phase => Healthy Commit status is healthy
  => Healthy Commit status for commit {status.sha} reports {status.phase}

promoter.argoproj.io/ArgoCDCommitStatus
  !status? => Progressing Initializing Argo CD commit status
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for Argo CD commit status spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Argo CD commit status reconciliation failed: {.message|Unknown error}
      .status=False => Degraded Argo CD commit status reconciliation failed ({.reason|Unknown}): {.message|Unknown error}
  !$known => Progressing Argo CD commit status is not ready yet
  #status.applicationsSelected=0 => Degraded Argo CD commit status has no applications configured
  => Healthy Argo CD commit status is healthy and is tracking {#status.applicationsSelected} applications

promoter.argoproj.io/PullRequest
  !status? => Progressing Initializing pull request
  each status.conditions
    .type=Reconciled|Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for pull request spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Pull request reconciliation failed: {.message|Unknown error}
      .status=False => Degraded Pull request reconciliation failed ({.reason|Unknown}): {.message|Unknown error}
  !$known => Progressing Pull request is not ready yet
  !status.id => Healthy Pull request is healthy
  !status.state => Healthy Pull request is healthy
  => Healthy Pull request is {status.state} as PR {status.id}

promoter.argoproj.io/ScmProvider(SCM provider)
promoter.argoproj.io/ClusterScmProvider(Cluster SCM provider)
promoter.argoproj.io/GitRepository(Git repository)
  set named {$1}
  kind=ClusterScmProvider set named cluster SCM provider
  !status? => Progressing Initializing {$named}
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for {kind} spec update to be observed
      .status=False .reason=ReconciliationError => Degraded {$1} validation failed: {.message|Unknown error}
      .status=False => Degraded {$1} not ready ({.reason|Unknown}): {.message|Unknown error}
      .status=Unknown => Progressing {$1} readiness unknown ({.reason|Unknown}): {.message|Unknown}
  !$known => Progressing {kind} Ready condition is missing
  => Healthy {$1} is ready

promoter.argoproj.io/TimedCommitStatus
  !status? => Progressing Initializing timed commit gate
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for TimedCommitStatus spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Timed commit gate failed: {.message|Unknown error}
      .status=False => Degraded Timed commit gate not ready ({.reason|Unknown}): {.message|Unknown error}
      .status=Unknown => Progressing Timed commit gate status unknown ({.reason|Unknown}): {.message|Unknown}
  !$known => Progressing TimedCommitStatus Ready condition is missing
  #status.environments=0 => Healthy Timed commit gate reconciled
  each status.environments
    .phase=failure join failed ', ' {.branch|?}
    else .phase=success add good
    else join pending ', ' {.branch|?}
  $failed => Degraded Timed commit gate failed for branch(es): {$failed}
  $pending => Progressing Timed commit gate pending for branch(es): {$pending}
  => Healthy Timed commit gate satisfied for {$good|0} environment(s)

promoter.argoproj.io/GitCommitStatus
  !status? => Progressing Initializing git commit validation
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for GitCommitStatus spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Git commit validation failed: {.message|Unknown error}
      .status=False => Degraded Git commit validation not ready ({.reason|Unknown}): {.message|Unknown error}
      .status=Unknown => Progressing Git commit validation status unknown ({.reason|Unknown}): {.message|Unknown}
  !$known => Progressing GitCommitStatus Ready condition is missing
  #status.environments=0 => Healthy Git commit validation reconciled
  each status.environments
    .phase=failure join failed ', ' {.branch|?}
    else .phase=success add good
    else join pending ', ' {.branch|?}
  $failed => Degraded Git commit validation failed for branch(es): {$failed}
  $pending => Progressing Git commit validation pending for branch(es): {$pending}
  => Healthy Git commit validation passed for {$good|0} environment(s)

promoter.argoproj.io/WebRequestCommitStatus
  !status? => Progressing Initializing web request commit validation
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for WebRequestCommitStatus spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Web request commit validation failed: {.message|Unknown error}
      .status=False => Degraded Web request commit validation not ready ({.reason|Unknown}): {.message|Unknown error}
      .status=Unknown => Progressing Web request commit validation unknown ({.reason|Unknown}): {.message|Unknown}
  !$known => Progressing WebRequestCommitStatus Ready condition is missing
  #status.environments=0 => Healthy Web request commit validation reconciled
  each status.environments
    .phase=failure join failed ', ' {.branch|?}
    else .phase=success add good
    else join pending ', ' {.branch|?}
  $failed => Degraded Web request validation failed for branch(es): {$failed}
  $pending => Progressing Web request validation pending for branch(es): {$pending}
  => Healthy Web request validation passed for {$good|0} environment(s)

promoter.argoproj.io/ChangeTransferPolicy
  !status? => Progressing Initializing change transfer policy
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for change transfer policy spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Change transfer policy reconciliation failed: {.message|Unknown error}
      .status=False => Degraded Change transfer policy reconciliation failed ({.reason|Unknown}): {.message|Unknown error}
  !$known => Progressing Change transfer policy is not ready yet
  set active {status.active.dry.sha}
  set proposed {status.proposed.dry.sha}
  !$active => Progressing The active commit DRY SHA is missing or empty.
  !$proposed => Progressing The proposed commit DRY SHA is missing or empty.
  $proposed!=@$active
    each status.proposed.commitStatuses
      .phase=pending add pending
      .phase=pending join waiting ', ' {.key}
      .phase=success add good
      .phase=failure add failed
      .phase=failure join broken ', ' {.key}
    set said Promotion in progress from '{short:$active}' to '{short:$proposed}': {$pending|0} pending, {$good|0} successful, {$failed|0} failed. 
    $pending>0 set said {$said}Pending commit statuses: {$waiting}. 
    $failed>0 set said {$said}Failed commit statuses: {$broken}. 
    => Progressing {$said}
  each status.active.commitStatuses
    .phase=pending add pending
    .phase=pending join waiting ', ' {.key}
    .phase=success add good
    .phase=failure add failed
    .phase=failure join broken ', ' {.key}
  !$pending !$failed => Healthy Environment is up-to-date on commit {short:$active}.
  set said Environment is up-to-date, but there are non-successful active commit statuses: {$pending|0} pending, {$good|0} successful, {$failed|0} failed. 
  $pending>0 set said {$said}Pending commit statuses: {$waiting}. 
  $failed>0 set said {$said}Failed commit statuses: {$broken}. 
  => Healthy {$said}

promoter.argoproj.io/PromotionStrategy
  !status? => Progressing Initializing promotion strategy
  each status.conditions
    .type=Ready
      set known yes
      .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for promotion strategy spec update to be observed
      .status=False .reason=ReconciliationError => Degraded Promotion strategy reconciliation failed: {.message|Unknown error}
      .status=False => Degraded Promotion strategy reconciliation failed ({.reason|Unknown}): {.message|Unknown error}
  !$known => Progressing Promotion strategy is not ready yet
  #status.environments=0 => Degraded Promotion strategy has no environments configured
  each status.environments
    !.active.dry.sha? => Progressing The active commit DRY SHA is missing or empty in environment '{.branch}'.
    .active.dry.sha= => Progressing The active commit DRY SHA is missing or empty in environment '{.branch}'.
    set hydrated {.proposed.note.drySha}
    !$hydrated set hydrated {.proposed.dry.sha}
    !$hydrated => Progressing The proposed commit DRY SHA is missing or empty in environment '{.branch}'.
    !$first set first {$hydrated}
    $hydrated!=@$first set differing yes
  $differing => Progressing Not all environments have the same proposed commit SHA. This likely means the hydrator has not run for all environments yet.
  each status.environments
    .proposed.dry.sha!=@.active.dry.sha
      set branch {.branch}
      set from {.active.dry.sha}
      set to {.proposed.dry.sha}
      set hydrated {.proposed.note.drySha}
      !$hydrated set hydrated {.proposed.dry.sha}
      each .proposed.commitStatuses
        .phase=pending add pending
        .phase=pending join waiting ', ' {.key}
        .phase=success add good
        .phase=failure add failed
        .phase=failure join broken ', ' {.key}
      set said Promotion in progress for environment '{$branch}' from '{short:$from}' to '{short:$to}': {$pending|0} pending, {$good|0} successful, {$failed|0} failed. 
      $pending>0 set said {$said}Pending commit statuses: {$waiting}. 
      $failed>0 set said {$said}Failed commit statuses: {$broken}. 
      => Progressing {$said}Hydrator has processed dry commit '{short:$hydrated}'. 
  each status.environments
    set pending 
    set failed 
    set branch {.branch}
    each .active.commitStatuses
      .phase=pending add pending
      .phase=failure add failed
    $pending>0 set odd yes
    $failed>0 set odd yes
    $odd join open ', ' {$branch} ({$failed|0} failed, {$pending|0} pending)
    set odd 
  $open => Healthy Environments are up-to-date, but some environments have non-successful commit statuses: {$open}.
  set active {status.environments[1].active.dry.sha}
  => Healthy All environments are up-to-date on commit '{short:$active}'. Hydrator has processed dry commit '{short:$first}'.

numaflow.numaproj.io/Vertex
  each status.conditions
    .status=False set bad yes
    .status=False set why {.message}
  metadata.generation=@status.observedGeneration status?
    status.phase=Failed => Degraded {status.message}
    $bad => Degraded {$why}
    status.phase=Paused => Healthy Vertex is paused
    status.phase=Running => Healthy Vertex is healthy
  => Progressing Waiting for Vertex status

numaflow.numaproj.io/InterStepBufferService
  each status.conditions
    .status=False set bad yes
    .status=False set why {.message}
  metadata.generation=@status.observedGeneration status?
    status.phase=Failed => Degraded {status.message}
    metadata.labels[numaplane.numaproj.io/progressive-result-state]=failed => Degraded Failed progressive upgrade
    $bad => Degraded {$why}
    status.phase=Running => Healthy InterStepBufferService is healthy
  => Progressing Waiting for InterStepBufferService status

numaflow.numaproj.io/MonoVertex numaflow.numaproj.io/Pipeline
  each status.conditions
    .status=False set bad yes
  metadata.generation=@status.observedGeneration status?
    status.phase=Failed => Degraded {status.message}
    metadata.labels[numaplane.numaproj.io/progressive-result-state]=failed => Degraded Failed progressive upgrade
    $bad => Degraded Subresources are unhealthy
    status.phase=Paused => Healthy {kind} is paused
    status.phase=Pausing kind=Pipeline => Healthy {kind} is paused
    status.phase=Running => Healthy {kind} is healthy
  => Progressing Waiting for {kind} status

numaplane.numaproj.io/NumaflowControllerRollout
numaplane.numaproj.io/ISBServiceRollout(ISBSvcFailed)
numaplane.numaproj.io/PipelineRollout(PipelineFailed)
numaplane.numaproj.io/MonoVertexRollout(MonoVertexFailed)
  !status? => Progressing Not yet reconciled
  metadata.generation!=@status.observedGeneration => Progressing Not yet reconciled
  kind!=NumaflowControllerRollout each status.conditions
    .type=ProgressiveUpgradeSucceeded .status=False set failed yes
  status.upgradeInProgress? status.upgradeInProgress!= set busy yes
  status.phase=Pending set busy yes
  $busy !$failed => Progressing Update in progress
  each status.conditions
    .type=ChildResourcesHealthy .status=False .reason=Progressing => Progressing Child Progressing
  status.phase=Failed => Degraded {status.message}
  each status.conditions
    kind=NumaflowControllerRollout .type=ChildResourcesHealthy .status=False .reason!=Progressing => Degraded {.message}
    kind!=NumaflowControllerRollout .type=ChildResourcesHealthy .status=False .reason=@$1 => Degraded {.message}
    kind!=NumaflowControllerRollout .type=ProgressiveUpgradeSucceeded .status=False => Degraded Progressive upgrade failed
  kind=PipelineRollout each status.conditions
    .type=PipelinePausingOrPaused .status=True => Healthy {.message}
  kind=MonoVertexRollout each status.conditions
    .type=MonoVertexPausingOrPaused .status=True => Healthy {.message}
  each status.conditions
    .type=ChildResourcesHealthy .status=True => Healthy Healthy
  kind=PipelineRollout => Unknown Unknown Pipeline status
  kind=MonoVertexRollout => Unknown Unknown MonoVertex status
  => Unknown Unknown status

lifecycle.keptn.sh/KeptnTask lifecycle.keptn.sh/KeptnAppVersion lifecycle.keptn.sh/KeptnWorkloadVersion
lifecycle.keptn.sh/KeptnWorkloadInstance
  status.status=Succeeded => Healthy {kind} is healthy
  status.status=Failed => Degraded {kind} is degraded
  => Progressing {kind} is progressing

lifecycle.keptn.sh/KeptnEvaluation
  status.overallStatus=Succeeded => Healthy KeptnEvaluation is healthy
  status.overallStatus=Failed => Degraded KeptnEvaluation is degraded
  => Progressing KeptnEvaluation is progressing

metrics.keptn.sh/KeptnMetric
  set trouble {status.errMsg}
  $trouble => Degraded KeptnMetric is degraded
  status.value? => Healthy KeptnMetric is healthy
  => Progressing KeptnMetric is progressing

metrics.keptn.sh/Analysis
  status.pass=true => Healthy Analysis is healthy
  status.warning=true => Healthy Analysis is healthy with warnings
  status.pass=false => Degraded Analysis is degraded
  => Progressing Analysis is progressing
)";

}  // namespace spokelab::hub
