// The rule book: certificates, secrets, gateways, policies and monitoring.
#include "hub/app/health/rule_book.h"

namespace spokelab::hub {

const std::string_view kBookNetwork = R"(
cert-manager.io/Issuer(Initializing issuer) certmanager.k8s.io/Issuer(Initializing issuer)
cert-manager.io/ClusterIssuer(Initializing ClusterIssuer)
certmanager.k8s.io/Certificate(Waiting for certificate)
camel.apache.org/Integration(Waiting for Integration)
external-secrets.io/PushSecret(Waiting for PushSecret) external-secrets.io/SecretStore(Waiting for SecretStore)
external-secrets.io/ExternalSecret(Waiting for ExternalSecret)
external-secrets.io/ClusterSecretStore(Waiting for ClusterSecretStore)
onepassword.com/OnePasswordItem(Waiting for controller to report status)
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
    .type=Ready .status=True => Healthy {.message}
  => Progressing {$1}

cert-manager.io/Certificate
  each status.conditions
    .type=Issuing .status=True => Progressing {.message}
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
    .type=Ready .status=True => Healthy {.message}
  => Progressing Waiting for certificate

external-secrets.io/ClusterExternalSecret
  set last {status.conditions[#].type}={status.conditions[#].status}
  $last='Ready=True' => Healthy {status.conditions[#].message}
  $last='PartiallyReady=True|NotReady=True' => Degraded {status.conditions[#].message}
  => Progressing Waiting for ClusterExternalSecret

kubernetes-client.io/ExternalSecret
  status.status=SUCCESS => Healthy Fetched ExternalSecret.
  status.status^=ERROR => Degraded {unerror:status.status}
  => Progressing Waiting for ExternalSecret.

bitnami.com/SealedSecret
  each status.conditions
    .type=Synced .status=False => Degraded {.message}
    .type=Synced .status=True => Healthy {.message}
  => Progressing Waiting for Sealed Secret to be decrypted

kyverno.io/Policy
  each status.conditions
    .type=Ready .status=True .reason=Succeeded .message=Ready => Healthy Policy is ready
  => Progressing Waiting for Policy to be ready

projectcontour.io/ExtensionService
  each status.conditions
    metadata.generation=@.observedGeneration
      .type=Valid .status=True => Healthy {.message}
      .type=Valid .status=False => Degraded {.message}
  => Progressing Waiting for status

projectcontour.io/HTTPProxy
  -> Progressing Waiting for status
  each status.conditions
    metadata.generation=@.observedGeneration
      .type=Valid .status=True => Healthy {status.description}
      spec.includes? .status=False -> Healthy HTTPProxy inclusions cannot be health checked
      else .type=Valid .status=False => Degraded {status.description}
  !status.conditions status.currentStatus -> . {status.description}

gateway.solo.io/Gateway gateway.solo.io/MatchableHttpGateway gateway.solo.io/RouteOption gateway.solo.io/RouteTable
gateway.solo.io/VirtualHostOption gateway.solo.io/VirtualService gloo.solo.io/Proxy gloo.solo.io/Settings
gloo.solo.io/Upstream gloo.solo.io/UpstreamGroup
  each status.statuses
    .state=Accepted|1 => Healthy The resource has been validated
    .state=Warning|3|Rejected|2 => Degraded {.reason}
    .state=Pending|0 => Suspended The resource has not yet been validated
  status.state=Accepted|1 => Healthy The resource has been validated
  status.state=Warning|3|Rejected|2 => Degraded {status.reason}
  status.state=Pending|0 => Suspended The resource has not yet been validated
  => Progressing Update in progress

install.istio.io/IstioOperator
  status.status=0|NONE => Unknown Component is not present.
  status.status=1|UPDATING => Progressing Component is being updated to a different version.
  status.status=2|RECONCILING => Progressing Controller has started but not yet completed reconciliation loop for the component.
  status.status=3|HEALTHY => Healthy Component is healthy.
  status.status=4|ERROR => Degraded Component is in an error state.
  => Progressing Waiting for Istio Control Plane

kiali.io/Kiali
  -> Progressing Waiting for Kiali
  each status.conditions
    .type=Successful .status=True => Healthy {.message}
    .type=Failure .status=True => Degraded {.message}
    .type=Running .reason=Running => Progressing {.message}

jaegertracing.io/Jaeger
  status.phase=Running => Healthy Jaeger is Running
  status.phase=Failed => Degraded Jaeger Failed For Some Reason
  => Progressing Waiting for Jaeger

monitoring.coreos.com/Prometheus
  -> Progressing Waiting for initialization
  each status.conditions
    .type=Available
      .status=True -> Healthy All instances are available
      else .reason=SomePodsNotReady -> Progressing {.message|.reason}
      else -> Degraded {.message|.reason}

datadoghq.com/DatadogMetric
  each status.conditions
    .type=Error .status=True
      set why {.reason}
      $why => Degraded {$why}: {.message|DatadogMetric reported an error}
      => Degraded {.message|DatadogMetric reported an error}
  each status.conditions
    .type=Valid .status=False => Degraded {.message|DatadogMetric is not valid}
  => Healthy DatadogMetric is healthy

opentelemetry.io/OpenTelemetryCollector
  !status? => Progressing Waiting for OpenTelemetry Collector status
  !status.scale.statusReplicas? spec.mode=sidecar => Healthy Collector is running in sidecar mode
  !status.scale.statusReplicas? => Progressing Scale status not available
  !status.scale.statusReplicas~ratio => Progressing Unable to parse replica status: {status.scale.statusReplicas}
  status.scale.statusReplicas=0/0 spec.mode=daemonset => Healthy DaemonSet has no eligible nodes (0/0)
  status.scale.statusReplicas^=0/ => Degraded No replicas are ready
  status.scale.statusReplicas~full-ratio => Healthy All replicas are ready
  => Progressing Replicas are starting up

operator.victoriametrics.com/*
  !status? => Progressing Waiting for the operator to reconcile
  metadata.generation? status.observedGeneration? status.observedGeneration!=@metadata.generation => Progressing Waiting for the operator to reconcile
  set why {status.reason}
  status.updateStatus=operational => Healthy All components are operational
  status.updateStatus=expanding => Progressing {$why|Reconciliation in progress}
  status.updateStatus=paused => Suspended {$why|Reconciliation is paused}
  status.updateStatus=failed => Degraded {$why|Reconciliation failed}
  => Progressing Waiting for the operator to report status

grafana-org-operator.kubitus-project.gitlab.io/*
  each status.conditions
    .type=Ready .status=False => Degraded {.message}
    .type=Ready .status=True => Healthy {.message}
    .type=Ready => Progressing {.message}
  => Progressing Waiting ...

grafana.integreatly.org/Grafana
  !status.stageStatus? => Progressing Waiting for Grafana status info
  status.stageStatus=failed => Degraded Failed at stage {status.stage}
  status.stage=complete status.stageStatus=success => Healthy
  => Progressing {status.stage}

grafana.integreatly.org/GrafanaDatasource
  !status? => Progressing
  status.uid= => Progressing
  status.NoMatchingInstances => Degraded can't find matching grafana instance
  => Healthy

grafana.integreatly.org/GrafanaDashboard grafana.integreatly.org/GrafanaFolder
  -> Progressing
  each status.conditions
    .status?
      $said set said {$said}, 
      .reason? set said {$said}{.reason}
      .reason? .type? set said {$said} for {.type}
      .reason? .type? .message? set said {$said} because {.message}
    .status=False => Degraded {$said}
    .status=True -> Healthy {$said}
    else -> . {$said}

coralogix.com/Alert coralogix.com/RecordingRuleGroupSet
  each status.conditions
    .type=RemoteSynced .status=True => Healthy Resource is ready
    .type=RemoteSynced .status=False => Degraded {.message}
  => Progressing Waiting for status to be updated

core.humio.com/HumioView core.humio.com/HumioAction core.humio.com/HumioAlert core.humio.com/HumioIngestToken
core.humio.com/HumioParser core.humio.com/HumioRepository
  status.state=Exists => Healthy Component state: Exists.
  status.state=NotFound => Missing Component state: NotFound.
  status.state=ConfigError => Degraded Component state: ConfigError.
  status.state=Unknown => Unknown Component state: Unknown.
  => Progressing Update in progress

core.humio.com/HumioCluster
  status.state=Running => Healthy {status.message|Cluster is in a healthy running state}
  status.state=Restarting => Progressing {status.message|Cluster pods are being restarted}
  status.state=Upgrading => Progressing {status.message|Cluster pods are being upgraded}
  status.state=ConfigError => Degraded {status.message|User-provided cluster specification resulted in a configuration error}
  status.state=Pending => Progressing {status.message|Cluster is waiting on resources to be provisioned}
  status.state=Unknown => Unknown {status.message|Component state: Unknown.}
  => Progressing Update in progress

keda.sh/ScaledObject
  -> Progressing Creating HorizontalPodAutoscaler Object
  each status.conditions
    .type=Ready .status=False add bad
    .type=Ready .status=True add good
    .type=Paused .status=True add paused
    .type=Fallback .status=True add bad
    .type=Ready .status=True|False set why {.message}
    .type=Paused|Fallback .status=True set why {.message}
  $bad>0 => Degraded {$why}
  $good>0 $paused>0 => Suspended {$why}
  $good>0 => Healthy {$why}

keda.sh/ScaledJob
  -> Progressing Waiting for ScaledJob
  each status.conditions
    .type=Ready .status=False|Unknown add bad
    .type=Ready .status=True add good
    .type=Paused .status=True add paused
    .type=Ready .status=True|False|Unknown set why {.message}
    .type=Paused .status=True set why {.message}
  $bad>0 => Degraded {$why}
  $good>0 $paused>0 => Suspended {$why}
  $good>0 => Healthy {$why}

proclaim.dogmatiq.io/DNSSDServiceInstance
  each status.conditions
    .type=Adopted set adopted {.status}
    .type=Adopted set adoption {.message}
    .type=Advertised set advertised {.reason}
    .type=Advertised set advert {.message}
    .type=Discoverable set discovered {.status}
    .type=Discoverable set reason {.reason}
    .type=Discoverable set discovery {.message}
  $adopted=False => Degraded {$adoption}
  $advertised=AdvertiseError|UnadvertiseError => Degraded {$advert}
  $reason=DiscoveryError => Unknown {$discovery}
  $discovered=True => Healthy {$discovery}
  => Progressing {$discovery}

iammanager.keikoproj.io/Iamrole
  set role '{status.roleName|<none>}'
  set arn '{status.roleARN|<none>}'
  set id '{status.roleID|<none>}'
  status.state=Ready => Healthy Role {$role} exists with ARN {$arn} and ID {$id}.
  status.state=Error|RolesMaxLimitReached|PolicyNotAllowed|RoleNameNotAvailable
    status.retryCount>0 set retry (retry {status.retryCount}) 
    status.errorDescription? set why  Reconciliation error was: {status.errorDescription}
    => Degraded Failed to reconcile the Iamrole {$retry}for role {$role} with ARN {$arn} and ID {$id}.{$why}
  => Progressing Waiting for Iamrole to be reconciled
)";

}  // namespace spokelab::hub
