import type { Question, Questionnaire } from '../types.ts'

/**
 * What a server makes for itself at its first start, by collection. Of the roles that gather the rules of others (admin, edit, view) nothing is
 * asked: here the server gathers them, there a controller does. Ours has a few more, of its own controllers and network.
 */
const made: Readonly<Record<string, string>> = {
  '/apis/rbac.authorization.k8s.io/v1/clusterroles':
    'cluster-admin system:aggregate-to-admin system:aggregate-to-edit system:aggregate-to-view system:auth-delegator system:basic-user system:certificates.k8s.io:certificatesigningrequests:nodeclient system:certificates.k8s.io:certificatesigningrequests:selfnodeclient system:certificates.k8s.io:kube-apiserver-client-approver system:certificates.k8s.io:kube-apiserver-client-kubelet-approver system:certificates.k8s.io:kubelet-serving-approver system:certificates.k8s.io:legacy-unknown-approver system:controller:attachdetach-controller system:controller:certificate-controller system:controller:clusterrole-aggregation-controller system:controller:cronjob-controller system:controller:daemon-set-controller system:controller:deployment-controller system:controller:device-taint-eviction-controller system:controller:disruption-controller system:controller:endpoint-controller system:controller:endpointslice-controller system:controller:endpointslicemirroring-controller system:controller:ephemeral-volume-controller system:controller:expand-controller system:controller:generic-garbage-collector system:controller:horizontal-pod-autoscaler system:controller:job-controller system:controller:legacy-service-account-token-cleaner system:controller:namespace-controller system:controller:node-controller system:controller:persistent-volume-binder system:controller:pod-garbage-collector system:controller:pv-protection-controller system:controller:pvc-protection-controller system:controller:replicaset-controller system:controller:replication-controller system:controller:resource-claim-controller system:controller:resourcequota-controller system:controller:root-ca-cert-publisher system:controller:route-controller system:controller:selinux-warning-controller system:controller:service-account-controller system:controller:service-cidrs-controller system:controller:service-controller system:controller:statefulset-controller system:controller:ttl-after-finished-controller system:controller:ttl-controller system:controller:validatingadmissionpolicy-status-controller system:controller:volumeattributesclass-protection-controller system:discovery system:heapster system:kube-aggregator system:kube-controller-manager system:kube-dns system:kube-scheduler system:kubelet-api-admin system:monitoring system:node system:node-bootstrapper system:node-problem-detector system:node-proxier system:persistent-volume-provisioner system:public-info-viewer system:service-account-issuer-discovery system:volume-scheduler',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings':
    'cluster-admin system:basic-user system:controller:attachdetach-controller system:controller:certificate-controller system:controller:clusterrole-aggregation-controller system:controller:cronjob-controller system:controller:daemon-set-controller system:controller:deployment-controller system:controller:device-taint-eviction-controller system:controller:disruption-controller system:controller:endpoint-controller system:controller:endpointslice-controller system:controller:endpointslicemirroring-controller system:controller:ephemeral-volume-controller system:controller:expand-controller system:controller:generic-garbage-collector system:controller:horizontal-pod-autoscaler system:controller:job-controller system:controller:legacy-service-account-token-cleaner system:controller:namespace-controller system:controller:node-controller system:controller:persistent-volume-binder system:controller:pod-garbage-collector system:controller:pv-protection-controller system:controller:pvc-protection-controller system:controller:replicaset-controller system:controller:replication-controller system:controller:resource-claim-controller system:controller:resourcequota-controller system:controller:root-ca-cert-publisher system:controller:route-controller system:controller:selinux-warning-controller system:controller:service-account-controller system:controller:service-cidrs-controller system:controller:service-controller system:controller:statefulset-controller system:controller:ttl-after-finished-controller system:controller:ttl-controller system:controller:validatingadmissionpolicy-status-controller system:controller:volumeattributesclass-protection-controller system:discovery system:kube-controller-manager system:kube-dns system:kube-scheduler system:monitoring system:node system:node-proxier system:public-info-viewer system:service-account-issuer-discovery system:volume-scheduler',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/roles': 'system:controller:bootstrap-signer',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles':
    'extension-apiserver-authentication-reader system::leader-locking-kube-controller-manager system::leader-locking-kube-scheduler system:controller:bootstrap-signer system:controller:cloud-provider system:controller:token-cleaner',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/rolebindings': 'system:controller:bootstrap-signer',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings':
    'system::extension-apiserver-authentication-reader system::leader-locking-kube-controller-manager system::leader-locking-kube-scheduler system:controller:bootstrap-signer system:controller:cloud-provider system:controller:token-cleaner',
  '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas':
    'catch-all exempt global-default kube-controller-manager kube-scheduler kube-system-service-accounts probes service-accounts system-leader-election system-node-high system-nodes',
  '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations':
    'catch-all exempt global-default leader-election node-high system workload-high workload-low',
  '/apis/scheduling.k8s.io/v1/priorityclasses': 'system-cluster-critical system-node-critical',
  '/apis/apiregistration.k8s.io/v1/apiservices':
    'v1. v1.admissionregistration.k8s.io v1.apiextensions.k8s.io v1.apps v1.authentication.k8s.io v1.authorization.k8s.io v1.autoscaling v1.batch v1.certificates.k8s.io v1.coordination.k8s.io v1.discovery.k8s.io v1.events.k8s.io v1.flowcontrol.apiserver.k8s.io v1.networking.k8s.io v1.node.k8s.io v1.policy v1.rbac.authorization.k8s.io v1.resource.k8s.io v1.scheduling.k8s.io v1.storage.k8s.io v2.autoscaling',
  '/api/v1/namespaces': 'default kube-node-lease kube-public kube-system',
}

/** Lists of which there is nothing that is ours alone. */
const whole = [
  '/apis/networking.k8s.io/v1/ipaddresses',
  '/apis/networking.k8s.io/v1/servicecidrs',
  '/apis/storage.k8s.io/v1/storageclasses',
  '/apis/networking.k8s.io/v1/ingressclasses',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/resource.k8s.io/v1/deviceclasses',
  '/apis/certificates.k8s.io/v1/certificatesigningrequests',
  '/api/v1/namespaces/kube-system/secrets',
]

const get = (path: string): Question => ({ key: path, method: 'GET', path })

/** What is there on a fresh server: default policy, flow control, priority classes, API services, namespaces, the range of Services. */
export const bootstrap: Questionnaire = {
  setup: [],
  questions: [...Object.entries(made).flatMap(([path, names]) => names.split(' ').map((name) => get(`${path}/${name}`))), ...whole.map(get)],
}
