// The rule book: workloads of other projects, virtual machines, functions and services bought.
#include "hub/app/health/rule_book.h"

namespace spokelab::hub {

const std::string_view kBookWorkloads = R"(
apps.kruise.io/AdvancedCronJob
  !status.lastScheduleTime? spec.paused=true => Suspended AdvancedCronJob is Paused
  #status.active>0 => Progressing AdvancedCronJobs has active jobs
  !status.lastScheduleTime? => Degraded AdvancedCronJobs has not run successfully
  => Healthy AdvancedCronJobs has run successfully

apps.kruise.io/BroadcastJob
  status?
    status.desired=@status.succeeded status.phase=completed => Healthy BroadcastJob is completed successfully
    status.active!=0 status.phase=running => Progressing BroadcastJob is still running
    status.failed!=0 status.phase=failed => Degraded BroadcastJob failed
    status.phase=paused spec.paused=true => Suspended BroadcastJob is Paused
  => Progressing BroadcastJob is still running

apps.kruise.io/CloneSet
  -> Progressing Waiting for initialization
  status? metadata.generation=@status.observedGeneration
    spec.updateStrategy.paused=true => Suspended Cloneset is paused
    !status.updatedAvailableReplicas => Suspended Cloneset is paused
    spec.updateStrategy.partition!=0 metadata.generation>1
      status.updatedReplicas>=@status.expectedUpdatedReplicas => Suspended Cloneset needs manual intervention
    else status.updatedAvailableReplicas=@status.replicas => Healthy All Cloneset workloads are ready and updated
    else => Degraded Some replicas are not ready or available

apps.kruise.io/StatefulSet
  -> Progressing Waiting for initialization
  status? metadata.generation=@status.observedGeneration
    spec.updateStrategy.rollingUpdate.paused=true => Suspended Statefulset is paused
    !status.updatedAvailableReplicas => Suspended Statefulset is paused
    spec.updateStrategy.rollingUpdate.partition!=0 metadata.generation>1
      less wanted {status.replicas} {spec.updateStrategy.rollingUpdate.partition}
      status.updatedReplicas>@$wanted => Suspended Statefulset needs manual intervention
    else status.updatedAvailableReplicas=@status.replicas => Healthy All Statefulset workloads are ready and updated
    else => Degraded Some replicas are not ready or available

apps.kruise.io/DaemonSet
  -> Progressing Waiting for initialization
  status? metadata.generation=@status.observedGeneration
    spec.updateStrategy.rollingUpdate.paused=true => Suspended Daemonset is paused
    !status.updatedNumberScheduled => Suspended Daemonset is paused
    spec.updateStrategy.rollingUpdate.partition? spec.updateStrategy.rollingUpdate.partition!=0 metadata.generation>1
      less wanted {status.desiredNumberScheduled} {spec.updateStrategy.rollingUpdate.partition}
      status.updatedNumberScheduled>@$wanted => Suspended Daemonset needs manual intervention
    else status.updatedNumberScheduled=@status.desiredNumberScheduled
      status.numberAvailable=@status.desiredNumberScheduled => Healthy All Daemonset workloads are ready and updated
      status.numberUnavailable=@status.desiredNumberScheduled => Degraded Some pods are not ready or available

game.kruise.io/GameServer
  !status? => Unknown Waiting for GameServer to be ready
  status.currentState!=@status.desiredState => Progressing State change: {status.currentState|Unknown} → {status.desiredState|Unknown}
  each status.podStatus.conditions
    .type=KruisePodReady .status!=True => Degraded Pod is not ready: {.type}
  status.currentState=Ready => Healthy GameServer is Ready
  => Unknown Waiting for GameServer to be ready

game.kruise.io/GameServerSet
  status metadata.generation=@status.observedGeneration
    spec.updateStrategy.rollingUpdate.paused=true => Suspended GameServerSet is paused
    set partition {spec.updateStrategy.rollingUpdate.partition|0}
    set replicas {status.replicas|0}
    set updated {status.updatedReplicas|0}
    set ready {status.readyReplicas|0}
    set fresh {status.updatedReadyReplicas|0}
    less wanted {$replicas} {$partition}
    $partition!=0 $updated>=@$wanted => Suspended Partition={$partition}, waiting for manual intervention
    $fresh=@$replicas => Healthy All GameServerSet replicas are updated and ready
    $ready<@$replicas => Progressing ReadyReplicas {$ready}/{$replicas}, still progressing
  => Progressing Waiting for GameServerSet initialization

cdi.kubevirt.io/DataVolume
  status.phase=Succeeded => Healthy Succeeded
  status.phase=Paused => Suspended Paused
  each status.conditions
    .type=Running .status=False .reason=Error => Degraded {.message}
  status.phase=Failed|Unknown => Degraded {status.phase}
  => Progressing {status.phase|No status available}

kubevirt.io/VirtualMachine
  -> Progressing No status available
  each status.conditions
    .type=Paused .status=True => Suspended Paused
    .type=Ready
      .status=True -> Healthy Running
      else status.created -> . Starting
      else -> Suspended Stopped
  status.printableStatus? -> . {status.printableStatus}

kubevirt.io/VirtualMachineInstance
  status.phase=Failed => Degraded Failed
  status.phase=Pending|Scheduling|Scheduled => Progressing {status.phase}
  status.phase=Succeeded => Suspended Succeeded
  status.phase=Unknown => Unknown Unknown
  -> Progressing {status.phase|No status available}
  each status.conditions
    .type=Ready .status=True -> Healthy Running
    .type=Ready .status!=True -> Degraded {.message}
    .type=Paused .status=True => Suspended {.message}

openfaas.com/Function
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
    .type=Stalled .status=True => Degraded {.message}
    .type=Ready .status=True
      status.replicas>0 => Healthy {.message}
      => Suspended No replicas available
  => Progressing Waiting for Function

core.spinkube.dev/SpinApp
  !status => Progressing Waiting for status to be available
  each status.conditions
    .type=Progressing
      set why {lower:.message}
      .status=False .reason=ProgressDeadlineExceeded => Degraded {.message|Application deployment has failed}
      .status=False '$why~has timeout' => Degraded {.message|Application deployment has failed}
      .status=False '$why~has failed' => Degraded {.message|Application deployment has failed}
      .status=True set busy yes
      .status=True set progress {.message|Application progress status}
    .type=Available
      .status=True set available yes
      .status=True set how {.message|Application availability status}
      .status!=True set available
      .status!=True set how {.message|Application is not available}
  set ready {status.readyReplicas|0}
  set wanted {spec.replicas|1}
  !$available => Degraded {$how}
  $ready<@$wanted => Progressing Waiting for replicas to be ready ({$ready}/{$wanted})
  $busy => Progressing {$progress}
  => Healthy Application is healthy with {$ready}/{$wanted} replicas ready

flink.apache.org/FlinkDeployment
  status.reconciliationStatus?
    status.reconciliationStatus.success => Healthy
    status.reconciliationStatus.state=DEPLOYED => Healthy
    status.jobManagerDeploymentStatus=DEPLOYED_NOT_READY|DEPLOYING => Progressing Waiting for deploying
    status.jobManagerDeploymentStatus=ERROR => Degraded {status.reconciliationStatus.error}
  => Progressing Waiting for Flink operator

sparkoperator.k8s.io/SparkApplication
  set state {status.applicationState.state}
  status.applicationState.state= => Progressing SparkApplication was added, enqueuing it for submission
  $state=RUNNING status.executorState?
    set running 0
    each status.executorState
      .=RUNNING add running
    spec.executor.instances=@$running => Healthy SparkApplication is Running
    set ranged
    spec.dynamicAllocation.enabled
      set ranged yes
      set least {spec.dynamicAllocation.minExecutors|0}
      set most {spec.dynamicAllocation.maxExecutors|inf}
    !$ranged spec.sparkConf[spark.streaming.dynamicAllocation.enabled]=true
      set ranged yes
      set least {spec.sparkConf[spark.streaming.dynamicAllocation.minExecutors]|0}
      set most {spec.sparkConf[spark.streaming.dynamicAllocation.maxExecutors]|inf}
    !$ranged spec.sparkConf[spark.dynamicAllocation.enabled]=true
      set ranged yes
      set least {spec.sparkConf[spark.dynamicAllocation.minExecutors]|0}
      set most {spec.sparkConf[spark.dynamicAllocation.maxExecutors]|inf}
    $ranged $running>=@$least $running<=@$most => Healthy SparkApplication is Running
    !$ranged !spec.dynamicAllocation? !spec.executor.instances? $running>=1 => Healthy SparkApplication is Running
  $state=SUBMITTED => Progressing SparkApplication was submitted successfully
  $state=COMPLETED => Healthy SparkApplication was Completed
  $state=FAILED|SUBMISSION_FAILED|FAILING => Degraded {status.applicationState.errorMessage}
  $state=PENDING_RERUN => Progressing SparkApplication is Pending Rerun
  $state=INVALIDATING => Missing SparkApplication is in InvalidatingState
  $state=SUCCEEDING => Progressing The driver pod has been completed successfully. The executor pods terminate and are cleaned up.\nUnder this circumstances, we assume the executor pod are completed.
  $state=UNKNOWN => Progressing SparkApplication is in UnknownState because either driver pod or one or all executor pods in unknown state  
  => Progressing Waiting for Executor pods

k8s.keycloak.org/Keycloak
  !status.conditions? => Progressing Waiting for Keycloak status conditions to exist
  sorted status.conditions lastTransitionTime
    .type=Ready .status=True => Healthy
    .type=HasErrors .status=True => Degraded Has Errors: {.message}
  => Progressing

services.cloud.sap.com/ServiceBinding services.cloud.sap.com/ServiceInstance
  !status.conditions? => Progressing Waiting for status
  each status.conditions
    .observedGeneration metadata.generation .observedGeneration!=@metadata.generation => Progressing Waiting for spec update to be observed
    .type=Succeeded .status=False => Degraded {.message}
    .type=Failed .status=True => Degraded {.message}
  => Healthy Ready to use

apps.3scale.net/APIManager
  status.deployments.ready? !status.deployments.starting? !status.deployments.stopped? => Healthy 3scale APIManager is available
  each status.conditions
    .type=Available .status=True => Healthy 3scale APIManager is available
    .type=Available .reason? .reason!= => Degraded 3scale APIManager is degraded: {.reason}
  => Progressing Waiting for 3scale APIManager status...

capabilities.3scale.net/Application
  status.state=suspended => Suspended 3scale Application is suspended
  each status.conditions
    .type=Ready .status=True => Healthy 3scale Application is ready
    .type=Ready
      status.adminId>0 next
      => Degraded {.message|3scale Application is not ready}
  => Progressing Waiting for 3scale Application status...

capabilities.3scale.net/ApplicationAuth
  each status.conditions
    .status!=True next
    .type=Ready => Healthy 3scale ApplicationAuth is ready
    .type=Failed => Degraded {.message|3scale ApplicationAuth failed}
  => Progressing Waiting for 3scale ApplicationAuth status...

capabilities.3scale.net/OpenAPI
  each status.conditions
    .status!=True next
    .type=Ready => Healthy 3scale OpenAPI is ready
    .type=Invalid => Degraded {.message|3scale OpenAPI configuration is invalid}
    .type=Failed => Degraded {.message|3scale OpenAPI reconciliation failed}
  => Progressing Waiting for 3scale OpenAPI status...

capabilities.3scale.net/ProxyConfigPromote
  each status.conditions
    .status!=True next
    .type=Ready => Healthy 3scale ProxyConfigPromote is ready
    .type=In-progress => Progressing {.message|3scale ProxyConfigPromote is in progress}
    .type=Failed => Degraded {.message|3cale ProxyConfigPromote failed}
  => Progressing Waiting for 3scale ProxyConfigPromote status...

capabilities.3scale.net/CustomPolicyDefinition capabilities.3scale.net/ActiveDoc
  each status.conditions
    .status!=True next
    .type=Ready => Healthy 3scale {kind} is ready
    .type=Invalid set default 3scale {kind} configuration is invalid
    .type=Invalid => Degraded {.message|$default}
    .type=Orphan kind=ActiveDoc => Degraded {.message|3scale ActiveDoc references non-existing resources}
    .type=Failed set default 3scale {kind} synchronization failed
    .type=Failed => Degraded {.message|$default}
  => Progressing Waiting for 3scale {kind} status...

capabilities.3scale.net/Backend capabilities.3scale.net/Product
  each status.conditions
    .status!=True next
    .type=Synced => Healthy 3scale {kind} is synced
    .type=Invalid set default 3scale {kind} configuration is invalid
    .type=Invalid => Degraded {.message|$default}
    .type=Orphan kind=Product => Degraded {.message|3scale Product references non-existing resources}
    .type=Failed set default 3scale {kind} synchronization failed
    .type=Failed => Degraded {.message|$default}
  => Progressing Waiting for 3scale {kind} status...

capabilities.3scale.net/DeveloperAccount
  each status.conditions
    .status!=True next
    .type=Ready => Healthy 3scale DeveloperAccount is ready
    .type=Invalid => Degraded {.message|3scale DeveloperAccount configuration is invalid}
    .type=Failed => Degraded {.message|3scale DeveloperAccount synchronization failed}
    .type=Waiting => Suspended {.message|3scale DeveloperAccount is waiting for approval}
  => Progressing Waiting for 3scale DeveloperAccount status...

capabilities.3scale.net/DeveloperUser
  status.developerUserState=suspended => Suspended 3scale Developer user is waiting for admin approval
  each status.conditions
    .status!=True next
    .type=Ready => Healthy 3scale DeveloperUser is ready
    .type=Invalid => Degraded {.message|3scale DeveloperUser configuration is invalid}
    .type=Orphan => Degraded {.message|3scale DeveloperUser references non-existing resources}
    .type=Failed => Degraded {.message|3scale DeveloperUser synchronization failed}
  => Progressing Waiting for 3scale DeveloperUser status...

capabilities.3scale.net/Tenant
  each status.conditions
    .type=Ready .status=True set ready yes
  $ready status.tenantId>0 status.adminId>0 => Healthy 3scale Tenant is ready
  each status.conditions
    .type=Ready .status!=True => Degraded {.message|3scale Tenant is degraded}
  => Progressing Waiting for 3scale Tenant status...
)";

}  // namespace spokelab::hub
