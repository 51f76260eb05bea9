// The fields of every built-in API type of Kubernetes 1.32, as one text that schema.cc reads once.
//
// "type NAME [atomic]" opens a type; then one field a line: protobuf number, JSON name ("~": the
// fields of that type belong to this one), type ("int" has 32 bits, "long" 64), and flags:
// - optional: a pointer in Go, absent and zero differ
// - always: written even when empty or zero
// - merge[=K]: strategic merge merges the list (by K); replace: replaces it as a whole
// - retainkeys: a union, $retainKeys is used
// - set: a list of unique values; map=K,...: a list keyed by these fields
// - atomic: one owner for the whole value; granular: one for each field, whatever the type says
// - wrapped: on the wire of protobuf the list is a message of its own
// - required: OpenAPI asks for it, although it may be absent; omissible: the other way round
// - enum=A,B: the values that OpenAPI tells ("_": a space); default=V: the default that it tells
// Lists without a flag are atomic for server-side apply and replaced by strategic merge.
#include "kube/schema_data.h"

namespace spokelab::kube {

const std::initializer_list<const char*> kSchemaText = {
    R"(
type admissionregistration.v1.AuditAnnotation
 1 key string always
 2 valueExpression string always
type admissionregistration.v1.ExpressionWarning
 2 fieldRef string always
 3 warning string always
type admissionregistration.v1.MatchCondition
 1 name string always
 2 expression string always
type admissionregistration.v1.MatchResources atomic
 1 namespaceSelector meta.LabelSelector optional
 2 objectSelector meta.LabelSelector optional
 3 resourceRules []admissionregistration.v1.NamedRuleWithOperations
 4 excludeResourceRules []admissionregistration.v1.NamedRuleWithOperations
 7 matchPolicy string optional enum=Equivalent,Exact
type admissionregistration.v1.MutatingWebhook
 1 name string always
 2 clientConfig admissionregistration.v1.WebhookClientConfig always
 3 rules []admissionregistration.v1.RuleWithOperations
 4 failurePolicy string optional enum=Fail,Ignore
 5 namespaceSelector meta.LabelSelector optional
 6 sideEffects string optional required enum=None,NoneOnDryRun,Some,Unknown
 7 timeoutSeconds int optional
 8 admissionReviewVersions []string always
 9 matchPolicy string optional enum=Equivalent,Exact
 10 reinvocationPolicy string optional enum=IfNeeded,Never
 11 objectSelector meta.LabelSelector optional
 12 matchConditions []admissionregistration.v1.MatchCondition merge=name map=name
type admissionregistration.v1.MutatingWebhookConfiguration
 1 metadata meta.ObjectMeta
 2 webhooks []admissionregistration.v1.MutatingWebhook merge=name map=name
type admissionregistration.v1.NamedRuleWithOperations atomic
 1 resourceNames []string
 2 ~ admissionregistration.v1.RuleWithOperations
type admissionregistration.v1.ParamKind atomic
 1 apiVersion string
 2 kind string
type admissionregistration.v1.ParamRef atomic
 1 name string
 2 namespace string
 3 selector meta.LabelSelector optional
 4 parameterNotFoundAction string optional
type admissionregistration.v1.Rule
 1 apiGroups []string
 2 apiVersions []string
 3 resources []string
 4 scope string optional
type admissionregistration.v1.RuleWithOperations
 1 operations []string enum=*,CONNECT,CREATE,DELETE,UPDATE
 2 ~ admissionregistration.v1.Rule
type admissionregistration.v1.ServiceReference
 1 namespace string always
 2 name string always
 3 path string optional
 4 port int optional
type admissionregistration.v1.TypeChecking
 1 expressionWarnings []admissionregistration.v1.ExpressionWarning
type admissionregistration.v1.ValidatingAdmissionPolicy
 1 metadata meta.ObjectMeta
 2 spec admissionregistration.v1.ValidatingAdmissionPolicySpec
 3 status admissionregistration.v1.ValidatingAdmissionPolicyStatus
type admissionregistration.v1.ValidatingAdmissionPolicyBinding
 1 metadata meta.ObjectMeta
 2 spec admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec
type admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec
 1 policyName string
 2 paramRef admissionregistration.v1.ParamRef optional
 3 matchResources admissionregistration.v1.MatchResources optional
 4 validationActions []string set enum=Audit,Deny,Warn
type admissionregistration.v1.ValidatingAdmissionPolicySpec
 1 paramKind admissionregistration.v1.ParamKind optional
 2 matchConstraints admissionregistration.v1.MatchResources optional
 3 validations []admissionregistration.v1.Validation
 4 failurePolicy string optional enum=Fail,Ignore
 5 auditAnnotations []admissionregistration.v1.AuditAnnotation
 6 matchConditions []admissionregistration.v1.MatchCondition merge=name map=name
 7 variables []admissionregistration.v1.Variable merge=name map=name
type admissionregistration.v1.ValidatingAdmissionPolicyStatus
 1 observedGeneration long
 2 typeChecking admissionregistration.v1.TypeChecking optional
 3 conditions []meta.Condition map=type
type admissionregistration.v1.ValidatingWebhook
 1 name string always
 2 clientConfig admissionregistration.v1.WebhookClientConfig always
 3 rules []admissionregistration.v1.RuleWithOperations
 4 failurePolicy string optional enum=Fail,Ignore
 5 namespaceSelector meta.LabelSelector optional
 6 sideEffects string optional required enum=None,NoneOnDryRun,Some,Unknown
 7 timeoutSeconds int optional
 8 admissionReviewVersions []string always
 9 matchPolicy string optional enum=Equivalent,Exact
 10 objectSelector meta.LabelSelector optional
 11 matchConditions []admissionregistration.v1.MatchCondition merge=name map=name
type admissionregistration.v1.ValidatingWebhookConfiguration
 1 metadata meta.ObjectMeta
 2 webhooks []admissionregistration.v1.ValidatingWebhook merge=name map=name
type admissionregistration.v1.Validation
 1 expression string always
 2 message string
 3 reason string optional
 4 messageExpression string
type admissionregistration.v1.Variable atomic
 1 name string always
 2 expression string always
type admissionregistration.v1.WebhookClientConfig
 1 service admissionregistration.v1.ServiceReference optional
 2 caBundle bytes
 3 url string optional
type apiextensions.v1.CustomResourceColumnDefinition
 1 name string always
 2 type string always
 3 format string
 4 description string
 5 priority int
 6 jsonPath string always
type apiextensions.v1.CustomResourceConversion
 1 strategy string always
 2 webhook apiextensions.v1.WebhookConversion optional
type apiextensions.v1.CustomResourceDefinition
 1 metadata meta.ObjectMeta
 2 spec apiextensions.v1.CustomResourceDefinitionSpec always
 3 status apiextensions.v1.CustomResourceDefinitionStatus
type apiextensions.v1.CustomResourceDefinitionCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type apiextensions.v1.CustomResourceDefinitionNames
 1 plural string always
 2 singular string
 3 shortNames []string
 4 kind string always
 5 listKind string
 6 categories []string
type apiextensions.v1.CustomResourceDefinitionSpec
 1 group string always
 3 names apiextensions.v1.CustomResourceDefinitionNames always
 4 scope string always
 7 versions []apiextensions.v1.CustomResourceDefinitionVersion always
 9 conversion apiextensions.v1.CustomResourceConversion optional
 10 preserveUnknownFields bool
type apiextensions.v1.CustomResourceDefinitionStatus
 1 conditions []apiextensions.v1.CustomResourceDefinitionCondition always map=type omissible
 2 acceptedNames apiextensions.v1.CustomResourceDefinitionNames always omissible
 3 storedVersions []string always omissible
type apiextensions.v1.CustomResourceDefinitionVersion
 1 name string always
 2 served bool always
 3 storage bool always
 4 schema apiextensions.v1.CustomResourceValidation optional
 5 subresources apiextensions.v1.CustomResourceSubresources optional
 6 additionalPrinterColumns []apiextensions.v1.CustomResourceColumnDefinition
 7 deprecated bool
 8 deprecationWarning string optional
 9 selectableFields []apiextensions.v1.SelectableField
type apiextensions.v1.CustomResourceSubresourceScale
 1 specReplicasPath string always
 2 statusReplicasPath string always
 3 labelSelectorPath string optional
type apiextensions.v1.CustomResourceSubresourceStatus
type apiextensions.v1.CustomResourceSubresources
 1 status apiextensions.v1.CustomResourceSubresourceStatus optional
 2 scale apiextensions.v1.CustomResourceSubresourceScale optional
type apiextensions.v1.CustomResourceValidation
 1 openAPIV3Schema apiextensions.v1.JSONSchemaProps optional
type apiextensions.v1.ExternalDocumentation
 1 description string
 2 url string
type apiextensions.v1.JSONSchemaProps
 1 id string
 2 $schema string
 3 $ref string optional
 4 description string
 5 type string
 6 format string
 7 title string
 8 default any optional
 9 maximum number optional
 10 exclusiveMaximum bool
 11 minimum number optional
 12 exclusiveMinimum bool
 13 maxLength long optional
 14 minLength long optional
 15 pattern string
 16 maxItems long optional
 17 minItems long optional
 18 uniqueItems bool
 19 multipleOf number optional
 20 enum []any
 21 maxProperties long optional
 22 minProperties long optional
 23 required []string
 24 items any optional
 25 allOf []apiextensions.v1.JSONSchemaProps
 26 oneOf []apiextensions.v1.JSONSchemaProps
 27 anyOf []apiextensions.v1.JSONSchemaProps
 28 not apiextensions.v1.JSONSchemaProps optional
 29 properties {}apiextensions.v1.JSONSchemaProps
 30 additionalProperties any optional
 31 patternProperties {}apiextensions.v1.JSONSchemaProps
 32 dependencies {}any
 33 additionalItems any optional
 34 definitions {}apiextensions.v1.JSONSchemaProps
 35 externalDocs apiextensions.v1.ExternalDocumentation optional
 36 example any optional
 37 nullable bool
 38 x-kubernetes-preserve-unknown-fields bool optional
 39 x-kubernetes-embedded-resource bool
 40 x-kubernetes-int-or-string bool
 41 x-kubernetes-list-map-keys []string
 42 x-kubernetes-list-type string optional
 43 x-kubernetes-map-type string optional
 44 x-kubernetes-validations []apiextensions.v1.ValidationRule merge=rule map=rule
type apiextensions.v1.SelectableField
 1 jsonPath string always
type apiextensions.v1.ServiceReference
 1 namespace string always
 2 name string always
 3 path string optional
 4 port int optional
type apiextensions.v1.ValidationRule
 1 rule string always
 2 message string
 3 messageExpression string
 4 reason string optional enum=FieldValueDuplicate,FieldValueForbidden,FieldValueInvalid,FieldValueRequired
 5 fieldPath string
 6 optionalOldSelf bool optional
type apiextensions.v1.WebhookClientConfig
 1 service apiextensions.v1.ServiceReference optional
 2 caBundle bytes
 3 url string optional
type apiextensions.v1.WebhookConversion
 2 clientConfig apiextensions.v1.WebhookClientConfig optional
 3 conversionReviewVersions []string always
type apiregistration.v1.APIService
 1 metadata meta.ObjectMeta
 2 spec apiregistration.v1.APIServiceSpec
 3 status apiregistration.v1.APIServiceStatus
type apiregistration.v1.APIServiceCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type apiregistration.v1.APIServiceSpec
 1 service apiregistration.v1.ServiceReference optional
 2 group string
 3 version string
 4 insecureSkipTLSVerify bool
 5 caBundle bytes
 7 groupPriorityMinimum int always
 8 versionPriority int always
type apiregistration.v1.APIServiceStatus
 1 conditions []apiregistration.v1.APIServiceCondition merge=type map=type
type apiregistration.v1.ServiceReference
 1 namespace string
 2 name string
 3 port int optional
type apps.v1.ControllerRevision
 1 metadata meta.ObjectMeta
 2 data any
 3 revision long always
type apps.v1.DaemonSet
 1 metadata meta.ObjectMeta
 2 spec apps.v1.DaemonSetSpec
 3 status apps.v1.DaemonSetStatus
type apps.v1.DaemonSetCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type apps.v1.DaemonSetSpec
 1 selector meta.LabelSelector optional required
 2 template core.v1.PodTemplateSpec always
 3 updateStrategy apps.v1.DaemonSetUpdateStrategy
 4 minReadySeconds int
 6 revisionHistoryLimit int optional
type apps.v1.DaemonSetStatus
 1 currentNumberScheduled int always
 2 numberMisscheduled int always
 3 desiredNumberScheduled int always
 4 numberReady int always
 5 observedGeneration long
 6 updatedNumberScheduled int
 7 numberAvailable int
 8 numberUnavailable int
 9 collisionCount int optional
 10 conditions []apps.v1.DaemonSetCondition merge=type map=type
type apps.v1.DaemonSetUpdateStrategy
 1 type string enum=OnDelete,RollingUpdate
 2 rollingUpdate apps.v1.RollingUpdateDaemonSet optional
type apps.v1.Deployment
 1 metadata meta.ObjectMeta
 2 spec apps.v1.DeploymentSpec
 3 status apps.v1.DeploymentStatus
type apps.v1.DeploymentCondition
 1 type string always
 2 status string always
 4 reason string
 5 message string
 6 lastUpdateTime time
 7 lastTransitionTime time
type apps.v1.DeploymentSpec
 1 replicas int optional
 2 selector meta.LabelSelector optional required
 3 template core.v1.PodTemplateSpec always
 4 strategy apps.v1.DeploymentStrategy retainkeys
 5 minReadySeconds int
 6 revisionHistoryLimit int optional
 7 paused bool
 9 progressDeadlineSeconds int optional
type apps.v1.DeploymentStatus
 1 observedGeneration long
 2 replicas int
 3 updatedReplicas int
 4 availableReplicas int
 5 unavailableReplicas int
 6 conditions []apps.v1.DeploymentCondition merge=type map=type
 7 readyReplicas int
 8 collisionCount int optional
type apps.v1.DeploymentStrategy
 1 type string enum=Recreate,RollingUpdate
 2 rollingUpdate apps.v1.RollingUpdateDeployment optional
type apps.v1.ReplicaSet
 1 metadata meta.ObjectMeta
 2 spec apps.v1.ReplicaSetSpec
 3 status apps.v1.ReplicaSetStatus
type apps.v1.ReplicaSetCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type apps.v1.ReplicaSetSpec
 1 replicas int optional
 2 selector meta.LabelSelector optional required
 3 template core.v1.PodTemplateSpec
 4 minReadySeconds int
type apps.v1.ReplicaSetStatus
 1 replicas int always
 2 fullyLabeledReplicas int
 3 observedGeneration long
 4 readyReplicas int
 5 availableReplicas int
 6 conditions []apps.v1.ReplicaSetCondition merge=type map=type
type apps.v1.RollingUpdateDaemonSet
 1 maxUnavailable intorstring optional
 2 maxSurge intorstring optional
type apps.v1.RollingUpdateDeployment
 1 maxUnavailable intorstring optional
 2 maxSurge intorstring optional
type apps.v1.RollingUpdateStatefulSetStrategy
 1 partition int optional
 2 maxUnavailable intorstring optional
type apps.v1.StatefulSet
 1 metadata meta.ObjectMeta
 2 spec apps.v1.StatefulSetSpec
 3 status apps.v1.StatefulSetStatus
type apps.v1.StatefulSetCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type apps.v1.StatefulSetOrdinals
 1 start int always omissible
type apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy
 1 whenDeleted string
 2 whenScaled string
type apps.v1.StatefulSetSpec
 1 replicas int optional
 2 selector meta.LabelSelector optional required
 3 template core.v1.PodTemplateSpec always
 4 volumeClaimTemplates []core.v1.PersistentVolumeClaim
 5 serviceName string always
 6 podManagementPolicy string enum=OrderedReady,Parallel
 7 updateStrategy apps.v1.StatefulSetUpdateStrategy
 8 revisionHistoryLimit int optional
 9 minReadySeconds int
 10 persistentVolumeClaimRetentionPolicy apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy optional
 11 ordinals apps.v1.StatefulSetOrdinals optional
type apps.v1.StatefulSetStatus
 1 observedGeneration long
 2 replicas int always
 3 readyReplicas int
 4 currentReplicas int
 5 updatedReplicas int
 6 currentRevision string
 7 updateRevision string
 9 collisionCount int optional
 10 conditions []apps.v1.StatefulSetCondition merge=type map=type
 11 availableReplicas int always omissible
type apps.v1.StatefulSetUpdateStrategy
 1 type string enum=OnDelete,RollingUpdate
 2 rollingUpdate apps.v1.RollingUpdateStatefulSetStrategy optional
type authentication.v1.BoundObjectReference
 1 kind string
 2 apiVersion string
 3 name string
 4 uid string
type authentication.v1.SelfSubjectReview
 1 metadata meta.ObjectMeta
 2 status authentication.v1.SelfSubjectReviewStatus
type authentication.v1.SelfSubjectReviewStatus
 1 userInfo authentication.v1.UserInfo
type authentication.v1.TokenRequest
 1 metadata meta.ObjectMeta
 2 spec authentication.v1.TokenRequestSpec always
 3 status authentication.v1.TokenRequestStatus
)",
    R"(
type authentication.v1.TokenRequestSpec
 1 audiences []string always
 3 boundObjectRef authentication.v1.BoundObjectReference optional always omissible
 4 expirationSeconds long optional
type authentication.v1.TokenRequestStatus
 1 token string always
 2 expirationTimestamp time always
type authentication.v1.TokenReview
 1 metadata meta.ObjectMeta
 2 spec authentication.v1.TokenReviewSpec always
 3 status authentication.v1.TokenReviewStatus
type authentication.v1.TokenReviewSpec
 1 token string
 2 audiences []string
type authentication.v1.TokenReviewStatus
 1 authenticated bool
 2 user authentication.v1.UserInfo
 3 error string
 4 audiences []string
type authentication.v1.UserInfo
 1 username string
 2 uid string
 3 groups []string
 4 extra {}[]string
type authorization.v1.FieldSelectorAttributes
 1 rawSelector string
 2 requirements []meta.FieldSelectorRequirement
type authorization.v1.LabelSelectorAttributes
 1 rawSelector string
 2 requirements []meta.LabelSelectorRequirement
type authorization.v1.LocalSubjectAccessReview
 1 metadata meta.ObjectMeta
 2 spec authorization.v1.SubjectAccessReviewSpec always
 3 status authorization.v1.SubjectAccessReviewStatus
type authorization.v1.NonResourceAttributes
 1 path string
 2 verb string
type authorization.v1.NonResourceRule
 1 verbs []string always
 2 nonResourceURLs []string
type authorization.v1.ResourceAttributes
 1 namespace string
 2 verb string
 3 group string
 4 version string
 5 resource string
 6 subresource string
 7 name string
 8 fieldSelector authorization.v1.FieldSelectorAttributes optional
 9 labelSelector authorization.v1.LabelSelectorAttributes optional
type authorization.v1.ResourceRule
 1 verbs []string always
 2 apiGroups []string
 3 resources []string
 4 resourceNames []string
type authorization.v1.SelfSubjectAccessReview
 1 metadata meta.ObjectMeta
 2 spec authorization.v1.SelfSubjectAccessReviewSpec always
 3 status authorization.v1.SubjectAccessReviewStatus
type authorization.v1.SelfSubjectAccessReviewSpec
 1 resourceAttributes authorization.v1.ResourceAttributes optional
 2 nonResourceAttributes authorization.v1.NonResourceAttributes optional
type authorization.v1.SelfSubjectRulesReview
 1 metadata meta.ObjectMeta
 2 spec authorization.v1.SelfSubjectRulesReviewSpec always
 3 status authorization.v1.SubjectRulesReviewStatus
type authorization.v1.SelfSubjectRulesReviewSpec
 1 namespace string
type authorization.v1.SubjectAccessReview
 1 metadata meta.ObjectMeta
 2 spec authorization.v1.SubjectAccessReviewSpec always
 3 status authorization.v1.SubjectAccessReviewStatus
type authorization.v1.SubjectAccessReviewSpec
 1 resourceAttributes authorization.v1.ResourceAttributes optional
 2 nonResourceAttributes authorization.v1.NonResourceAttributes optional
 3 user string
 4 groups []string
 5 extra {}[]string
 6 uid string
type authorization.v1.SubjectAccessReviewStatus
 1 allowed bool always
 2 reason string
 3 evaluationError string
 4 denied bool
type authorization.v1.SubjectRulesReviewStatus
 1 resourceRules []authorization.v1.ResourceRule always
 2 nonResourceRules []authorization.v1.NonResourceRule always
 3 incomplete bool always
 4 evaluationError string
type autoscaling.v1.CrossVersionObjectReference atomic
 1 kind string always
 2 name string always
 3 apiVersion string
type autoscaling.v1.HorizontalPodAutoscaler
 1 metadata meta.ObjectMeta
 2 spec autoscaling.v1.HorizontalPodAutoscalerSpec
 3 status autoscaling.v1.HorizontalPodAutoscalerStatus
type autoscaling.v1.HorizontalPodAutoscalerSpec
 1 scaleTargetRef autoscaling.v1.CrossVersionObjectReference always
 2 minReplicas int optional
 3 maxReplicas int always
 4 targetCPUUtilizationPercentage int optional
type autoscaling.v1.HorizontalPodAutoscalerStatus
 1 observedGeneration long optional
 2 lastScaleTime time optional
 3 currentReplicas int always
 4 desiredReplicas int always
 5 currentCPUUtilizationPercentage int optional
type autoscaling.v1.Scale
 1 metadata meta.ObjectMeta
 2 spec autoscaling.v1.ScaleSpec
 3 status autoscaling.v1.ScaleStatus
type autoscaling.v1.ScaleSpec
 1 replicas int
type autoscaling.v1.ScaleStatus
 1 replicas int always
 2 selector string
type autoscaling.v2.ContainerResourceMetricSource
 1 name string always
 2 target autoscaling.v2.MetricTarget always
 3 container string always
type autoscaling.v2.ContainerResourceMetricStatus
 1 name string always
 2 current autoscaling.v2.MetricValueStatus always
 3 container string always
type autoscaling.v2.CrossVersionObjectReference
 1 kind string always
 2 name string always
 3 apiVersion string
type autoscaling.v2.ExternalMetricSource
 1 metric autoscaling.v2.MetricIdentifier always
 2 target autoscaling.v2.MetricTarget always
type autoscaling.v2.ExternalMetricStatus
 1 metric autoscaling.v2.MetricIdentifier always
 2 current autoscaling.v2.MetricValueStatus always
type autoscaling.v2.HPAScalingPolicy
 1 type string always
 2 value int always
 3 periodSeconds int always
type autoscaling.v2.HPAScalingRules
 1 selectPolicy string optional
 2 policies []autoscaling.v2.HPAScalingPolicy
 3 stabilizationWindowSeconds int optional
type autoscaling.v2.HorizontalPodAutoscaler
 1 metadata meta.ObjectMeta
 2 spec autoscaling.v2.HorizontalPodAutoscalerSpec
 3 status autoscaling.v2.HorizontalPodAutoscalerStatus
type autoscaling.v2.HorizontalPodAutoscalerBehavior
 1 scaleUp autoscaling.v2.HPAScalingRules optional
 2 scaleDown autoscaling.v2.HPAScalingRules optional
type autoscaling.v2.HorizontalPodAutoscalerCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type autoscaling.v2.HorizontalPodAutoscalerSpec
 1 scaleTargetRef autoscaling.v2.CrossVersionObjectReference always
 2 minReplicas int optional
 3 maxReplicas int always
 4 metrics []autoscaling.v2.MetricSpec
 5 behavior autoscaling.v2.HorizontalPodAutoscalerBehavior optional
type autoscaling.v2.HorizontalPodAutoscalerStatus
 1 observedGeneration long optional
 2 lastScaleTime time optional
 3 currentReplicas int
 4 desiredReplicas int always
 5 currentMetrics []autoscaling.v2.MetricStatus always omissible
 6 conditions []autoscaling.v2.HorizontalPodAutoscalerCondition merge=type map=type
type autoscaling.v2.MetricIdentifier
 1 name string always
 2 selector meta.LabelSelector optional
type autoscaling.v2.MetricSpec
 1 type string always
 2 object autoscaling.v2.ObjectMetricSource optional
 3 pods autoscaling.v2.PodsMetricSource optional
 4 resource autoscaling.v2.ResourceMetricSource optional
 5 external autoscaling.v2.ExternalMetricSource optional
 7 containerResource autoscaling.v2.ContainerResourceMetricSource optional
type autoscaling.v2.MetricStatus
 1 type string always
 2 object autoscaling.v2.ObjectMetricStatus optional
 3 pods autoscaling.v2.PodsMetricStatus optional
 4 resource autoscaling.v2.ResourceMetricStatus optional
 5 external autoscaling.v2.ExternalMetricStatus optional
 7 containerResource autoscaling.v2.ContainerResourceMetricStatus optional
type autoscaling.v2.MetricTarget
 1 type string always
 2 value quantity optional
 3 averageValue quantity optional
 4 averageUtilization int optional
type autoscaling.v2.MetricValueStatus
 1 value quantity optional
 2 averageValue quantity optional
 3 averageUtilization int optional
type autoscaling.v2.ObjectMetricSource
 1 describedObject autoscaling.v2.CrossVersionObjectReference always
 2 target autoscaling.v2.MetricTarget always
 3 metric autoscaling.v2.MetricIdentifier always
type autoscaling.v2.ObjectMetricStatus
 1 metric autoscaling.v2.MetricIdentifier always
 2 current autoscaling.v2.MetricValueStatus always
 3 describedObject autoscaling.v2.CrossVersionObjectReference always
type autoscaling.v2.PodsMetricSource
 1 metric autoscaling.v2.MetricIdentifier always
 2 target autoscaling.v2.MetricTarget always
type autoscaling.v2.PodsMetricStatus
 1 metric autoscaling.v2.MetricIdentifier always
 2 current autoscaling.v2.MetricValueStatus always
type autoscaling.v2.ResourceMetricSource
 1 name string always
 2 target autoscaling.v2.MetricTarget always
type autoscaling.v2.ResourceMetricStatus
 1 name string always
 2 current autoscaling.v2.MetricValueStatus always
type batch.v1.CronJob
 1 metadata meta.ObjectMeta
 2 spec batch.v1.CronJobSpec
 3 status batch.v1.CronJobStatus
type batch.v1.CronJobSpec
 1 schedule string always
 2 startingDeadlineSeconds long optional
 3 concurrencyPolicy string enum=Allow,Forbid,Replace
 4 suspend bool optional
 5 jobTemplate batch.v1.JobTemplateSpec always
 6 successfulJobsHistoryLimit int optional
 7 failedJobsHistoryLimit int optional
 8 timeZone string optional
type batch.v1.CronJobStatus
 1 active []core.v1.ObjectReference
 4 lastScheduleTime time optional
 5 lastSuccessfulTime time optional
type batch.v1.Job
 1 metadata meta.ObjectMeta
 2 spec batch.v1.JobSpec
 3 status batch.v1.JobStatus
type batch.v1.JobCondition
 1 type string always
 2 status string always
 3 lastProbeTime time
 4 lastTransitionTime time
 5 reason string
 6 message string
type batch.v1.JobSpec
 1 parallelism int optional
 2 completions int optional
 3 activeDeadlineSeconds long optional
 4 selector meta.LabelSelector optional
 5 manualSelector bool optional
 6 template core.v1.PodTemplateSpec always
 7 backoffLimit int optional
 8 ttlSecondsAfterFinished int optional
 9 completionMode string optional enum=Indexed,NonIndexed
 10 suspend bool optional
 11 podFailurePolicy batch.v1.PodFailurePolicy optional
 12 backoffLimitPerIndex int optional
 13 maxFailedIndexes int optional
 14 podReplacementPolicy string optional enum=Failed,TerminatingOrFailed
 15 managedBy string optional
 16 successPolicy batch.v1.SuccessPolicy optional
type batch.v1.JobStatus
 1 conditions []batch.v1.JobCondition merge=type
 2 startTime time optional
 3 completionTime time optional
 4 active int
 5 succeeded int
 6 failed int
 7 completedIndexes string
 8 uncountedTerminatedPods batch.v1.UncountedTerminatedPods optional
 9 ready int optional
 10 failedIndexes string optional
 11 terminating int optional
type batch.v1.JobTemplateSpec
 1 metadata meta.ObjectMeta
 2 spec batch.v1.JobSpec
type batch.v1.PodFailurePolicy
 1 rules []batch.v1.PodFailurePolicyRule always
type batch.v1.PodFailurePolicyOnExitCodesRequirement
 1 containerName string optional
 2 operator string always enum=In,NotIn
 3 values []int always set
type batch.v1.PodFailurePolicyOnPodConditionsPattern
 1 type string always
 2 status string always
type batch.v1.PodFailurePolicyRule
 1 action string always enum=Count,FailIndex,FailJob,Ignore
 2 onExitCodes batch.v1.PodFailurePolicyOnExitCodesRequirement optional
 3 onPodConditions []batch.v1.PodFailurePolicyOnPodConditionsPattern
type batch.v1.SuccessPolicy
 1 rules []batch.v1.SuccessPolicyRule always
type batch.v1.SuccessPolicyRule
 1 succeededIndexes string optional
 2 succeededCount int optional
type batch.v1.UncountedTerminatedPods
 1 succeeded []string set
 2 failed []string set
type certificates.v1.CertificateSigningRequest
 1 metadata meta.ObjectMeta
 2 spec certificates.v1.CertificateSigningRequestSpec always
 3 status certificates.v1.CertificateSigningRequestStatus
type certificates.v1.CertificateSigningRequestCondition
 1 type string always
 2 reason string
 3 message string
 4 lastUpdateTime time
 5 lastTransitionTime time
 6 status string always
type certificates.v1.CertificateSigningRequestSpec
 1 request bytes always
 2 username string
 3 uid string
 4 groups []string
 5 usages []string enum=any,cert_sign,client_auth,code_signing,content_commitment,crl_sign,data_encipherment,decipher_only,digital_signature,email_protection,encipher_only,ipsec_end_system,ipsec_tunnel,ipsec_user,key_agreement,key_encipherment,microsoft_sgc,netscape_sgc,ocsp_signing,s/mime,server_auth,signing,timestamping
 6 extra {}[]string
 7 signerName string always
 8 expirationSeconds int optional
type certificates.v1.CertificateSigningRequestStatus
 1 conditions []certificates.v1.CertificateSigningRequestCondition map=type
 2 certificate bytes
type coordination.v1.Lease
 1 metadata meta.ObjectMeta
 2 spec coordination.v1.LeaseSpec
type coordination.v1.LeaseSpec
 1 holderIdentity string optional
 2 leaseDurationSeconds int optional
 3 acquireTime microtime optional
 4 renewTime microtime optional
 5 leaseTransitions int optional
 6 strategy string optional
 7 preferredHolder string optional
type core.v1.AWSElasticBlockStoreVolumeSource
 1 volumeID string always
 2 fsType string
 3 partition int
 4 readOnly bool
type core.v1.Affinity
 1 nodeAffinity core.v1.NodeAffinity optional
 2 podAffinity core.v1.PodAffinity optional
 3 podAntiAffinity core.v1.PodAntiAffinity optional
type core.v1.AppArmorProfile
 1 type string always enum=Localhost,RuntimeDefault,Unconfined
 2 localhostProfile string optional
type core.v1.AttachedVolume
 1 name string always
 2 devicePath string always
type core.v1.AzureDiskVolumeSource
 1 diskName string always
 2 diskURI string always
 3 cachingMode string optional enum=None,ReadOnly,ReadWrite default=ReadWrite
 4 fsType string optional default=ext4
 5 readOnly bool optional
 6 kind string optional enum=Dedicated,Managed,Shared default=Shared
type core.v1.AzureFilePersistentVolumeSource
 1 secretName string always
 2 shareName string always
 3 readOnly bool
 4 secretNamespace string optional
type core.v1.AzureFileVolumeSource
 1 secretName string always
 2 shareName string always
 3 readOnly bool
type core.v1.Binding
 1 metadata meta.ObjectMeta
 2 target core.v1.ObjectReference always
type core.v1.CSIPersistentVolumeSource
 1 driver string always
 2 volumeHandle string always
 3 readOnly bool
 4 fsType string
 5 volumeAttributes {}string
 6 controllerPublishSecretRef core.v1.SecretReference optional
 7 nodeStageSecretRef core.v1.SecretReference optional
 8 nodePublishSecretRef core.v1.SecretReference optional
 9 controllerExpandSecretRef core.v1.SecretReference optional
 10 nodeExpandSecretRef core.v1.SecretReference optional
type core.v1.CSIVolumeSource
 1 driver string always
 2 readOnly bool optional
 3 fsType string optional
 4 volumeAttributes {}string
 5 nodePublishSecretRef core.v1.LocalObjectReference optional
type core.v1.Capabilities
 1 add []string
 2 drop []string
type core.v1.CephFSPersistentVolumeSource
 1 monitors []string always
 2 path string
 3 user string
 4 secretFile string
 5 secretRef core.v1.SecretReference optional
 6 readOnly bool
type core.v1.CephFSVolumeSource
 1 monitors []string always
 2 path string
 3 user string
 4 secretFile string
 5 secretRef core.v1.LocalObjectReference optional
 6 readOnly bool
type core.v1.CinderPersistentVolumeSource
 1 volumeID string always
 2 fsType string
 3 readOnly bool
 4 secretRef core.v1.SecretReference optional
)",
    R"(
