/**
 * What a default Kubernetes 1.36 API server says of itself: the rows of api/discovery/aggregated_v2.json that are on by
 * default, in their order. A row is
 *
 *     group/version resource Kind singular scope [short,names] [=categories] [verbs], then subresource:kind:verbs
 *
 * where no verbs means all eight, and "door" stands for get, patch and update. Subresources have the parent's kind when
 * they name none.
 */
export const recorded = `
v1 bindings Binding binding namespaced create
v1 componentstatuses ComponentStatus componentstatus cluster [cs] get,list
v1 configmaps ConfigMap configmap namespaced [cm]
v1 endpoints Endpoints endpoints namespaced [ep]
v1 events Event event namespaced [ev]
v1 limitranges LimitRange limitrange namespaced [limits]
v1 namespaces Namespace namespace cluster [ns] create,delete,get,list,patch,update,watch finalize::update status::door
v1 nodes Node node cluster [no] proxy:NodeProxyOptions:create,delete,get,patch,update status::door
v1 persistentvolumeclaims PersistentVolumeClaim persistentvolumeclaim namespaced [pvc] status::door
v1 persistentvolumes PersistentVolume persistentvolume cluster [pv] status::door
v1 pods Pod pod namespaced [po] =all attach:PodAttachOptions:create,get binding:Binding:create ephemeralcontainers::door eviction:policy/v1/Eviction:create exec:PodExecOptions:create,get log::get portforward:PodPortForwardOptions:create,get proxy:PodProxyOptions:create,delete,get,patch,update resize::door status::door
v1 podtemplates PodTemplate podtemplate namespaced
v1 replicationcontrollers ReplicationController replicationcontroller namespaced [rc] =all scale:autoscaling/v1/Scale:door status::door
v1 resourcequotas ResourceQuota resourcequota namespaced [quota] status::door
v1 secrets Secret secret namespaced
v1 serviceaccounts ServiceAccount serviceaccount namespaced [sa] token:authentication.k8s.io/v1/TokenRequest:create
v1 services Service service namespaced [svc] =all proxy:ServiceProxyOptions:create,delete,get,patch,update status::door
apiregistration.k8s.io/v1 apiservices APIService apiservice cluster =api-extensions status::door
apps/v1 controllerrevisions ControllerRevision controllerrevision namespaced
apps/v1 daemonsets DaemonSet daemonset namespaced [ds] =all status::door
apps/v1 deployments Deployment deployment namespaced [deploy] =all scale:autoscaling/v1/Scale:door status::door
apps/v1 replicasets ReplicaSet replicaset namespaced [rs] =all scale:autoscaling/v1/Scale:door status::door
apps/v1 statefulsets StatefulSet statefulset namespaced [sts] =all scale:autoscaling/v1/Scale:door status::door
events.k8s.io/v1 events Event event namespaced [ev]
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview selfsubjectreview cluster create
authentication.k8s.io/v1 tokenreviews TokenReview tokenreview cluster create
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview localsubjectaccessreview namespaced create
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview selfsubjectaccessreview cluster create
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview selfsubjectrulesreview cluster create
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview subjectaccessreview cluster create
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler horizontalpodautoscaler namespaced [hpa] =all status::door
autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler horizontalpodautoscaler namespaced [hpa] =all status::door
batch/v1 cronjobs CronJob cronjob namespaced [cj] =all status::door
batch/v1 jobs Job job namespaced =all status::door
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest certificatesigningrequest cluster [csr] approval::door status::door
networking.k8s.io/v1 ingressclasses IngressClass ingressclass cluster
networking.k8s.io/v1 ingresses Ingress ingress namespaced [ing] status::door
networking.k8s.io/v1 ipaddresses IPAddress ipaddress cluster [ip]
networking.k8s.io/v1 networkpolicies NetworkPolicy networkpolicy namespaced [netpol]
networking.k8s.io/v1 servicecidrs ServiceCIDR servicecidr cluster status::door
policy/v1 poddisruptionbudgets PodDisruptionBudget poddisruptionbudget namespaced [pdb] status::door
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding clusterrolebinding cluster
rbac.authorization.k8s.io/v1 clusterroles ClusterRole clusterrole cluster
rbac.authorization.k8s.io/v1 rolebindings RoleBinding rolebinding namespaced
rbac.authorization.k8s.io/v1 roles Role role namespaced
storage.k8s.io/v1 csidrivers CSIDriver csidriver cluster
storage.k8s.io/v1 csinodes CSINode csinode cluster
storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity csistoragecapacity namespaced
storage.k8s.io/v1 storageclasses StorageClass storageclass cluster [sc]
storage.k8s.io/v1 volumeattachments VolumeAttachment volumeattachment cluster status::door
storage.k8s.io/v1 volumeattributesclasses VolumeAttributesClass volumeattributesclass cluster [vac]
admissionregistration.k8s.io/v1 mutatingadmissionpolicies MutatingAdmissionPolicy mutatingadmissionpolicy cluster =api-extensions
admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding mutatingadmissionpolicybinding cluster =api-extensions
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration mutatingwebhookconfiguration cluster =api-extensions
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy validatingadmissionpolicy cluster =api-extensions status::door
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding validatingadmissionpolicybinding cluster =api-extensions
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration validatingwebhookconfiguration cluster =api-extensions
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition customresourcedefinition cluster [crd,crds] =api-extensions status::door
scheduling.k8s.io/v1 priorityclasses PriorityClass priorityclass cluster [pc]
coordination.k8s.io/v1 leases Lease lease namespaced
node.k8s.io/v1 runtimeclasses RuntimeClass runtimeclass cluster
discovery.k8s.io/v1 endpointslices EndpointSlice endpointslice namespaced
resource.k8s.io/v1 deviceclasses DeviceClass deviceclass cluster
resource.k8s.io/v1 resourceclaims ResourceClaim resourceclaim namespaced status::door
resource.k8s.io/v1 resourceclaimtemplates ResourceClaimTemplate resourceclaimtemplate namespaced
resource.k8s.io/v1 resourceslices ResourceSlice resourceslice cluster
flowcontrol.apiserver.k8s.io/v1 flowschemas FlowSchema flowschema cluster status::door
flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations PriorityLevelConfiguration prioritylevelconfiguration cluster status::door
`

/** storageVersionHash as api/discovery/api__v1.json has it. */
export const recordedHashes: Readonly<Record<string, string>> = {
  configmaps: 'qFsyl6wFWjQ=',
  endpoints: 'fWeeMqaN/OA=',
  events: 'r2yiGXH7wu8=',
  limitranges: 'EBKMFVe6cwo=',
  namespaces: 'Q3oi5N2YM8M=',
  nodes: 'XwShjMxG9Fs=',
  persistentvolumeclaims: 'QWTyNDq0dC4=',
  persistentvolumes: 'HN/zwEC+JgM=',
  pods: 'xPOwRZ+Yhw8=',
  podtemplates: 'LIXB2x4IFpk=',
  replicationcontrollers: 'Jond2If31h0=',
  resourcequotas: '8uhSgffRX6w=',
  secrets: 'S6u1pOWzb84=',
  serviceaccounts: 'pbx9ZvyFpBE=',
  services: '0/CO1lhkEBI=',
}
