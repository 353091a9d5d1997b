/** A role for each controller of the controller manager, bound to the service account of that name in kube-system. */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import { eventsRule, read, rule, urlRule } from './rule.ts'

const apps = 'apps extensions'
const storage = 'storage.k8s.io'
const certificates = 'certificates.k8s.io'
const all = 'get list watch create update patch delete'

/** By the controller's name, without "system:controller:". */
export const controllerRules: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    rule('list watch', '', 'persistentvolumes persistentvolumeclaims'),
    rule(read, '', 'nodes'),
    rule('patch update', '', 'nodes/status'),
    rule('list watch', '', 'pods'),
    eventsRule,
    rule('get create delete list watch', storage, 'volumeattachments'),
    rule(read, storage, 'csidrivers'),
    rule(read, storage, 'csinodes'),
  ],
  'clusterrole-aggregation-controller': [rule('escalate get list watch update patch', 'rbac.authorization.k8s.io', 'clusterroles')],
  'cronjob-controller': [
    rule(`${read} update`, 'batch', 'cronjobs'),
    rule(all, 'batch', 'jobs'),
    rule('update', 'batch', 'cronjobs/status'),
    rule('update', 'batch', 'cronjobs/finalizers'),
    rule('list watch delete', '', 'pods'),
    eventsRule,
  ],
  'daemon-set-controller': [
    rule(read, apps, 'daemonsets'),
    rule('update', apps, 'daemonsets/status'),
    rule('update', apps, 'daemonsets/finalizers'),
    rule('list watch', '', 'nodes'),
    rule('list watch create delete patch', '', 'pods'),
    rule('create', '', 'pods/binding'),
    rule(all, 'apps', 'controllerrevisions'),
    eventsRule,
  ],
  'deployment-controller': [
    rule(`${read} update`, apps, 'deployments'),
    rule('update', apps, 'deployments/status'),
    rule('update', apps, 'deployments/finalizers'),
    rule(all, apps, 'replicasets'),
    rule(`${read} update`, '', 'pods'),
    eventsRule,
  ],
  'disruption-controller': [
    rule(read, apps, 'deployments'),
    rule(read, apps, 'replicasets'),
    rule(read, '', 'replicationcontrollers'),
    rule(read, 'policy', 'poddisruptionbudgets'),
    rule(read, 'apps', 'statefulsets'),
    rule('update', 'policy', 'poddisruptionbudgets/status'),
    rule('patch update', '', 'pods/status'),
    rule('get', '*', '*/scale'),
    eventsRule,
  ],
  'endpoint-controller': [
    rule(read, '', 'services pods'),
    rule(`${read} create update delete`, '', 'endpoints'),
    rule('create', '', 'endpoints/restricted'),
    eventsRule,
  ],
  'endpointslice-controller': [
    rule(read, '', 'services pods nodes'),
    rule('update', '', 'services/finalizers'),
    rule(`${read} create update delete`, 'discovery.k8s.io', 'endpointslices'),
    eventsRule,
  ],
  'endpointslicemirroring-controller': [
    rule(read, '', 'services endpoints'),
    rule('update', '', 'services/finalizers'),
    rule('update', '', 'endpoints/finalizers'),
    rule(`${read} create update delete`, 'discovery.k8s.io', 'endpointslices'),
    eventsRule,
  ],
  'expand-controller': [
    rule(`${read} update patch`, '', 'persistentvolumes'),
    rule('update patch', '', 'persistentvolumeclaims/status'),
    rule(read, '', 'persistentvolumeclaims'),
    eventsRule,
  ],
  'ephemeral-volume-controller': [
    rule(read, '', 'pods'),
    rule('update', '', 'pods/finalizers'),
    rule(`${read} create`, '', 'persistentvolumeclaims'),
    eventsRule,
  ],
  'resource-claim-controller': [
    rule(read, '', 'pods'),
    rule('update', '', 'pods/finalizers'),
    rule(`${read} create delete`, 'resource.k8s.io', 'resourceclaims'),
    rule('update patch', 'resource.k8s.io', 'resourceclaims resourceclaims/status'),
    rule('update patch', '', 'pods/status'),
    eventsRule,
    rule('update patch', 'resource.k8s.io', 'resourceclaims/binding'),
  ],
  'device-taint-eviction-controller': [
    rule(`${read} delete`, '', 'pods'),
    rule('update patch', '', 'pods/status'),
    rule(read, 'resource.k8s.io', 'resourceclaims'),
    rule(read, 'resource.k8s.io', 'resourceslices'),
    rule(read, 'resource.k8s.io', 'deviceclasses'),
    eventsRule,
  ],
  'generic-garbage-collector': [rule(`${read} patch update delete`, '*', '*'), eventsRule],
  'horizontal-pod-autoscaler': [
    rule(read, 'autoscaling', 'horizontalpodautoscalers'),
    rule('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    rule('get update', '*', '*/scale'),
    rule('list watch', '', 'pods'),
    rule('list watch', 'metrics.k8s.io', 'pods'),
    rule(read, 'custom.metrics.k8s.io', '*'),
    rule(read, 'external.metrics.k8s.io', '*'),
    eventsRule,
  ],
  // Ours, not upstream's: the provisioner of node-local directories, which kubelets make.
  'local-path-provisioner': [
    rule(`${read} create update delete`, '', 'persistentvolumes'),
    rule(`${read} update`, '', 'persistentvolumeclaims'),
    rule(`${read} create`, storage, 'storageclasses'),
    rule(read, '', 'nodes pods'),
    // The kubelets' directories, and nothing else of theirs (`local-volumes.ts`).
    rule('create delete', '', 'nodes/localvolumes'),
    eventsRule,
  ],
  'job-controller': [
    rule(`${read} update patch`, 'batch', 'jobs'),
    rule('update', 'batch', 'jobs/status'),
    rule('update', 'batch', 'jobs/finalizers'),
    rule('list watch create delete patch', '', 'pods'),
    eventsRule,
  ],
  'namespace-controller': [
    rule(`${read} delete`, '', 'namespaces'),
    rule('update', '', 'namespaces/finalize namespaces/status'),
    rule(`${read} delete deletecollection`, '*', '*'),
  ],
  'node-controller': [
    rule(`${read} update delete patch`, '', 'nodes'),
    rule('patch update', '', 'nodes/status'),
    rule('patch update', '', 'pods/status'),
    rule(`${read} delete`, '', 'pods'),
    eventsRule,
  ],
  'persistent-volume-binder': [
    rule(`${read} update create delete`, '', 'persistentvolumes'),
    rule('update', '', 'persistentvolumes/status'),
    rule(`${read} update`, '', 'persistentvolumeclaims'),
    rule('update', '', 'persistentvolumeclaims/status'),
    rule(`${read} create delete`, '', 'pods'),
    rule(read, storage, 'storageclasses'),
    rule('list watch', '', 'nodes'),
    eventsRule,
    rule('watch', '', 'events'),
  ],
  'pod-garbage-collector': [rule('list watch delete', '', 'pods'), rule(read, '', 'nodes'), rule('patch', '', 'pods/status')],
  'replicaset-controller': [
    rule(`${read} update`, apps, 'replicasets'),
    rule('update', apps, 'replicasets/status'),
    rule('update', apps, 'replicasets/finalizers'),
    rule('list watch patch create delete', '', 'pods'),
    eventsRule,
  ],
  'replication-controller': [
    rule(`${read} update`, '', 'replicationcontrollers'),
    rule('update', '', 'replicationcontrollers/status'),
    rule('update', '', 'replicationcontrollers/finalizers'),
    rule('list watch patch create delete', '', 'pods'),
    eventsRule,
  ],
  'resourcequota-controller': [rule('list watch', '*', '*'), rule('update', '', 'resourcequotas/status'), eventsRule],
  'route-controller': [rule('list watch', '', 'nodes'), rule('patch', '', 'nodes/status'), eventsRule],
  'service-account-controller': [rule('create', '', 'serviceaccounts'), eventsRule],
  'service-controller': [rule(read, '', 'services'), rule('patch update', '', 'services/status'), rule('list watch', '', 'nodes'), eventsRule],
  // Ours, not upstream's: what ingress-nginx and cert-manager do elsewhere.
  'ingress-controller': [
    rule('list watch', '', 'nodes'),
    rule(`${read} create update`, '', 'secrets'),
    rule('list watch', 'networking.k8s.io', 'ingresses'),
    rule('patch', 'networking.k8s.io', 'ingresses ingresses/status'),
    { ...rule('list watch', '', 'configmaps'), resourceNames: ['k8ts-acme'] },
    rule('list watch create', 'networking.k8s.io', 'ingressclasses'),
    urlRule('get', '/apis/cert-manager.io'),
    eventsRule,
  ],
  // Ours, not upstream's: upstream patches finalizers by way of the status.
  'service-lb-controller': [rule(`${read} patch`, '', 'services'), rule('patch', '', 'services/status'), rule('list watch', '', 'nodes'), eventsRule],
  'service-cidrs-controller': [
    rule(`${read} patch update`, 'networking.k8s.io', 'servicecidrs'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/status'),
    rule(read, 'networking.k8s.io', 'ipaddresses'),
    eventsRule,
  ],
  'statefulset-controller': [
    rule('list watch', '', 'pods'),
    rule(read, 'apps', 'statefulsets'),
    rule('update', 'apps', 'statefulsets/status'),
    rule('update', 'apps', 'statefulsets/finalizers'),
    rule('get create delete update patch', '', 'pods'),
    rule(all, 'apps', 'controllerrevisions'),
    rule(`${read} create`, '', 'persistentvolumeclaims'),
    rule('update delete', '', 'persistentvolumeclaims'),
    rule('update', '', 'pods/finalizers'),
    eventsRule,
  ],
  'ttl-controller': [rule('update patch list watch', '', 'nodes'), eventsRule],
  'certificate-controller': [
    rule(`${read} delete`, certificates, 'certificatesigningrequests'),
    rule('update', certificates, 'certificatesigningrequests/status certificatesigningrequests/approval'),
    rule('approve', certificates, 'signers', ['kubernetes.io/kube-apiserver-client-kubelet']),
    rule('sign', certificates, 'signers', [
      'kubernetes.io/legacy-unknown',
      'kubernetes.io/kube-apiserver-client',
      'kubernetes.io/kube-apiserver-client-kubelet',
      'kubernetes.io/kubelet-serving',
    ]),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    eventsRule,
  ],
  // Ours, not upstream's, which leaves kubelets' serving certificates to a person.
  'kubelet-serving-approver': [
    rule('get list watch', certificates, 'certificatesigningrequests'),
    rule('update', certificates, 'certificatesigningrequests/approval'),
    rule('approve', certificates, 'signers', ['kubernetes.io/kubelet-serving']),
    eventsRule,
  ],
  'pvc-protection-controller': [
    rule(`${read} update`, '', 'persistentvolumeclaims'),
    rule('update', '', 'persistentvolumeclaims/status'),
    rule(read, '', 'pods'),
    eventsRule,
  ],
  'pv-protection-controller': [rule(`${read} update`, '', 'persistentvolumes'), eventsRule],
  'volumeattributesclass-protection-controller': [
    rule(read, '', 'persistentvolumeclaims'),
    rule(read, '', 'persistentvolumes'),
    rule(`${read} update`, storage, 'volumeattributesclasses'),
    eventsRule,
  ],
  'ttl-after-finished-controller': [rule(`${read} delete`, 'batch', 'jobs'), eventsRule],
  'root-ca-cert-publisher': [rule('create update', '', 'configmaps'), eventsRule],
  'validatingadmissionpolicy-status-controller': [
    rule(read, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    eventsRule,
  ],
  'legacy-service-account-token-cleaner': [
    rule('get', '', 'configmaps', ['kube-apiserver-legacy-service-account-token-tracking']),
    rule('patch delete', '', 'secrets'),
  ],
  'selinux-warning-controller': [
    eventsRule,
    rule(read, '', 'persistentvolumes'),
    rule(read, '', 'persistentvolumeclaims'),
    rule(read, '', 'pods'),
    rule(read, storage, 'csidrivers'),
  ],
}

/** What controllers may that run only with a feature gate: their roles are there with it. */
export const gatedControllerRules: Readonly<Record<string, { readonly featureGate: string; readonly rules: readonly PolicyRule[] }>> = {
  'storage-version-migrator-controller': {
    featureGate: 'StorageVersionMigrator',
    // An object that is gone would be created by its patch, which always fails: the patch names its uid.
    rules: [rule('list create patch', '*', '*'), rule('update', 'storagemigration.k8s.io', 'storageversionmigrations/status')],
  },
}