type core.v1.CinderVolumeSource
 1 volumeID string always
 2 fsType string
 3 readOnly bool
 4 secretRef core.v1.LocalObjectReference optional
type core.v1.ClientIPConfig
 1 timeoutSeconds int optional
type core.v1.ClusterTrustBundleProjection
 1 name string optional
 2 signerName string optional
 3 labelSelector meta.LabelSelector optional
 4 path string always
 5 optional bool optional
type core.v1.ComponentCondition
 1 type string always
 2 status string always
 3 message string
 4 error string
type core.v1.ComponentStatus
 1 metadata meta.ObjectMeta
 2 conditions []core.v1.ComponentCondition merge=type map=type
type core.v1.ConfigMap
 1 metadata meta.ObjectMeta
 2 data {}string
 3 binaryData {}bytes
 4 immutable bool optional
type core.v1.ConfigMapEnvSource
 1 ~ core.v1.LocalObjectReference
 2 optional bool optional
type core.v1.ConfigMapKeySelector atomic
 1 ~ core.v1.LocalObjectReference
 2 key string always
 3 optional bool optional
type core.v1.ConfigMapNodeConfigSource
 1 namespace string always
 2 name string always
 3 uid string
 4 resourceVersion string
 5 kubeletConfigKey string always
type core.v1.ConfigMapProjection
 1 ~ core.v1.LocalObjectReference
 2 items []core.v1.KeyToPath
 4 optional bool optional
