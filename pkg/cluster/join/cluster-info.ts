/** What a server publishes so that machines can join: its CA for everyone, its plan for those with a token, and who may ask for what. */
import type { ConfigMap } from '#api/gen/core/v1.ts'
import type { PolicyRule, Subject } from '#api/gen/rbac/v1.ts'
import { clusterRoleBindings, clusterRoles, configMaps, roleBindings, roles } from '#api/gen/resources.ts'
import type { Draft, KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isConflict } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { kubeconfigText } from '../pki/kubeconfig.ts'
import type { ClusterConfig, MachinePlan } from '../types.ts'

export const bootstrapGroup = 'system:bootstrappers:kubeadm:default-node-token'
export const planName = 'k8ts-cluster'

/** What of the server's plan a joining machine needs. */
export type SharedPlan = Pick<ClusterConfig, 'serviceCidr' | 'dnsAddress' | 'clusterDomain' | 'podCidr'> & Pick<MachinePlan, 'podNetwork'>

const rbac = 'rbac.authorization.k8s.io'
const group = (name: string): Subject => ({ kind: 'Group', apiGroup: rbac, name })
const anonymous: Subject = { kind: 'User', apiGroup: rbac, name: 'system:anonymous' }
const joining = group(bootstrapGroup)
const joined = group('system:nodes')
const reading = (resource: string, name?: string): PolicyRule => ({
  apiGroups: [''],
  resources: [resource],
  verbs: ['get'],
  ...(name ? { resourceNames: [name] } : {}),
})

/** Creates what is missing, and gives roles of earlier versions the rules they lack; what a user changed stays. */
export async function ensureJoinable(client: Client, config: ClusterConfig, ca: string): Promise<void> {
  const { ensure, bind } = ensuring(client)
  const clusterRole = (name: string, rules: PolicyRule[]) => ensureRole(client, name, rules)
  const readOne = async (namespace: string, name: string, configMap: string, ...subjects: Subject[]) => {
    await ensure(roles, { metadata: { namespace, name }, rules: [reading('configmaps', configMap)] })
    await ensure(roleBindings, { metadata: { namespace, name }, roleRef: { apiGroup: rbac, kind: 'Role', name }, subjects })
  }
  await Promise.all([
    ensure(configMaps, clusterInfo(config, ca)),
    ensure(configMaps, sharedPlan(config)),
    readOne('kube-public', 'kubeadm:bootstrap-signer-clusterinfo', 'cluster-info', anonymous),
    readOne('kube-system', 'k8ts:cluster-plan', planName, joining, joined),
    clusterRole('kubeadm:get-nodes', [reading('nodes')]),
    bind('kubeadm:get-nodes', 'kubeadm:get-nodes', joining),
    bind('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', joining),
    bind('kubeadm:node-autoapprove-bootstrap', 'system:certificates.k8s.io:certificatesigningrequests:nodeclient', joining),
    ensureCertificateApproval(client),
    // Service proxy, DNS, policies and ingress of a machine that has joined run by its node's own identity. Of Secrets and
    // ConfigMaps, it reads those that Ingresses name (`authz/ingress-secrets.ts`).
    clusterRole('k8ts:node-network', [
      { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies', 'ingresses', 'ingressclasses'], verbs: ['list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses/secrets', 'ingresses/configmaps'], verbs: ['get'] },
    ]),
    bind('k8ts:node-network', 'k8ts:node-network', joined),
    bind('k8ts:node-proxier', 'system:node-proxier', joined),
  ])
}

/** Nodes may renew what they have: the requests are approved by a controller. */
export async function ensureCertificateApproval(client: Client): Promise<void> {
  const { bind } = ensuring(client)
  await bind('kubeadm:node-autoapprove-certificate-rotation', 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', joined)
}

/** As upstream reconciles its roles at each start: rules are only added, and never to a role that says it is its owner's affair. */
async function ensureRole(client: Client, name: string, rules: PolicyRule[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await client.create(clusterRoles, { metadata: { name }, rules })
      return
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
    const found = await client.get(clusterRoles, { name })
    if (found.metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false') return
    const known = new Set((found.rules ?? []).map(ruleText))
    const missing = rules.filter((rule) => !known.has(ruleText(rule)))
    if (missing.length === 0) return
    try {
      await client.update(clusterRoles, { ...found, rules: [...(found.rules ?? []), ...missing] })
      return
    } catch (error) {
      if (!isConflict(error) || attempt >= roleAttempts) throw error
    }
  }
}

const roleAttempts = 5
const ruleText = ({ verbs, apiGroups, resources, resourceNames }: PolicyRule): string => JSON.stringify([verbs, apiGroups, resources, resourceNames])

function ensuring(client: Client) {
  const ensure = async <T extends KubeObject>(of: ResourceRef<T>, object: Draft<T>): Promise<void> => {
    try {
      await client.create(of, object)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
  }
  const bind = (name: string, role: string, ...subjects: Subject[]) =>
    ensure(clusterRoleBindings, { metadata: { name }, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role }, subjects })
  return { ensure, bind }
}

function clusterInfo({ apiServer }: ClusterConfig, ca: string): Draft<ConfigMap> {
  const server = `https://${apiServer.advertiseAddress}:${apiServer.port}`
  return { metadata: { namespace: 'kube-public', name: 'cluster-info' }, data: { kubeconfig: kubeconfigText({ name: '', user: '', server, ca }) } }
}

function sharedPlan({ serviceCidr, dnsAddress, clusterDomain, podCidr, machine }: ClusterConfig): Draft<ConfigMap> {
  const plan: SharedPlan = { serviceCidr, dnsAddress, clusterDomain, podCidr, podNetwork: machine?.podNetwork ?? 'vxlan' }
  return { metadata: { namespace: 'kube-system', name: planName }, data: { plan: JSON.stringify(plan) } }
}
