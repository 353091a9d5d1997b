/** Roles of the system's components and of every user. */
import { nodeRules } from './node-rules.ts'
import { eventsRule, read, readUpdate, readWrite, rule, urlRule } from './rule.ts'
import type { RoleData } from './user-roles.ts'

const csr = 'certificates.k8s.io'
const approver = (signer: string): RoleData => ({
  name: `system:certificates.k8s.io:${signer}-approver`,
  rules: [rule('approve', csr, 'signers', [`kubernetes.io/${signer}`])],
})

export const systemRoles: readonly RoleData[] = [
  { name: 'system:discovery', rules: [urlRule('get', '/livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*')] },
  {
    name: 'system:monitoring',
    rules: [urlRule('get', '/metrics /metrics/slis /livez /readyz /healthz /livez/* /readyz/* /healthz/* /statusz /flagz'), rule('get', '', 'nodes/metrics')],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  { name: 'system:public-info-viewer', rules: [urlRule('get', '/livez /readyz /healthz /version /version/')] },
  { name: 'system:heapster', rules: [rule(read, '', 'events pods nodes namespaces'), rule(read, 'extensions', 'deployments')] },
  { name: 'system:node', rules: nodeRules },
  { name: 'system:node-problem-detector', rules: [rule('get', '', 'nodes'), rule('patch', '', 'nodes/status'), eventsRule] },
  {
    name: 'system:node-proxier',
    rules: [
      rule('list watch', '', 'services endpoints'),
      rule(read, '', 'nodes'),
      eventsRule,
      rule('list watch', 'networking.k8s.io', 'servicecidrs'),
      rule('list watch', 'discovery.k8s.io', 'endpointslices'),
    ],
  },
  {
    // Ours, not upstream's: network policies and the ingress proxy, which each node's network part runs besides the Service proxy.
    name: 'k8ts:network',
    rules: [
      rule('list watch', '', 'pods namespaces'),
      rule('list watch', 'networking.k8s.io', 'networkpolicies ingresses ingressclasses'),
      // The Secrets and ConfigMaps that Ingresses name (`ingress-secrets.ts`).
      rule('get', 'networking.k8s.io', 'ingresses/secrets ingresses/configmaps'),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule(read, '', 'nodes'),
      rule('proxy', '', 'nodes'),
      rule('*', '', 'nodes/proxy nodes/metrics nodes/stats nodes/log'),
      rule('*', '', 'nodes/configz nodes/healthz nodes/pods'),
    ],
  },
  { name: 'system:node-bootstrapper', rules: [rule('create get list watch', csr, 'certificatesigningrequests')] },
  {
    name: 'system:auth-delegator',
    rules: [rule('create', 'authentication.k8s.io', 'tokenreviews'), rule('create', 'authorization.k8s.io', 'subjectaccessreviews')],
  },
  { name: 'system:kube-aggregator', rules: [rule(read, '', 'services endpoints')] },
  {
    name: 'system:kube-controller-manager',
    rules: [
      eventsRule,
      rule('create', 'coordination.k8s.io', 'leases'),
      rule('get update', 'coordination.k8s.io', 'leases', ['kube-controller-manager']),
      rule('create', '', 'secrets serviceaccounts'),
      rule('delete', '', 'secrets'),
      rule('get', '', 'namespaces secrets serviceaccounts configmaps'),
      rule('update', '', 'secrets serviceaccounts'),
      rule('create', 'authentication.k8s.io', 'tokenreviews'),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      rule('list watch', '*', '*'),
      rule('create', '', 'serviceaccounts/token'),
    ],
  },
  { name: 'system:kube-dns', rules: [rule('list watch', '', 'endpoints services')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule(`${read} create delete`, '', 'persistentvolumes'),
      rule(`${read} update`, '', 'persistentvolumeclaims'),
      rule(read, 'storage.k8s.io', 'storageclasses'),
      rule('watch', '', 'events'),
      eventsRule,
    ],
  },
  { name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient', rules: [rule('create', csr, 'certificatesigningrequests/nodeclient')] },
  { name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', rules: [rule('create', csr, 'certificatesigningrequests/selfnodeclient')] },
  {
    name: 'system:volume-scheduler',
    rules: [rule(readUpdate, '', 'persistentvolumes'), rule(read, 'storage.k8s.io', 'storageclasses'), rule(readUpdate, '', 'persistentvolumeclaims')],
  },
  approver('legacy-unknown'),
  approver('kubelet-serving'),
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
  {
    name: 'system:service-account-issuer-discovery',
    rules: [urlRule('get', '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/')],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      eventsRule,
      rule('create', 'coordination.k8s.io', 'leases'),
      rule(`${read} update`, 'coordination.k8s.io', 'leases', ['kube-scheduler']),
      rule(readWrite, 'coordination.k8s.io', 'leasecandidates'),
      rule(read, '', 'nodes'),
      rule(`${read} delete`, '', 'pods'),
      rule('create', '', 'pods/binding bindings'),
      rule('patch update', '', 'pods/status'),
      rule(read, '', 'replicationcontrollers services'),
      rule(read, 'apps extensions', 'replicasets'),
      rule(read, 'apps', 'statefulsets'),
      rule(read, 'policy', 'poddisruptionbudgets'),
      rule(read, '', 'persistentvolumeclaims persistentvolumes'),
      rule('create', 'authentication.k8s.io', 'tokenreviews'),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      rule(read, 'storage.k8s.io', 'csinodes'),
      rule(read, 'storage.k8s.io', 'volumeattachments'),
      rule(read, '', 'namespaces'),
      rule(read, 'storage.k8s.io', 'csidrivers'),
      rule(read, 'storage.k8s.io', 'csistoragecapacities'),
      rule(read, 'resource.k8s.io', 'deviceclasses'),
      rule(readUpdate, 'resource.k8s.io', 'resourceclaims'),
      rule(readUpdate, 'resource.k8s.io', 'resourceclaims/status'),
      rule('update', '', 'pods/finalizers'),
      rule(read, 'resource.k8s.io', 'resourceslices'),
      rule('create delete', 'resource.k8s.io', 'resourceclaims'),
      rule('update patch', 'resource.k8s.io', 'resourceclaims/binding'),
    ],
  },
]