type core.v1.ConfigMapVolumeSource
 1 ~ core.v1.LocalObjectReference
 2 items []core.v1.KeyToPath
 3 defaultMode int optional
 4 optional bool optional
type core.v1.Container
 1 name string always
 2 image string
 3 command []string
 4 args []string
 5 workingDir string
 6 ports []core.v1.ContainerPort merge=containerPort map=containerPort,protocol
 7 env []core.v1.EnvVar merge=name map=name
 8 resources core.v1.ResourceRequirements
 9 volumeMounts []core.v1.VolumeMount merge=mountPath map=mountPath
 10 livenessProbe core.v1.Probe optional
 11 readinessProbe core.v1.Probe optional
 12 lifecycle core.v1.Lifecycle optional
 13 terminationMessagePath string
 14 imagePullPolicy string enum=Always,IfNotPresent,Never
 15 securityContext core.v1.SecurityContext optional
 16 stdin bool
 17 stdinOnce bool
 18 tty bool
 19 envFrom []core.v1.EnvFromSource
 20 terminationMessagePolicy string enum=FallbackToLogsOnError,File
 21 volumeDevices []core.v1.VolumeDevice merge=devicePath map=devicePath
 22 startupProbe core.v1.Probe optional
 23 resizePolicy []core.v1.ContainerResizePolicy
 24 restartPolicy string optional
