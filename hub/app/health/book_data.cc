// The rule book: databases, queues, storage and backups.
#include "hub/app/health/rule_book.h"

namespace spokelab::hub {

const std::string_view kBookData = R"(
kafka.strimzi.io/KafkaUser(Kafka User) kafka.strimzi.io/KafkaBridge(KafkaBridge) kafka.strimzi.io/KafkaTopic(Kafka Topic)
kafka.strimzi.io/KafkaConnect(Kafka Connect) kafka.strimzi.io/KafkaConnector(KafkaConnector)
  each status.conditions
    .type=NotReady .status=True => Degraded {.message}
    .type=Ready .status=True => Healthy
  => Progressing Waiting for {$1}

kafka.strimzi.io/Kafka
  each status.conditions
    .type=NotReady .status=True .reason!=Creating => Degraded {.message}
    .type=Ready .status=True => Healthy
  => Progressing Waiting for Kafka Cluster

kafka.banzaicloud.io/KafkaCluster
  status.state=ClusterRollingUpgrading => Progressing Kafka Cluster is Rolling Upgrading.
  !status.brokersState? => Progressing Waiting for KafkaCluster
  each status.brokersState
    .configurationState=ConfigInSync .gracefulActionState.cruiseControlState=GracefulUpscaleSucceeded|GracefulDownscaleSucceeded next
    set bad yes
  $bad => Degraded Broker Config is out of Sync or CruiseControlState is not Ready
  status.cruiseControlTopicStatus=CruiseControlTopicReady status.state=ClusterRunning => Healthy Kafka Brokers, CruiseControl and cluster are in Healthy State.
  status.cruiseControlTopicStatus=CruiseControlTopicNotReady status.state=ClusterReconciling => Progressing Kafka Cluster is Reconciling.
  !status.cruiseControlTopicStatus? status.state=ClusterReconciling => Progressing Kafka Cluster is Reconciling.
  => Progressing Waiting for KafkaCluster

platform.confluent.io/Kafka platform.confluent.io/KsqlDB platform.confluent.io/Connect platform.confluent.io/ControlCenter
platform.confluent.io/SchemaRegistry platform.confluent.io/Zookeeper
  status.phase=RUNNING => Healthy {kind} running
  status.phase=PROVISIONING => Progressing {kind} provisioning
  => Progressing Waiting for {kind}

platform.confluent.io/Connector
  status.state=CREATED status.connectorState=RUNNING !status.failedTasksCount? => Healthy Connector running
  status.state=ERROR => Degraded {status.conditions[1].message|No conditions available}
  status.state? status.failedTasksCount>0 => Degraded Connector has failed tasks
  => Progressing Waiting for Kafka Connector

rabbitmq.com/User rabbitmq.com/Queue rabbitmq.com/Vhost rabbitmq.com/Policy rabbitmq.com/Shovel rabbitmq.com/Binding
rabbitmq.com/Exchange rabbitmq.com/Permission
  each status.conditions
    .type=Ready .status=True .reason=SuccessfulCreateOrUpdate => Healthy RabbitMQ {lower:kind} ready
    .type=Ready .status=False .reason=FailedCreateOrUpdate => Degraded RabbitMQ {lower:kind} failed to be created or updated
  => Unknown RabbitMQ {lower:kind} status is unknown

rabbitmq.com/RabbitmqCluster
  each status.conditions
    .type=ReconcileSuccess .status=False => Degraded {.message}
    .type=ClusterAvailable set available {.status}
    .type=AllReplicasReady set ready {.status}
  $available=Unknown => Progressing Waiting for RabbitMQ cluster readiness (conditions unknown)
  $ready=Unknown => Progressing Waiting for RabbitMQ cluster readiness (conditions unknown)
  $available=False => Progressing Waiting for RabbitMQ cluster formation
  $ready=False => Progressing Waiting for RabbitMQ instances ready
  $available=True $ready=True => Healthy RabbitMQ cluster ready
  => Progressing Waiting for RabbitMQ Operator

zookeeper.pravega.io/ZookeeperCluster
  status? status.readyReplicas!=0 status.readyReplicas=@status.replicas => Healthy All ZK Nodes have joined the ensemble
  => Progressing Waiting for ZK Nodes to join the ensemble

solr.apache.org/SolrCloud
  !status.solrNodes? => Progressing Waiting for solr to exist
  each status.solrNodes
    !.ready => Progressing Not all replicas are ready
  => Healthy Solr is ready

psmdb.percona.com/PerconaServerMongoDB
  !status? => Unknown Cluster status is unknown
  set said {status.ready}/{status.size} node(s) are ready
  status.state=initializing|stopping => Progressing {$said}
  status.state=ready => Healthy {$said}
  status.state=error => Degraded {$said}
  status.state=paused => Suspended {$said}
  => Unknown {$said}

pxc.percona.com/PerconaXtraDBCluster
  status.state=initializing => Progressing {status.ready}/{status.size} node(s) are ready
  status.state=ready => Healthy {status.ready}/{status.size} node(s) are ready
  status.state=paused => Unknown Cluster is paused
  status.state=stopping => Degraded Cluster is stopping ({status.ready}/{status.size} node(s) are ready)
  status.state=error
    each status.message
      join said ', ' {.}
    => Degraded Cluster is on error: {$said}
  => Unknown Cluster status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues

k8s.mariadb.com/Database k8s.mariadb.com/Grant k8s.mariadb.com/User
  -> Progressing No status info available
  each status.conditions
    .type=Ready .status=True => Healthy {.message}
    .type=Ready => Degraded {.message}
    -> . {.message}

k8s.mariadb.com/MariaDB mariadb.mmontes.io/MariaDB
  !status.conditions? => Progressing No status info available
  -> Healthy
  each status.conditions
    .status=False .reason=Failed => Degraded {.message}
    .status=False => Progressing {.message}
    -> Healthy {.message}

k8s.mariadb.com/SqlJob
  -> Progressing No status info available
  each status.conditions
    .reason=JobComplete .status=True => Healthy {.reason} {.message}
    .reason=JobFailed .status=True => Degraded {.reason} {.message}
    -> . {.reason} {.message}

k8s.mariadb.com/Backup
  !status.conditions? => Progressing No status info available
  -> Healthy
  each status.conditions
    .status=False .reason=CronJobScheduled .message=Failed => Degraded {.reason} {.message}
    .status=False => Progressing {.reason} {.message}
    -> Healthy {.reason} {.message}

db.atlasgo.io/AtlasMigration
  each status.conditions
    .type=Ready
      .status=True => Healthy {.reason}
      .reason=Reconciling => Progressing {.reason}
      => Degraded {.reason}
  => Progressing Waiting for Atlas Operator

db.atlasgo.io/AtlasSchema
  each status.conditions
    .type=Ready
      .status=True => Healthy {.reason}
      .message=Reconciling|GettingDevDB => Progressing {.reason}
      => Degraded {.reason}
  => Progressing Waiting for Atlas Operator

acid.zalan.do/postgresql
  !status.PostgresClusterStatus? => Progressing Waiting for postgres cluster status...
  status.PostgresClusterStatus=Running => Healthy {status.PostgresClusterStatus}
  status.PostgresClusterStatus=Creating|Updating => Progressing {status.PostgresClusterStatus}
  => Degraded {status.PostgresClusterStatus}

postgresql.cnpg.io/Cluster
  metadata.annotations[cnpg.io/reconciliationLoop]=disabled => Suspended Cluster reconciliation is suspended
  !status.conditions? => Progressing {status.phaseReason}
  each status.conditions
    .type=cnpg.io/hibernation .status=True => Suspended {.message}
    .type=cnpg.io/hibernation => Degraded {.message}
  status.phase='Cluster in healthy state' => Healthy {status.phaseReason}
  status.phase='Setting up primary|Creating a new replica|Upgrading cluster|Waiting for the instances to become active|Promoting to primary cluster' => Progressing {status.phaseReason}
  status.phase='Switchover in progress|Failing over|Upgrading Postgres major version|Cluster upgrade delayed|Waiting for user action' => Degraded {status.phaseReason}
  status.phase='Primary instance is being restarted in-place|Primary instance is being restarted without a switchover|Online upgrade in progress|Applying configuration' => Degraded {status.phaseReason}
  status.phase='Cluster cannot execute instance online upgrade due to missing architecture binary' => Degraded {status.phaseReason}
  status.phase='Unable to create required cluster objects|Cluster has incomplete or invalid image catalog|Cluster is unrecoverable and needs manual intervention' => Suspended {status.phaseReason}
  status.phase='Cluster cannot proceed to reconciliation due to an unknown plugin being required' => Suspended {status.phaseReason}
  => Unknown {status.phaseReason}

clickhouse.altinity.com/ClickHouseInstallation(ClickHouse)
clickhouse-keeper.altinity.com/ClickHouseKeeperInstallation(ClickHouseKeeper)
  !status.status? => Progressing {$1} status not yet available
  status.status=Completed => Healthy {$1} installation completed successfully
  status.status=InProgress => Progressing {$1} installation in progress
  => Degraded {$1} status: {status.status}

elasticsearch.k8s.elastic.co/Elasticsearch
  status.availableNodes?
    each spec.nodeSets
      sum wanted {.count}
    status.availableNodes<@$wanted => Progressing The desired amount of availableNodes is {$wanted} but the current amount is {status.availableNodes}
    status.availableNodes=@$wanted status.health?
      status.phase=Ready status.health=green => Healthy Elasticsearch Cluster status is Green
      status.phase=Ready status.health=yellow => Progressing Elasticsearch Cluster status is Yellow. Check the status of indices, replicas and shards
      status.phase=Ready status.health=red => Degraded Elasticsearch Cluster status is Red. Check the status of indices, replicas and shards
      status.phase=ApplyingChanges|MigratingData => Progressing Elasticsearch phase is {status.phase}
      status.phase=Invalid => Degraded Elasticsearch phase is Invalid
  => Unknown Elasticsearch Cluster status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues

beat.k8s.elastic.co/Beat
  status.health=red => Degraded Elastic Beat status is Red
  status.health=green => Healthy Elastic Beat status is Green
  status.health=yellow status.availableNodes? status.expectedNodes? => Progressing Elastic Beat status is deploying, there is {status.availableNodes} instance(s) on {status.expectedNodes} expected
  status.health=yellow => Progressing Elastic Beat phase is progressing
  !status.health? status.expectedNodes? => Progressing Elastic Beat phase is progressing
  => Unknown Elastic Beat status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues

logstash.k8s.elastic.co/Logstash
  status.health=green => Healthy Logstash status is Green
  status.health=yellow => Progressing Logstash status is Yellow
  status.health=red => Degraded Logstash status is Red
  => Progressing Waiting for Logstash

cassandra.rook.io/Cluster
  !status.racks? => Progressing Waiting for Cassandra Cluster
  each status.racks
    .members? .readyMembers? .members!=@.readyMembers => Progressing Waiting for Cassandra Cluster
  => Healthy

ceph.rook.io/CephObjectStore
  !status? => Progressing Waiting for status to be reported
  set said Waiting for status to be reported
  status.phase? set said Ceph object store phase is {status.phase}
  status.info.endpoint? status.info.endpoint!= set said {$said} - endpoint: {status.info.endpoint}
  status.phase=Ready => Healthy {$said}
  status.phase=Failure => Degraded {$said}
  => Progressing {$said}

ceph.rook.io/CephCluster
  !status? => Progressing Waiting for status to be reported
  set verdict Progressing
  status.ceph.health?
    each status.ceph.details
      .message? join details '; ' {.message}
    status.ceph.health=HEALTH_ERR|HEALTH_WARN set verdict Degraded
    status.ceph.health=HEALTH_OK set verdict Healthy
    set said Ceph health is {status.ceph.health}
    $details set said {$said} ({$details})
  status.state? $verdict=Healthy
    join said ' - ' Ceph cluster state is {status.state}
    status.state=Error set verdict Degraded
    status.state!=Created|Connected|Error set verdict Progressing
  status.message? status.message!= join said ' - ' {status.message}
  => {$verdict} {$said}

objectbucket.io/ObjectBucketClaim
  !status? => Progressing Waiting for status to be reported
  status.phase=Bound => Healthy Object bucket claim phase is Bound
  status.phase=Failed => Degraded Object bucket claim phase is Failed
  status.phase? => Progressing Object bucket claim phase is {status.phase}
  => Progressing Waiting for phase to be reported

minio.min.io/Tenant
  status.currentState=Initialized => Healthy {status.currentState}
  status.currentState='Statefulset not controlled by operator|Another MinIO Tenant already exists in the namespace|Tenant credentials are not set properly' => Degraded {status.currentState}
  status.currentState='Different versions across MinIO Pools|Pool Decommissioning Not Allowed' => Degraded {status.currentState}
  => Progressing {status.currentState|No status info available}

astra.netapp.io/Schedule
  status.lastScheduleTime? => Healthy Protection policy lastScheduleTime: {status.lastScheduleTime}
  => Healthy Protection policy not yet executed

astra.netapp.io/ExecHook
  spec.enabled=true => Healthy {kind} enabled
  spec.enabled=false => Suspended {kind} disabled
  => Progressing No status available

astra.netapp.io/Backup astra.netapp.io/ExecHooksRun astra.netapp.io/ResourceBackup astra.netapp.io/ResticVolumeBackup
astra.netapp.io/Snapshot
  status.state=Completed => Healthy {kind} Completed
  status.state=Running => Progressing {kind} Running
  status.state? => Degraded {status.state}
  => Progressing No status available

astra.netapp.io/AppVault
  status.state=available|Available => Healthy {kind} Available
  status.state=failed|Failed => Degraded {kind} Failed
  => Progressing No status available

astra.netapp.io/Application
  each status.conditions
    .type=Ready .status=True => Healthy Astra Application Ready, protectionState: {status.protectionState}
    .type=Ready .status=False => Degraded Astra Application Degraded, message: {.message}
  => Progressing No status available

trident.netapp.io/TridentOrchestrator
  status.status=Installed => Healthy {status.message}
  status.status=Failed|Error => Degraded {status.message}
  => Progressing Waiting for trident installation

trident.netapp.io/TridentBackendConfig
  status.phase=Bound status.lastOperationStatus=Success => Healthy {status.message}
  status.lastOperationStatus=Failed => Degraded {status.message}
  => Progressing Waiting for backend creation
)";

}  // namespace spokelab::hub
