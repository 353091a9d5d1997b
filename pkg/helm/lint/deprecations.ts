/** Versions of Kubernetes' API that are, or will be, no more (the lifecycle that k8s.io/api 1.36 tells of its types). */

export interface Deprecation {
  readonly apiVersion: string
  /** Minor versions of Kubernetes 1; 0 is never. */
  readonly deprecated: number
  readonly removed: number
  /** API version of the same kind that takes its place. */
  readonly replacement: string
  readonly kinds: readonly string[]
}

function row(apiVersion: string, deprecated: number, removed: number, replacement: string, kinds: string): Deprecation {
  return { apiVersion, deprecated, removed, replacement, kinds: kinds.split(' ') }
}

export const deprecations: readonly Deprecation[] = [
  row('admissionregistration.k8s.io/v1alpha1', 29, 32, '', 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding'),
  row('admissionregistration.k8s.io/v1alpha1', 35, 38, '', 'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding'),
  row('admissionregistration.k8s.io/v1beta1', 16, 22, 'admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration ValidatingWebhookConfiguration'),
  row('admissionregistration.k8s.io/v1beta1', 31, 34, '', 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding'),
  row('apidiscovery.k8s.io/v2beta1', 32, 35, '', 'APIGroupDiscovery'),
  row('apps/v1beta1', 8, 16, 'apps/v1', 'ControllerRevision Deployment DeploymentRollback StatefulSet'),
  row('apps/v1beta1', 8, 16, 'autoscaling/v1', 'Scale'),
  row('apps/v1beta2', 9, 16, 'apps/v1', 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet'),
  row('apps/v1beta2', 9, 16, 'autoscaling/v1', 'Scale'),
  row('authentication.k8s.io/v1alpha1', 29, 32, '', 'SelfSubjectReview'),
  row('authentication.k8s.io/v1beta1', 19, 22, 'authentication.k8s.io/v1', 'TokenReview'),
  row('authentication.k8s.io/v1beta1', 30, 33, '', 'SelfSubjectReview'),
  row(
    'authorization.k8s.io/v1beta1',
    19,
    22,
    'authorization.k8s.io/v1',
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  ),
  row('batch/v1beta1', 21, 25, 'batch/v1', 'CronJob'),
  row('certificates.k8s.io/v1alpha1', 34, 37, '', 'ClusterTrustBundle'),
  row('certificates.k8s.io/v1beta1', 19, 22, 'certificates.k8s.io/v1', 'CertificateSigningRequest'),
  row('coordination.k8s.io/v1alpha2', 35, 38, '', 'LeaseCandidate'),
  row('coordination.k8s.io/v1beta1', 19, 22, 'coordination.k8s.io/v1', 'Lease'),
  row('coordination.k8s.io/v1beta1', 36, 39, '', 'LeaseCandidate'),
  row('discovery.k8s.io/v1beta1', 21, 25, 'discovery.k8s.io/v1', 'EndpointSlice'),
  row('events.k8s.io/v1beta1', 22, 25, '', 'Event'),
  row('extensions/v1beta1', 2, 16, '', 'Scale'),
  row('extensions/v1beta1', 8, 16, '', 'DeploymentRollback'),
  row('extensions/v1beta1', 8, 16, 'apps/v1', 'DaemonSet Deployment ReplicaSet'),
  row('extensions/v1beta1', 9, 16, 'networking.k8s.io/v1', 'NetworkPolicy'),
  row('extensions/v1beta1', 14, 22, 'networking.k8s.io/v1', 'Ingress'),
  row('flowcontrol.apiserver.k8s.io/v1beta1', 23, 26, 'flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema PriorityLevelConfiguration'),
  row('flowcontrol.apiserver.k8s.io/v1beta2', 26, 29, 'flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema PriorityLevelConfiguration'),
  row('flowcontrol.apiserver.k8s.io/v1beta3', 29, 32, 'flowcontrol.apiserver.k8s.io/v1', 'FlowSchema PriorityLevelConfiguration'),
  row('networking.k8s.io/v1beta1', 19, 22, 'networking.k8s.io/v1', 'Ingress IngressClass'),
  row('networking.k8s.io/v1beta1', 34, 37, '', 'IPAddress ServiceCIDR'),
  row('node.k8s.io/v1beta1', 22, 25, '', 'RuntimeClass'),
  row('policy/v1beta1', 21, 25, 'policy/v1', 'PodDisruptionBudget'),
  row('policy/v1beta1', 22, 25, '', 'Eviction'),
  row('rbac.authorization.k8s.io/v1beta1', 17, 22, 'rbac.authorization.k8s.io/v1', 'ClusterRole ClusterRoleBinding Role RoleBinding'),
  row('resource.k8s.io/v1alpha3', 36, 39, '', 'DeviceTaintRule'),
  row('resource.k8s.io/v1beta1', 35, 38, '', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice'),
  row('resource.k8s.io/v1beta2', 36, 39, '', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice'),
  row('scheduling.k8s.io/v1beta1', 14, 22, 'scheduling.k8s.io/v1', 'PriorityClass'),
  row('storage.k8s.io/v1alpha1', 21, 24, 'storage.k8s.io/v1', 'VolumeAttachment'),
  row('storage.k8s.io/v1alpha1', 21, 24, 'storage.k8s.io/v1beta1', 'CSIStorageCapacity'),
  row('storage.k8s.io/v1alpha1', 32, 35, 'storage.k8s.io/v1', 'VolumeAttributesClass'),
  row('storage.k8s.io/v1beta1', 17, 22, 'storage.k8s.io/v1', 'CSINode'),
  row('storage.k8s.io/v1beta1', 19, 22, 'storage.k8s.io/v1', 'CSIDriver StorageClass VolumeAttachment'),
  row('storage.k8s.io/v1beta1', 24, 27, 'storage.k8s.io/v1', 'CSIStorageCapacity'),
  row('storage.k8s.io/v1beta1', 34, 37, 'storage.k8s.io/v1', 'VolumeAttributesClass'),
  row('v1', 19, 0, '', 'ComponentStatus'),
  row('v1', 33, 0, 'discovery.k8s.io/v1', 'Endpoints'),
]

/** "Endpoints" is the one whose place another kind takes. */
const otherKinds: Readonly<Record<string, string>> = { Endpoints: 'EndpointSlice', EndpointsList: 'EndpointSliceList' }
/** So the lifecycle says, though the list is not what takes the place of the one, or the other way round. */
const misnamed: Readonly<Record<string, string>> = {
  'discovery.k8s.io/v1beta1 EndpointSliceList': 'EndpointSlice',
  'networking.k8s.io/v1beta1 IngressClass': 'IngressClassList',
  'storage.k8s.io/v1beta1 CSINodeList': 'CSINode',
}

/** The warning of the API server, for an object that Kubernetes 1.`minor` calls deprecated. */
export function deprecationOf(apiVersion: string, kind: string, minor: number): string | undefined {
  const one = kind.replace(/List$/, '')
  const found = deprecations.find((each) => each.apiVersion === apiVersion && each.kinds.includes(one) && each.deprecated <= minor)
  if (!found) return undefined
  const { deprecated, removed, replacement } = found
  const place = misnamed[`${apiVersion} ${kind}`] ?? otherKinds[kind] ?? kind
  return `${apiVersion} ${kind} is deprecated in v1.${deprecated}+${removed ? `, unavailable in v1.${removed}+` : ''}${replacement ? `; use ${replacement} ${place}` : ''}`
}