type core.v1.ContainerImage
 1 names []string always omissible
 2 sizeBytes long
type core.v1.ContainerPort
 1 name string
 2 hostPort int
 3 containerPort int always
 4 protocol string enum=SCTP,TCP,UDP default=TCP
 5 hostIP string
type core.v1.ContainerResizePolicy
 1 resourceName string always
 2 restartPolicy string always
type core.v1.ContainerState
 1 waiting core.v1.ContainerStateWaiting optional
 2 running core.v1.ContainerStateRunning optional
 3 terminated core.v1.ContainerStateTerminated optional
type core.v1.ContainerStateRunning
 1 startedAt time
type core.v1.ContainerStateTerminated
 1 exitCode int always
 2 signal int
 3 reason string
 4 message string
 5 startedAt time
 6 finishedAt time
 7 containerID string
type core.v1.ContainerStateWaiting
 1 reason string
 2 message string
type core.v1.ContainerStatus
 1 name string always
 2 state core.v1.ContainerState
 3 lastState core.v1.ContainerState
 4 ready bool always
 5 restartCount int always
 6 image string always
 7 imageID string always
 8 containerID string
 9 started bool optional
 10 allocatedResources {}quantity
 11 resources core.v1.ResourceRequirements optional
 12 volumeMounts []core.v1.VolumeMountStatus merge=mountPath map=mountPath
 13 user core.v1.ContainerUser optional
 14 allocatedResourcesStatus []core.v1.ResourceStatus merge=name map=name
type core.v1.ContainerUser
 1 linux core.v1.LinuxContainerUser optional
type core.v1.DaemonEndpoint
 1 Port int always
type core.v1.DownwardAPIProjection
 1 items []core.v1.DownwardAPIVolumeFile
type core.v1.DownwardAPIVolumeFile
 1 path string always
 2 fieldRef core.v1.ObjectFieldSelector optional
 3 resourceFieldRef core.v1.ResourceFieldSelector optional
 4 mode int optional
type core.v1.DownwardAPIVolumeSource
 1 items []core.v1.DownwardAPIVolumeFile
 2 defaultMode int optional
type core.v1.EmptyDirVolumeSource
 1 medium string
 2 sizeLimit quantity optional
type core.v1.EndpointAddress atomic
 1 ip string always
 2 targetRef core.v1.ObjectReference optional
 3 hostname string
 4 nodeName string optional
type core.v1.EndpointPort atomic
 1 name string
 2 port int always
 3 protocol string enum=SCTP,TCP,UDP
 4 appProtocol string optional
type core.v1.EndpointSubset
 1 addresses []core.v1.EndpointAddress
 2 notReadyAddresses []core.v1.EndpointAddress
 3 ports []core.v1.EndpointPort
type core.v1.Endpoints
 1 metadata meta.ObjectMeta
 2 subsets []core.v1.EndpointSubset
type core.v1.EnvFromSource
 1 prefix string
 2 configMapRef core.v1.ConfigMapEnvSource optional
 3 secretRef core.v1.SecretEnvSource optional
type core.v1.EnvVar
 1 name string always
 2 value string
 3 valueFrom core.v1.EnvVarSource optional
type core.v1.EnvVarSource
 1 fieldRef core.v1.ObjectFieldSelector optional
 2 resourceFieldRef core.v1.ResourceFieldSelector optional
 3 configMapKeyRef core.v1.ConfigMapKeySelector optional
 4 secretKeyRef core.v1.SecretKeySelector optional
type core.v1.EphemeralContainer
 1 ~ core.v1.EphemeralContainerCommon
 2 targetContainerName string
type core.v1.EphemeralContainerCommon
 1 name string always
 2 image string
 3 command []string
 4 args []string
 5 workingDir string
 6 ports []core.v1.ContainerPort
 7 env []core.v1.EnvVar
 8 resources core.v1.ResourceRequirements
 9 volumeMounts []core.v1.VolumeMount
 10 livenessProbe core.v1.Probe optional
 11 readinessProbe core.v1.Probe optional
 12 lifecycle core.v1.Lifecycle optional
 13 terminationMessagePath string
 14 imagePullPolicy string
 15 securityContext core.v1.SecurityContext optional
 16 stdin bool
 17 stdinOnce bool
 18 tty bool
 19 envFrom []core.v1.EnvFromSource
 20 terminationMessagePolicy string
 21 volumeDevices []core.v1.VolumeDevice
 22 startupProbe core.v1.Probe optional
 23 resizePolicy []core.v1.ContainerResizePolicy
 24 restartPolicy string optional
type core.v1.EphemeralVolumeSource
 1 volumeClaimTemplate core.v1.PersistentVolumeClaimTemplate optional
type core.v1.Event
 1 metadata meta.ObjectMeta always
 2 involvedObject core.v1.ObjectReference always
 3 reason string
 4 message string
 5 source core.v1.EventSource
 6 firstTimestamp time
 7 lastTimestamp time
 8 count int
 9 type string
 10 eventTime microtime
 11 series core.v1.EventSeries optional
 12 action string
 13 related core.v1.ObjectReference optional
 14 reportingComponent string always omissible
 15 reportingInstance string always omissible
type core.v1.EventSeries
 1 count int
 2 lastObservedTime microtime
type core.v1.EventSource
 1 component string
 2 host string
type core.v1.ExecAction
 1 command []string
type core.v1.FCVolumeSource
 1 targetWWNs []string
 2 lun int optional
 3 fsType string
 4 readOnly bool
 5 wwids []string
type core.v1.FlexPersistentVolumeSource
 1 driver string always
 2 fsType string
 3 secretRef core.v1.SecretReference optional
 4 readOnly bool
 5 options {}string
type core.v1.FlexVolumeSource
 1 driver string always
 2 fsType string
 3 secretRef core.v1.LocalObjectReference optional
 4 readOnly bool
 5 options {}string
type core.v1.FlockerVolumeSource
 1 datasetName string
 2 datasetUUID string
type core.v1.GCEPersistentDiskVolumeSource
 1 pdName string always
 2 fsType string
 3 partition int
 4 readOnly bool
type core.v1.GRPCAction
 1 port int always
 2 service string optional
type core.v1.GitRepoVolumeSource
 1 repository string always
 2 revision string
 3 directory string
type core.v1.GlusterfsPersistentVolumeSource
 1 endpoints string always
 2 path string always
 3 readOnly bool
 4 endpointsNamespace string optional
type core.v1.GlusterfsVolumeSource
 1 endpoints string always
 2 path string always
 3 readOnly bool
type core.v1.HTTPGetAction
 1 path string
 2 port intorstring always
 3 host string
 4 scheme string enum=HTTP,HTTPS
 5 httpHeaders []core.v1.HTTPHeader
type core.v1.HTTPHeader
 1 name string always
 2 value string always
type core.v1.HostAlias
 1 ip string always
 2 hostnames []string
type core.v1.HostIP
 1 ip string always
type core.v1.HostPathVolumeSource
 1 path string always
 2 type string optional enum=,BlockDevice,CharDevice,Directory,DirectoryOrCreate,File,FileOrCreate,Socket
type core.v1.ISCSIPersistentVolumeSource
 1 targetPortal string always
 2 iqn string always
 3 lun int always
 4 iscsiInterface string default=default
 5 fsType string
 6 readOnly bool
 7 portals []string
 8 chapAuthDiscovery bool
 10 secretRef core.v1.SecretReference optional
 11 chapAuthSession bool
 12 initiatorName string optional
type core.v1.ISCSIVolumeSource
 1 targetPortal string always
 2 iqn string always
 3 lun int always
 4 iscsiInterface string default=default
 5 fsType string
 6 readOnly bool
 7 portals []string
 8 chapAuthDiscovery bool
 10 secretRef core.v1.LocalObjectReference optional
 11 chapAuthSession bool
 12 initiatorName string optional
type core.v1.ImageVolumeSource
 1 reference string
 2 pullPolicy string enum=Always,IfNotPresent,Never
type core.v1.KeyToPath
 1 key string always
 2 path string always
 3 mode int optional
type core.v1.Lifecycle
 1 postStart core.v1.LifecycleHandler optional
 2 preStop core.v1.LifecycleHandler optional
type core.v1.LifecycleHandler
 1 exec core.v1.ExecAction optional
 2 httpGet core.v1.HTTPGetAction optional
 3 tcpSocket core.v1.TCPSocketAction optional
 4 sleep core.v1.SleepAction optional
type core.v1.LimitRange
 1 metadata meta.ObjectMeta
 2 spec core.v1.LimitRangeSpec
type core.v1.LimitRangeItem
 1 type string always
 2 max {}quantity
 3 min {}quantity
 4 default {}quantity
 5 defaultRequest {}quantity
 6 maxLimitRequestRatio {}quantity
type core.v1.LimitRangeSpec
 1 limits []core.v1.LimitRangeItem always
type core.v1.LinuxContainerUser
 1 uid long always
 2 gid long always
 3 supplementalGroups []long
type core.v1.LoadBalancerIngress
 1 ip string
 2 hostname string
 3 ipMode string optional
 4 ports []core.v1.PortStatus
type core.v1.LoadBalancerStatus
 1 ingress []core.v1.LoadBalancerIngress
type core.v1.LocalObjectReference atomic
 1 name string
type core.v1.LocalVolumeSource
 1 path string always
 2 fsType string optional
type core.v1.ModifyVolumeStatus
 1 targetVolumeAttributesClassName string
 2 status string always enum=InProgress,Infeasible,Pending
type core.v1.NFSVolumeSource
 1 server string always
 2 path string always
 3 readOnly bool
type core.v1.Namespace
 1 metadata meta.ObjectMeta
 2 spec core.v1.NamespaceSpec
 3 status core.v1.NamespaceStatus
type core.v1.NamespaceCondition
 1 type string always
 2 status string always
 4 lastTransitionTime time
 5 reason string
 6 message string
type core.v1.NamespaceSpec
 1 finalizers []string
type core.v1.NamespaceStatus
 1 phase string enum=Active,Terminating
 2 conditions []core.v1.NamespaceCondition merge=type map=type
type core.v1.Node
 1 metadata meta.ObjectMeta
 2 spec core.v1.NodeSpec
 3 status core.v1.NodeStatus
type core.v1.NodeAddress
 1 type string always
 2 address string always
type core.v1.NodeAffinity
 1 requiredDuringSchedulingIgnoredDuringExecution core.v1.NodeSelector optional
 2 preferredDuringSchedulingIgnoredDuringExecution []core.v1.PreferredSchedulingTerm
type core.v1.NodeCondition
 1 type string always
 2 status string always
 3 lastHeartbeatTime time
 4 lastTransitionTime time
 5 reason string
 6 message string
type core.v1.NodeConfigSource
 2 configMap core.v1.ConfigMapNodeConfigSource optional
type core.v1.NodeConfigStatus
 1 assigned core.v1.NodeConfigSource optional
 2 active core.v1.NodeConfigSource optional
 3 lastKnownGood core.v1.NodeConfigSource optional
 4 error string
type core.v1.NodeDaemonEndpoints
 1 kubeletEndpoint core.v1.DaemonEndpoint
type core.v1.NodeFeatures
 1 supplementalGroupsPolicy bool optional
type core.v1.NodeRuntimeHandler
 1 name string always omissible
 2 features core.v1.NodeRuntimeHandlerFeatures optional
type core.v1.NodeRuntimeHandlerFeatures
 1 recursiveReadOnlyMounts bool optional
 2 userNamespaces bool optional
type core.v1.NodeSelector atomic
 1 nodeSelectorTerms []core.v1.NodeSelectorTerm always
type core.v1.NodeSelectorRequirement
 1 key string always
 2 operator string always enum=DoesNotExist,Exists,Gt,In,Lt,NotIn
 3 values []string
type core.v1.NodeSelectorTerm atomic
 1 matchExpressions []core.v1.NodeSelectorRequirement
 2 matchFields []core.v1.NodeSelectorRequirement
type core.v1.NodeSpec
 1 podCIDR string
 2 externalID string
 3 providerID string
 4 unschedulable bool
 5 taints []core.v1.Taint
 6 configSource core.v1.NodeConfigSource optional
 7 podCIDRs []string merge set
type core.v1.NodeStatus
 1 capacity {}quantity
 2 allocatable {}quantity
 3 phase string enum=Pending,Running,Terminated
 4 conditions []core.v1.NodeCondition merge=type map=type
 5 addresses []core.v1.NodeAddress merge=type map=type
 6 daemonEndpoints core.v1.NodeDaemonEndpoints
 7 nodeInfo core.v1.NodeSystemInfo
 8 images []core.v1.ContainerImage
 9 volumesInUse []string
 10 volumesAttached []core.v1.AttachedVolume
 11 config core.v1.NodeConfigStatus optional
 12 runtimeHandlers []core.v1.NodeRuntimeHandler
 13 features core.v1.NodeFeatures optional
type core.v1.NodeSystemInfo
 1 machineID string always
 2 systemUUID string always
 3 bootID string always
 4 kernelVersion string always
 5 osImage string always
 6 containerRuntimeVersion string always
 7 kubeletVersion string always
 8 kubeProxyVersion string always
 9 operatingSystem string always
 10 architecture string always
type core.v1.ObjectFieldSelector atomic
 1 apiVersion string
 2 fieldPath string always
type core.v1.ObjectReference atomic
 1 kind string
 2 namespace string
 3 name string
 4 uid string
 5 apiVersion string
 6 resourceVersion string
 7 fieldPath string
type core.v1.PersistentVolume
 1 metadata meta.ObjectMeta
 2 spec core.v1.PersistentVolumeSpec
 3 status core.v1.PersistentVolumeStatus
type core.v1.PersistentVolumeClaim
 1 metadata meta.ObjectMeta
 2 spec core.v1.PersistentVolumeClaimSpec
 3 status core.v1.PersistentVolumeClaimStatus
type core.v1.PersistentVolumeClaimCondition
 1 type string always
 2 status string always
 3 lastProbeTime time
 4 lastTransitionTime time
 5 reason string
 6 message string
type core.v1.PersistentVolumeClaimSpec
 1 accessModes []string enum=ReadOnlyMany,ReadWriteMany,ReadWriteOnce,ReadWriteOncePod
 2 resources core.v1.VolumeResourceRequirements
 3 volumeName string
 4 selector meta.LabelSelector optional
 5 storageClassName string optional
 6 volumeMode string optional enum=Block,Filesystem
 7 dataSource core.v1.TypedLocalObjectReference optional
 8 dataSourceRef core.v1.TypedObjectReference optional
 9 volumeAttributesClassName string optional
)",
    R"(
type core.v1.PersistentVolumeClaimStatus
 1 phase string enum=Bound,Lost,Pending
 2 accessModes []string enum=ReadOnlyMany,ReadWriteMany,ReadWriteOnce,ReadWriteOncePod
 3 capacity {}quantity
 4 conditions []core.v1.PersistentVolumeClaimCondition merge=type map=type
 5 allocatedResources {}quantity
 7 allocatedResourceStatuses {}string granular
 8 currentVolumeAttributesClassName string optional
 9 modifyVolumeStatus core.v1.ModifyVolumeStatus optional
type core.v1.PersistentVolumeClaimTemplate
 1 metadata meta.ObjectMeta
 2 spec core.v1.PersistentVolumeClaimSpec always
type core.v1.PersistentVolumeClaimVolumeSource
 1 claimName string always
 2 readOnly bool
type core.v1.PersistentVolumeSource
 1 gcePersistentDisk core.v1.GCEPersistentDiskVolumeSource optional
 2 awsElasticBlockStore core.v1.AWSElasticBlockStoreVolumeSource optional
 3 hostPath core.v1.HostPathVolumeSource optional
 4 glusterfs core.v1.GlusterfsPersistentVolumeSource optional
 5 nfs core.v1.NFSVolumeSource optional
 6 rbd core.v1.RBDPersistentVolumeSource optional
 7 iscsi core.v1.ISCSIPersistentVolumeSource optional
 8 cinder core.v1.CinderPersistentVolumeSource optional
 9 cephfs core.v1.CephFSPersistentVolumeSource optional
 10 fc core.v1.FCVolumeSource optional
 11 flocker core.v1.FlockerVolumeSource optional
 12 flexVolume core.v1.FlexPersistentVolumeSource optional
 13 azureFile core.v1.AzureFilePersistentVolumeSource optional
 14 vsphereVolume core.v1.VsphereVirtualDiskVolumeSource optional
 15 quobyte core.v1.QuobyteVolumeSource optional
 16 azureDisk core.v1.AzureDiskVolumeSource optional
 17 photonPersistentDisk core.v1.PhotonPersistentDiskVolumeSource optional
 18 portworxVolume core.v1.PortworxVolumeSource optional
 19 scaleIO core.v1.ScaleIOPersistentVolumeSource optional
 20 local core.v1.LocalVolumeSource optional
 21 storageos core.v1.StorageOSPersistentVolumeSource optional
 22 csi core.v1.CSIPersistentVolumeSource optional
type core.v1.PersistentVolumeSpec
 1 capacity {}quantity
 2 ~ core.v1.PersistentVolumeSource
 3 accessModes []string enum=ReadOnlyMany,ReadWriteMany,ReadWriteOnce,ReadWriteOncePod
 4 claimRef core.v1.ObjectReference optional granular
 5 persistentVolumeReclaimPolicy string enum=Delete,Recycle,Retain
 6 storageClassName string
 7 mountOptions []string
 8 volumeMode string optional enum=Block,Filesystem
 9 nodeAffinity core.v1.VolumeNodeAffinity optional
 10 volumeAttributesClassName string optional
type core.v1.PersistentVolumeStatus
 1 phase string enum=Available,Bound,Failed,Pending,Released
 2 message string
 3 reason string
 4 lastPhaseTransitionTime time optional
type core.v1.PhotonPersistentDiskVolumeSource
 1 pdID string always
 2 fsType string
type core.v1.Pod
 1 metadata meta.ObjectMeta
 2 spec core.v1.PodSpec
 3 status core.v1.PodStatus
type core.v1.PodAffinity
 1 requiredDuringSchedulingIgnoredDuringExecution []core.v1.PodAffinityTerm
 2 preferredDuringSchedulingIgnoredDuringExecution []core.v1.WeightedPodAffinityTerm
type core.v1.PodAffinityTerm
 1 labelSelector meta.LabelSelector optional
 2 namespaces []string
 3 topologyKey string always
 4 namespaceSelector meta.LabelSelector optional
 5 matchLabelKeys []string
 6 mismatchLabelKeys []string
type core.v1.PodAntiAffinity
 1 requiredDuringSchedulingIgnoredDuringExecution []core.v1.PodAffinityTerm
 2 preferredDuringSchedulingIgnoredDuringExecution []core.v1.WeightedPodAffinityTerm
type core.v1.PodCondition
 1 type string always
 2 status string always
 3 lastProbeTime time
 4 lastTransitionTime time
 5 reason string
 6 message string
type core.v1.PodDNSConfig
 1 nameservers []string
 2 searches []string
 3 options []core.v1.PodDNSConfigOption
type core.v1.PodDNSConfigOption
 1 name string
 2 value string optional
type core.v1.PodIP
 1 ip string always
type core.v1.PodOS
 1 name string always
type core.v1.PodReadinessGate
 1 conditionType string always
type core.v1.PodResourceClaim
 1 name string always
 3 resourceClaimName string optional
 4 resourceClaimTemplateName string optional
type core.v1.PodResourceClaimStatus
 1 name string always
 2 resourceClaimName string optional
type core.v1.PodSchedulingGate
 1 name string always
type core.v1.PodSecurityContext
 1 seLinuxOptions core.v1.SELinuxOptions optional
 2 runAsUser long optional
 3 runAsNonRoot bool optional
 4 supplementalGroups []long
 5 fsGroup long optional
 6 runAsGroup long optional
 7 sysctls []core.v1.Sysctl
 8 windowsOptions core.v1.WindowsSecurityContextOptions optional
 9 fsGroupChangePolicy string optional enum=Always,OnRootMismatch
 10 seccompProfile core.v1.SeccompProfile optional
 11 appArmorProfile core.v1.AppArmorProfile optional
 12 supplementalGroupsPolicy string optional enum=Merge,Strict
 13 seLinuxChangePolicy string optional
type core.v1.PodSpec
 1 volumes []core.v1.Volume merge=name retainkeys map=name
 2 containers []core.v1.Container always merge=name map=name
 3 restartPolicy string enum=Always,Never,OnFailure
 4 terminationGracePeriodSeconds long optional
 5 activeDeadlineSeconds long optional
 6 dnsPolicy string enum=ClusterFirst,ClusterFirstWithHostNet,Default,None
 7 nodeSelector {}string atomic
 8 serviceAccountName string
 9 serviceAccount string
 10 nodeName string
 11 hostNetwork bool
 12 hostPID bool
 13 hostIPC bool
 14 securityContext core.v1.PodSecurityContext optional
 15 imagePullSecrets []core.v1.LocalObjectReference merge=name map=name
 16 hostname string
 17 subdomain string
 18 affinity core.v1.Affinity optional
 19 schedulerName string
 20 initContainers []core.v1.Container merge=name map=name
 21 automountServiceAccountToken bool optional
 22 tolerations []core.v1.Toleration
 23 hostAliases []core.v1.HostAlias merge=ip map=ip
 24 priorityClassName string
 25 priority int optional
 26 dnsConfig core.v1.PodDNSConfig optional
 27 shareProcessNamespace bool optional
 28 readinessGates []core.v1.PodReadinessGate
 29 runtimeClassName string optional
 30 enableServiceLinks bool optional
 31 preemptionPolicy string optional enum=Never,PreemptLowerPriority
 32 overhead {}quantity
 33 topologySpreadConstraints []core.v1.TopologySpreadConstraint merge=topologyKey map=topologyKey,whenUnsatisfiable
 34 ephemeralContainers []core.v1.EphemeralContainer merge=name map=name
 35 setHostnameAsFQDN bool optional
 36 os core.v1.PodOS optional
 37 hostUsers bool optional
 38 schedulingGates []core.v1.PodSchedulingGate merge=name map=name
 39 resourceClaims []core.v1.PodResourceClaim merge=name retainkeys map=name
 40 resources core.v1.ResourceRequirements optional
type core.v1.PodStatus
 1 phase string enum=Failed,Pending,Running,Succeeded,Unknown
 2 conditions []core.v1.PodCondition merge=type map=type
 3 message string
 4 reason string
 5 hostIP string
 6 podIP string
 7 startTime time optional
 8 containerStatuses []core.v1.ContainerStatus
 9 qosClass string enum=BestEffort,Burstable,Guaranteed
 10 initContainerStatuses []core.v1.ContainerStatus
 11 nominatedNodeName string
 12 podIPs []core.v1.PodIP merge=ip map=ip
 13 ephemeralContainerStatuses []core.v1.ContainerStatus
 14 resize string
 15 resourceClaimStatuses []core.v1.PodResourceClaimStatus merge=name retainkeys map=name
 16 hostIPs []core.v1.HostIP merge=ip
type core.v1.PodStatusResult
 1 metadata meta.ObjectMeta
 2 status core.v1.PodStatus
type core.v1.PodTemplate
 1 metadata meta.ObjectMeta
 2 template core.v1.PodTemplateSpec
type core.v1.PodTemplateSpec
 1 metadata meta.ObjectMeta
 2 spec core.v1.PodSpec
type core.v1.PortStatus
 1 port int always
 2 protocol string always enum=SCTP,TCP,UDP
 3 error string optional
type core.v1.PortworxVolumeSource
 1 volumeID string always
 2 fsType string
 3 readOnly bool
type core.v1.PreferredSchedulingTerm
 1 weight int always
 2 preference core.v1.NodeSelectorTerm always
type core.v1.Probe
 1 ~ core.v1.ProbeHandler
 2 initialDelaySeconds int
 3 timeoutSeconds int
 4 periodSeconds int
 5 successThreshold int
 6 failureThreshold int
 7 terminationGracePeriodSeconds long optional
type core.v1.ProbeHandler
 1 exec core.v1.ExecAction optional
 2 httpGet core.v1.HTTPGetAction optional
 3 tcpSocket core.v1.TCPSocketAction optional
 4 grpc core.v1.GRPCAction optional
type core.v1.ProjectedVolumeSource
 1 sources []core.v1.VolumeProjection always omissible
 2 defaultMode int optional
type core.v1.QuobyteVolumeSource
 1 registry string always
 2 volume string always
 3 readOnly bool
 4 user string
 5 group string
 6 tenant string
type core.v1.RBDPersistentVolumeSource
 1 monitors []string always
 2 image string always
 3 fsType string
 4 pool string default=rbd
 5 user string default=admin
 6 keyring string default=/etc/ceph/keyring
 7 secretRef core.v1.SecretReference optional
 8 readOnly bool
type core.v1.RBDVolumeSource
 1 monitors []string always
 2 image string always
 3 fsType string
 4 pool string default=rbd
 5 user string default=admin
 6 keyring string default=/etc/ceph/keyring
 7 secretRef core.v1.LocalObjectReference optional
 8 readOnly bool
type core.v1.RangeAllocation
 1 metadata meta.ObjectMeta
 2 range string always
 3 data bytes always
type core.v1.ReplicationController
 1 metadata meta.ObjectMeta
 2 spec core.v1.ReplicationControllerSpec
 3 status core.v1.ReplicationControllerStatus
type core.v1.ReplicationControllerCondition
 1 type string always
 2 status string always
 3 lastTransitionTime time
 4 reason string
 5 message string
type core.v1.ReplicationControllerSpec
 1 replicas int optional
 2 selector {}string atomic
 3 template core.v1.PodTemplateSpec optional
 4 minReadySeconds int
type core.v1.ReplicationControllerStatus
 1 replicas int always
 2 fullyLabeledReplicas int
 3 observedGeneration long
 4 readyReplicas int
 5 availableReplicas int
 6 conditions []core.v1.ReplicationControllerCondition merge=type map=type
type core.v1.ResourceClaim
 1 name string always
 2 request string
type core.v1.ResourceFieldSelector atomic
 1 containerName string
 2 resource string always
 3 divisor quantity
type core.v1.ResourceHealth
 1 resourceID string always
 2 health string
type core.v1.ResourceQuota
 1 metadata meta.ObjectMeta
 2 spec core.v1.ResourceQuotaSpec
 3 status core.v1.ResourceQuotaStatus
type core.v1.ResourceQuotaSpec
 1 hard {}quantity
 2 scopes []string enum=BestEffort,CrossNamespacePodAffinity,NotBestEffort,NotTerminating,PriorityClass,Terminating
 3 scopeSelector core.v1.ScopeSelector optional
type core.v1.ResourceQuotaStatus
 1 hard {}quantity
 2 used {}quantity
type core.v1.ResourceRequirements
 1 limits {}quantity
 2 requests {}quantity
 3 claims []core.v1.ResourceClaim map=name
type core.v1.ResourceStatus
 1 name string always
 2 resources []core.v1.ResourceHealth map=resourceID
type core.v1.SELinuxOptions
 1 user string
 2 role string
 3 type string
 4 level string
type core.v1.ScaleIOPersistentVolumeSource
 1 gateway string always
 2 system string always
 3 secretRef core.v1.SecretReference optional required
 4 sslEnabled bool
 5 protectionDomain string
 6 storagePool string
 7 storageMode string default=ThinProvisioned
 8 volumeName string
 9 fsType string default=xfs
 10 readOnly bool
type core.v1.ScaleIOVolumeSource
 1 gateway string always
 2 system string always
 3 secretRef core.v1.LocalObjectReference optional required
 4 sslEnabled bool
 5 protectionDomain string
 6 storagePool string
 7 storageMode string default=ThinProvisioned
 8 volumeName string
 9 fsType string default=xfs
 10 readOnly bool
type core.v1.ScopeSelector atomic
 1 matchExpressions []core.v1.ScopedResourceSelectorRequirement
type core.v1.ScopedResourceSelectorRequirement
 1 scopeName string always enum=BestEffort,CrossNamespacePodAffinity,NotBestEffort,NotTerminating,PriorityClass,Terminating
 2 operator string always enum=DoesNotExist,Exists,In,NotIn
 3 values []string
type core.v1.SeccompProfile
 1 type string always enum=Localhost,RuntimeDefault,Unconfined
 2 localhostProfile string optional
type core.v1.Secret
 1 metadata meta.ObjectMeta
 2 data {}bytes
 3 type string
 4 stringData {}string
 5 immutable bool optional
type core.v1.SecretEnvSource
 1 ~ core.v1.LocalObjectReference
 2 optional bool optional
type core.v1.SecretKeySelector atomic
 1 ~ core.v1.LocalObjectReference
 2 key string always
 3 optional bool optional
type core.v1.SecretProjection
 1 ~ core.v1.LocalObjectReference
 2 items []core.v1.KeyToPath
 4 optional bool optional
type core.v1.SecretReference atomic
 1 name string
 2 namespace string
type core.v1.SecretVolumeSource
 1 secretName string
 2 items []core.v1.KeyToPath
 3 defaultMode int optional
 4 optional bool optional
type core.v1.SecurityContext
 1 capabilities core.v1.Capabilities optional
 2 privileged bool optional
 3 seLinuxOptions core.v1.SELinuxOptions optional
 4 runAsUser long optional
 5 runAsNonRoot bool optional
 6 readOnlyRootFilesystem bool optional
 7 allowPrivilegeEscalation bool optional
 8 runAsGroup long optional
 9 procMount string optional enum=Default,Unmasked
 10 windowsOptions core.v1.WindowsSecurityContextOptions optional
 11 seccompProfile core.v1.SeccompProfile optional
 12 appArmorProfile core.v1.AppArmorProfile optional
type core.v1.Service
 1 metadata meta.ObjectMeta
 2 spec core.v1.ServiceSpec
 3 status core.v1.ServiceStatus
type core.v1.ServiceAccount
 1 metadata meta.ObjectMeta
 2 secrets []core.v1.ObjectReference merge=name map=name
 3 imagePullSecrets []core.v1.LocalObjectReference
 4 automountServiceAccountToken bool optional
type core.v1.ServiceAccountTokenProjection
 1 audience string
 2 expirationSeconds long optional
 3 path string always
type core.v1.ServicePort
 1 name string
 2 protocol string enum=SCTP,TCP,UDP default=TCP
 3 port int always
 4 targetPort intorstring
 5 nodePort int
 6 appProtocol string optional
type core.v1.ServiceSpec
 1 ports []core.v1.ServicePort merge=port map=port,protocol
 2 selector {}string atomic
 3 clusterIP string
 4 type string enum=ClusterIP,ExternalName,LoadBalancer,NodePort
 5 externalIPs []string
 7 sessionAffinity string enum=ClientIP,None
 8 loadBalancerIP string
 9 loadBalancerSourceRanges []string
 10 externalName string
 11 externalTrafficPolicy string enum=Cluster,Local
 12 healthCheckNodePort int
 13 publishNotReadyAddresses bool
 14 sessionAffinityConfig core.v1.SessionAffinityConfig optional
 17 ipFamilyPolicy string optional enum=PreferDualStack,RequireDualStack,SingleStack
 18 clusterIPs []string
 19 ipFamilies []string enum=,IPv4,IPv6
 20 allocateLoadBalancerNodePorts bool optional
 21 loadBalancerClass string optional
 22 internalTrafficPolicy string optional enum=Cluster,Local
 23 trafficDistribution string optional
type core.v1.ServiceStatus
 1 loadBalancer core.v1.LoadBalancerStatus
 2 conditions []meta.Condition merge=type map=type
type core.v1.SessionAffinityConfig
 1 clientIP core.v1.ClientIPConfig optional
type core.v1.SleepAction
 1 seconds long always
type core.v1.StorageOSPersistentVolumeSource
 1 volumeName string
 2 volumeNamespace string
 3 fsType string
 4 readOnly bool
 5 secretRef core.v1.ObjectReference optional
type core.v1.StorageOSVolumeSource
 1 volumeName string
 2 volumeNamespace string
 3 fsType string
 4 readOnly bool
 5 secretRef core.v1.LocalObjectReference optional
type core.v1.Sysctl
 1 name string always
 2 value string always
type core.v1.TCPSocketAction
 1 port intorstring always
 2 host string
)",
    R"(
type core.v1.Taint
 1 key string always
 2 value string
 3 effect string always enum=NoExecute,NoSchedule,PreferNoSchedule
 4 timeAdded time optional
type core.v1.Toleration
 1 key string
 2 operator string enum=Equal,Exists
 3 value string
 4 effect string enum=NoExecute,NoSchedule,PreferNoSchedule
 5 tolerationSeconds long optional
type core.v1.TopologySelectorLabelRequirement
 1 key string always
 2 values []string always
type core.v1.TopologySelectorTerm atomic
 1 matchLabelExpressions []core.v1.TopologySelectorLabelRequirement
type core.v1.TopologySpreadConstraint
 1 maxSkew int always
 2 topologyKey string always
 3 whenUnsatisfiable string always enum=DoNotSchedule,ScheduleAnyway
 4 labelSelector meta.LabelSelector optional
 5 minDomains int optional
 6 nodeAffinityPolicy string optional enum=Honor,Ignore
 7 nodeTaintsPolicy string optional enum=Honor,Ignore
 8 matchLabelKeys []string
type core.v1.TypedLocalObjectReference atomic
 1 apiGroup string optional always omissible
 2 kind string always
 3 name string always
type core.v1.TypedObjectReference
 1 apiGroup string optional always omissible
 2 kind string always
 3 name string always
 4 namespace string optional
type core.v1.Volume
 1 name string always
 2 ~ core.v1.VolumeSource
type core.v1.VolumeDevice
 1 name string always
 2 devicePath string always
type core.v1.VolumeMount
 1 name string always
 2 readOnly bool
 3 mountPath string always
 4 subPath string
 5 mountPropagation string optional enum=Bidirectional,HostToContainer,None
 6 subPathExpr string
 7 recursiveReadOnly string optional
type core.v1.VolumeMountStatus
 1 name string always
 2 mountPath string always
 3 readOnly bool
 4 recursiveReadOnly string optional
type core.v1.VolumeNodeAffinity
 1 required core.v1.NodeSelector optional
type core.v1.VolumeProjection
 1 secret core.v1.SecretProjection optional
 2 downwardAPI core.v1.DownwardAPIProjection optional
 3 configMap core.v1.ConfigMapProjection optional
 4 serviceAccountToken core.v1.ServiceAccountTokenProjection optional
 5 clusterTrustBundle core.v1.ClusterTrustBundleProjection optional
type core.v1.VolumeResourceRequirements
 1 limits {}quantity
 2 requests {}quantity
type core.v1.VolumeSource
 1 hostPath core.v1.HostPathVolumeSource optional
 2 emptyDir core.v1.EmptyDirVolumeSource optional
 3 gcePersistentDisk core.v1.GCEPersistentDiskVolumeSource optional
 4 awsElasticBlockStore core.v1.AWSElasticBlockStoreVolumeSource optional
 5 gitRepo core.v1.GitRepoVolumeSource optional
 6 secret core.v1.SecretVolumeSource optional
 7 nfs core.v1.NFSVolumeSource optional
 8 iscsi core.v1.ISCSIVolumeSource optional
 9 glusterfs core.v1.GlusterfsVolumeSource optional
 10 persistentVolumeClaim core.v1.PersistentVolumeClaimVolumeSource optional
 11 rbd core.v1.RBDVolumeSource optional
 12 flexVolume core.v1.FlexVolumeSource optional
 13 cinder core.v1.CinderVolumeSource optional
 14 cephfs core.v1.CephFSVolumeSource optional
 15 flocker core.v1.FlockerVolumeSource optional
 16 downwardAPI core.v1.DownwardAPIVolumeSource optional
 17 fc core.v1.FCVolumeSource optional
 18 azureFile core.v1.AzureFileVolumeSource optional
 19 configMap core.v1.ConfigMapVolumeSource optional
 20 vsphereVolume core.v1.VsphereVirtualDiskVolumeSource optional
 21 quobyte core.v1.QuobyteVolumeSource optional
 22 azureDisk core.v1.AzureDiskVolumeSource optional
 23 photonPersistentDisk core.v1.PhotonPersistentDiskVolumeSource optional
 24 portworxVolume core.v1.PortworxVolumeSource optional
 25 scaleIO core.v1.ScaleIOVolumeSource optional
 26 projected core.v1.ProjectedVolumeSource optional
 27 storageos core.v1.StorageOSVolumeSource optional
 28 csi core.v1.CSIVolumeSource optional
 29 ephemeral core.v1.EphemeralVolumeSource optional
 30 image core.v1.ImageVolumeSource optional
type core.v1.VsphereVirtualDiskVolumeSource
 1 volumePath string always
 2 fsType string
 3 storagePolicyName string
 4 storagePolicyID string
type core.v1.WeightedPodAffinityTerm
 1 weight int always
 2 podAffinityTerm core.v1.PodAffinityTerm always
type core.v1.WindowsSecurityContextOptions
 1 gmsaCredentialSpecName string optional
 2 gmsaCredentialSpec string optional
 3 runAsUserName string optional
 4 hostProcess bool optional
type discovery.v1.Endpoint
 1 addresses []string always set
 2 conditions discovery.v1.EndpointConditions
 3 hostname string optional
 4 targetRef core.v1.ObjectReference optional
 5 deprecatedTopology {}string
 6 nodeName string optional
 7 zone string optional
 8 hints discovery.v1.EndpointHints optional
type discovery.v1.EndpointConditions
 1 ready bool optional
 2 serving bool optional
 3 terminating bool optional
type discovery.v1.EndpointHints
 1 forZones []discovery.v1.ForZone
type discovery.v1.EndpointPort atomic
 1 name string optional
 2 protocol string optional enum=SCTP,TCP,UDP
 3 port int optional
 4 appProtocol string optional
type discovery.v1.EndpointSlice
 1 metadata meta.ObjectMeta
 2 endpoints []discovery.v1.Endpoint always
 3 ports []discovery.v1.EndpointPort always omissible
 4 addressType string always enum=FQDN,IPv4,IPv6
type discovery.v1.ForZone
 1 name string always
type events.v1.Event
 1 metadata meta.ObjectMeta always omissible
 2 eventTime microtime always
 3 series events.v1.EventSeries optional
 4 reportingController string
 5 reportingInstance string
 6 action string
 7 reason string
 8 regarding core.v1.ObjectReference
 9 related core.v1.ObjectReference optional
 10 note string
 11 type string
 12 deprecatedSource core.v1.EventSource
 13 deprecatedFirstTimestamp time
 14 deprecatedLastTimestamp time
 15 deprecatedCount int
type events.v1.EventSeries
 1 count int always
 2 lastObservedTime microtime always
type flowcontrol.v1.ExemptPriorityLevelConfiguration
 1 nominalConcurrencyShares int optional
 2 lendablePercent int optional
type flowcontrol.v1.FlowDistinguisherMethod
 1 type string always
type flowcontrol.v1.FlowSchema
 1 metadata meta.ObjectMeta
 2 spec flowcontrol.v1.FlowSchemaSpec
 3 status flowcontrol.v1.FlowSchemaStatus
type flowcontrol.v1.FlowSchemaCondition
 1 type string
 2 status string
 3 lastTransitionTime time
 4 reason string
 5 message string
type flowcontrol.v1.FlowSchemaSpec
 1 priorityLevelConfiguration flowcontrol.v1.PriorityLevelConfigurationReference always
 2 matchingPrecedence int always omissible
 3 distinguisherMethod flowcontrol.v1.FlowDistinguisherMethod optional
 4 rules []flowcontrol.v1.PolicyRulesWithSubjects atomic
type flowcontrol.v1.FlowSchemaStatus
 1 conditions []flowcontrol.v1.FlowSchemaCondition merge=type map=type
type flowcontrol.v1.GroupSubject
 1 name string always
type flowcontrol.v1.LimitResponse
 1 type string always
 2 queuing flowcontrol.v1.QueuingConfiguration optional
type flowcontrol.v1.LimitedPriorityLevelConfiguration
 1 nominalConcurrencyShares int optional always omissible
 2 limitResponse flowcontrol.v1.LimitResponse
 3 lendablePercent int optional
 4 borrowingLimitPercent int optional
type flowcontrol.v1.NonResourcePolicyRule
 1 verbs []string always set
 6 nonResourceURLs []string always set
type flowcontrol.v1.PolicyRulesWithSubjects
 1 subjects []flowcontrol.v1.Subject always atomic
 2 resourceRules []flowcontrol.v1.ResourcePolicyRule atomic
 3 nonResourceRules []flowcontrol.v1.NonResourcePolicyRule atomic
type flowcontrol.v1.PriorityLevelConfiguration
 1 metadata meta.ObjectMeta
 2 spec flowcontrol.v1.PriorityLevelConfigurationSpec
 3 status flowcontrol.v1.PriorityLevelConfigurationStatus
type flowcontrol.v1.PriorityLevelConfigurationCondition
 1 type string
 2 status string
 3 lastTransitionTime time
 4 reason string
 5 message string
type flowcontrol.v1.PriorityLevelConfigurationReference
 1 name string always
type flowcontrol.v1.PriorityLevelConfigurationSpec
 1 type string always
 2 limited flowcontrol.v1.LimitedPriorityLevelConfiguration optional
 3 exempt flowcontrol.v1.ExemptPriorityLevelConfiguration optional
type flowcontrol.v1.PriorityLevelConfigurationStatus
 1 conditions []flowcontrol.v1.PriorityLevelConfigurationCondition merge=type map=type
type flowcontrol.v1.QueuingConfiguration
 1 queues int always omissible
 2 handSize int always omissible
 3 queueLengthLimit int always omissible
type flowcontrol.v1.ResourcePolicyRule
 1 verbs []string always set
 2 apiGroups []string always set
 3 resources []string always set
 4 clusterScope bool
 5 namespaces []string always set omissible
type flowcontrol.v1.ServiceAccountSubject
 1 namespace string always
 2 name string always
type flowcontrol.v1.Subject
 1 kind string always
 2 user flowcontrol.v1.UserSubject optional
 3 group flowcontrol.v1.GroupSubject optional
 4 serviceAccount flowcontrol.v1.ServiceAccountSubject optional
type flowcontrol.v1.UserSubject
 1 name string always
type meta.APIGroup
 1 name string always
 2 versions []meta.GroupVersionForDiscovery always
 3 preferredVersion meta.GroupVersionForDiscovery
 4 serverAddressByClientCIDRs []meta.ServerAddressByClientCIDR
type meta.APIGroupList
 1 groups []meta.APIGroup always
type meta.APIResource
 1 name string always
 2 namespaced bool always
 3 kind string always
 4 verbs []string always wrapped
 5 shortNames []string
 6 singularName string always
 7 categories []string
 8 group string
 9 version string
 10 storageVersionHash string
type meta.APIResourceList
 1 groupVersion string always
 2 resources []meta.APIResource always
type meta.APIVersions
 1 versions []string always
 2 serverAddressByClientCIDRs []meta.ServerAddressByClientCIDR always
type meta.GroupVersionForDiscovery
 1 groupVersion string always
 2 version string always
type meta.ServerAddressByClientCIDR
 1 clientCIDR string always
 2 serverAddress string always
type meta.Condition
 1 type string always
 2 status string always
 3 observedGeneration long
 4 lastTransitionTime time always
 5 reason string always
 6 message string always
type meta.CreateOptions
 1 dryRun []string
 3 fieldManager string
 4 fieldValidation string
type meta.DeleteOptions
 1 gracePeriodSeconds long optional
 2 preconditions meta.Preconditions optional
 3 orphanDependents bool optional
 4 propagationPolicy string optional
 5 dryRun []string
 6 ignoreStoreReadErrorWithClusterBreakingPotential bool optional
type meta.FieldSelectorRequirement
 1 key string always
 2 operator string always
 3 values []string
type meta.LabelSelector atomic
 1 matchLabels {}string
 2 matchExpressions []meta.LabelSelectorRequirement
type meta.LabelSelectorRequirement
 1 key string always
 2 operator string always
 3 values []string
type meta.ListMeta
 1 selfLink string
 2 resourceVersion string
 3 continue string
 4 remainingItemCount long optional
type meta.ListOptions
 1 labelSelector string
 2 fieldSelector string
 3 watch bool
 4 resourceVersion string
 5 timeoutSeconds long optional
 7 limit long
 8 continue string
 9 allowWatchBookmarks bool
 10 resourceVersionMatch string
 11 sendInitialEvents bool optional
type meta.ManagedFieldsEntry
 1 manager string
 2 operation string
 3 apiVersion string
 4 time time optional
 6 fieldsType string
 7 fieldsV1 any optional
 8 subresource string
type meta.ObjectMeta
 1 name string
 2 generateName string
 3 namespace string
 4 selfLink string
 5 uid string
 6 resourceVersion string
 7 generation long
 8 creationTimestamp time
 9 deletionTimestamp time optional
 10 deletionGracePeriodSeconds long optional
 11 labels {}string
 12 annotations {}string
 13 ownerReferences []meta.OwnerReference merge=uid map=uid
 14 finalizers []string merge set
 17 managedFields []meta.ManagedFieldsEntry
type meta.OwnerReference atomic
 1 kind string always
 3 name string always
 4 uid string always
 5 apiVersion string always
 6 controller bool optional
 7 blockOwnerDeletion bool optional
type meta.PartialObjectMetadata
 1 metadata meta.ObjectMeta
type meta.PatchOptions
 1 dryRun []string
 2 force bool optional
 3 fieldManager string
 4 fieldValidation string
type meta.Preconditions
 1 uid string optional
 2 resourceVersion string optional
type meta.Status
 1 metadata meta.ListMeta
 2 status string
 3 message string
 4 reason string
 5 details meta.StatusDetails optional
 6 code int
type meta.StatusCause
 1 reason string
 2 message string
 3 field string
type meta.StatusDetails
 1 name string
 2 group string
 3 kind string
 4 causes []meta.StatusCause
 5 retryAfterSeconds int
 6 uid string
type meta.UpdateOptions
 1 dryRun []string
 2 fieldManager string
 3 fieldValidation string
type meta.WatchEvent
 1 type string always
 2 object any always
type networking.v1.HTTPIngressPath
 1 path string
 2 backend networking.v1.IngressBackend always
 3 pathType string optional required enum=Exact,ImplementationSpecific,Prefix
type networking.v1.HTTPIngressRuleValue
 1 paths []networking.v1.HTTPIngressPath always
type networking.v1.IPBlock
 1 cidr string always
 2 except []string
type networking.v1.Ingress
 1 metadata meta.ObjectMeta
 2 spec networking.v1.IngressSpec
 3 status networking.v1.IngressStatus
type networking.v1.IngressBackend
 3 resource core.v1.TypedLocalObjectReference optional
 4 service networking.v1.IngressServiceBackend optional
type networking.v1.IngressClass
 1 metadata meta.ObjectMeta
 2 spec networking.v1.IngressClassSpec
type networking.v1.IngressClassParametersReference
 1 apiGroup string optional
 2 kind string always
 3 name string always
 4 scope string optional
 5 namespace string optional
type networking.v1.IngressClassSpec
 1 controller string
 2 parameters networking.v1.IngressClassParametersReference optional
type networking.v1.IngressLoadBalancerIngress
 1 ip string
 2 hostname string
 4 ports []networking.v1.IngressPortStatus
type networking.v1.IngressLoadBalancerStatus
 1 ingress []networking.v1.IngressLoadBalancerIngress
type networking.v1.IngressPortStatus
 1 port int always
 2 protocol string always enum=SCTP,TCP,UDP
 3 error string optional
type networking.v1.IngressRule
 1 host string
 2 ~ networking.v1.IngressRuleValue
type networking.v1.IngressRuleValue
 1 http networking.v1.HTTPIngressRuleValue optional
type networking.v1.IngressServiceBackend
 1 name string always
 2 port networking.v1.ServiceBackendPort
type networking.v1.IngressSpec
 1 defaultBackend networking.v1.IngressBackend optional
 2 tls []networking.v1.IngressTLS
 3 rules []networking.v1.IngressRule
 4 ingressClassName string optional
type networking.v1.IngressStatus
 1 loadBalancer networking.v1.IngressLoadBalancerStatus
type networking.v1.IngressTLS
 1 hosts []string
 2 secretName string
type networking.v1.NetworkPolicy
 1 metadata meta.ObjectMeta
 2 spec networking.v1.NetworkPolicySpec
type networking.v1.NetworkPolicyEgressRule
 1 ports []networking.v1.NetworkPolicyPort
 2 to []networking.v1.NetworkPolicyPeer
type networking.v1.NetworkPolicyIngressRule
 1 ports []networking.v1.NetworkPolicyPort
 2 from []networking.v1.NetworkPolicyPeer
type networking.v1.NetworkPolicyPeer
 1 podSelector meta.LabelSelector optional
 2 namespaceSelector meta.LabelSelector optional
 3 ipBlock networking.v1.IPBlock optional
type networking.v1.NetworkPolicyPort
 1 protocol string optional enum=SCTP,TCP,UDP
 2 port intorstring optional
 3 endPort int optional
type networking.v1.NetworkPolicySpec
 1 podSelector meta.LabelSelector always
 2 ingress []networking.v1.NetworkPolicyIngressRule
 3 egress []networking.v1.NetworkPolicyEgressRule
 4 policyTypes []string enum=Egress,Ingress
type networking.v1.ServiceBackendPort atomic
 1 name string
 2 number int
type node.v1.Overhead
 1 podFixed {}quantity
type node.v1.RuntimeClass
 1 metadata meta.ObjectMeta
 2 handler string always
 3 overhead node.v1.Overhead optional
 4 scheduling node.v1.Scheduling optional
type node.v1.Scheduling
 1 nodeSelector {}string atomic
 2 tolerations []core.v1.Toleration
type policy.v1.Eviction
 1 metadata meta.ObjectMeta
 2 deleteOptions meta.DeleteOptions optional
type policy.v1.PodDisruptionBudget
 1 metadata meta.ObjectMeta
 2 spec policy.v1.PodDisruptionBudgetSpec
 3 status policy.v1.PodDisruptionBudgetStatus
type policy.v1.PodDisruptionBudgetSpec
 1 minAvailable intorstring optional
 2 selector meta.LabelSelector optional replace
 3 maxUnavailable intorstring optional
 4 unhealthyPodEvictionPolicy string optional enum=AlwaysAllow,IfHealthyBudget
type policy.v1.PodDisruptionBudgetStatus
 1 observedGeneration long
 2 disruptedPods {}time
 3 disruptionsAllowed int always
 4 currentHealthy int always
 5 desiredHealthy int always
 6 expectedPods int always
 7 conditions []meta.Condition merge=type map=type
type rbac.v1.AggregationRule
 1 clusterRoleSelectors []meta.LabelSelector
type rbac.v1.ClusterRole
 1 metadata meta.ObjectMeta
 2 rules []rbac.v1.PolicyRule always omissible
 3 aggregationRule rbac.v1.AggregationRule optional
type rbac.v1.ClusterRoleBinding
 1 metadata meta.ObjectMeta
 2 subjects []rbac.v1.Subject
 3 roleRef rbac.v1.RoleRef always
type rbac.v1.PolicyRule
 1 verbs []string always
 2 apiGroups []string
 3 resources []string
 4 resourceNames []string
 5 nonResourceURLs []string
type rbac.v1.Role
 1 metadata meta.ObjectMeta
 2 rules []rbac.v1.PolicyRule always omissible
type rbac.v1.RoleBinding
 1 metadata meta.ObjectMeta
 2 subjects []rbac.v1.Subject
 3 roleRef rbac.v1.RoleRef always
type rbac.v1.RoleRef atomic
 1 apiGroup string always
 2 kind string always
 3 name string always
type rbac.v1.Subject atomic
 1 kind string always
 2 apiGroup string
 3 name string always
 4 namespace string
type runtime.TypeMeta
 1 apiVersion string
 2 kind string
type runtime.Unknown
 1 ~ runtime.TypeMeta
 2 !raw bytes
 3 contentEncoding string
 4 contentType string
type scheduling.v1.PriorityClass
 1 metadata meta.ObjectMeta
 2 value int always
 3 globalDefault bool
 4 description string
 5 preemptionPolicy string optional enum=Never,PreemptLowerPriority
type storage.v1.CSIDriver
 1 metadata meta.ObjectMeta
 2 spec storage.v1.CSIDriverSpec always
type storage.v1.CSIDriverSpec
 1 attachRequired bool optional
 2 podInfoOnMount bool optional
 3 volumeLifecycleModes []string set
 4 storageCapacity bool optional
 5 fsGroupPolicy string optional
 6 tokenRequests []storage.v1.TokenRequest
 7 requiresRepublish bool optional
 8 seLinuxMount bool optional
type storage.v1.CSINode
 1 metadata meta.ObjectMeta
 2 spec storage.v1.CSINodeSpec always
type storage.v1.CSINodeDriver
 1 name string always
 2 nodeID string always
 3 topologyKeys []string always omissible
 4 allocatable storage.v1.VolumeNodeResources optional
type storage.v1.CSINodeSpec
 1 drivers []storage.v1.CSINodeDriver always merge=name map=name
type storage.v1.CSIStorageCapacity
 1 metadata meta.ObjectMeta
 2 nodeTopology meta.LabelSelector optional
 3 storageClassName string always
 4 capacity quantity optional
 5 maximumVolumeSize quantity optional
)",
    R"(
type storage.v1.StorageClass
 1 metadata meta.ObjectMeta
 2 provisioner string always
 3 parameters {}string
 4 reclaimPolicy string optional enum=Delete,Recycle,Retain
 5 mountOptions []string
 6 allowVolumeExpansion bool optional
 7 volumeBindingMode string optional enum=Immediate,WaitForFirstConsumer
 8 allowedTopologies []core.v1.TopologySelectorTerm
type storage.v1.TokenRequest
 1 audience string always
 2 expirationSeconds long optional
type storage.v1.VolumeAttachment
 1 metadata meta.ObjectMeta
 2 spec storage.v1.VolumeAttachmentSpec always
 3 status storage.v1.VolumeAttachmentStatus
type storage.v1.VolumeAttachmentSource
 1 persistentVolumeName string optional
 2 inlineVolumeSpec core.v1.PersistentVolumeSpec optional
type storage.v1.VolumeAttachmentSpec
 1 attacher string always
 2 source storage.v1.VolumeAttachmentSource always
 3 nodeName string always
type storage.v1.VolumeAttachmentStatus
 1 attached bool always
 2 attachmentMetadata {}string
 3 attachError storage.v1.VolumeError optional
 4 detachError storage.v1.VolumeError optional
type storage.v1.VolumeError
 1 time time
 2 message string
type storage.v1.VolumeNodeResources
 1 count int optional
)"};

}  // namespace spokelab::kube
