import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clusterRoleBindings, clusterRoles, ingresses, persistentVolumeClaims, persistentVolumes, pods, roleBindings, roles } from '#api/gen/resources.ts'
import { admissionAttributes, admit, alice, createRig, kubeletUser, resourceAttributes } from '../test-rig.ts'
import type { AuthorizerAttributes, UserInfo } from '../types.ts'
import { createAuthorization, reconcileBootstrapPolicy } from './index.ts'

const rig = createRig(
  [roles, { metadata: { namespace: 'shop', name: 'reader' }, rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }] }],
  [
    roleBindings,
    {
      metadata: { namespace: 'shop', name: 'devs' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'Group', name: 'dev' }],
    },
    {
      metadata: { namespace: 'shop', name: 'bot' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
    },
    {
      metadata: { namespace: 'lost', name: 'dangling' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'none' },
      subjects: [{ kind: 'User', name: 'alice' }],
    },
    {
      metadata: { namespace: 'shop', name: 'writers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', name: 'ann' }],
    },
  ],
  [
    pods,
    {
      metadata: { namespace: 'shop', name: 'web', uid: 'p1' },
      spec: {
        nodeName: 'n1',
        serviceAccountName: 'bot',
        containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'settings' } }] }],
        volumes: [
          { name: 'a', secret: { secretName: 'tls' } },
          { name: 'b', persistentVolumeClaim: { claimName: 'data' } },
        ],
      },
    },
  ],
  [persistentVolumeClaims, { metadata: { namespace: 'shop', name: 'data' }, spec: { volumeName: 'pv1' } }],
  [persistentVolumes, { metadata: { name: 'pv1' }, spec: { claimRef: { namespace: 'shop', name: 'data' } } }],
)
const authz = createAuthorization(rig)
await reconcileBootstrapPolicy(rig.client)
const stop = new AbortController()
await rig.start()
after(() => {
  stop.abort()
  rig.stop()
})

const decide = async (user: UserInfo, verb: string, resource: string, more: Partial<AuthorizerAttributes> = {}) =>
  (await authz.authorizer.authorize(resourceAttributes(user, verb, resource, more))).decision === 'allow'
const bot = { name: 'system:serviceaccount:shop:bot', groups: ['system:serviceaccounts', 'system:authenticated'] }
const ann = { name: 'ann', groups: ['system:authenticated'] }
const shop = { namespace: 'shop' }

test("RBAC allows by group, user and service account, in the binding's namespace only", async () => {
  assert.ok(await decide(alice, 'list', 'pods', shop))
  assert.ok(!(await decide(alice, 'delete', 'pods', shop)))
  assert.ok(!(await decide(alice, 'list', 'pods', { namespace: 'other' })))
  assert.ok(!(await decide(alice, 'list', 'pods')))
  assert.ok(await decide(bot, 'get', 'deployments', { ...shop, group: 'apps' }))
  assert.ok(!(await decide(bot, 'get', 'secrets', shop)))
})

test('the reason of a decision names binding, role and subject, or what is dangling', async () => {
  const allowed = await authz.authorizer.authorize(resourceAttributes(alice, 'get', 'pods', shop))
  assert.equal(allowed.reason, 'RBAC: allowed by RoleBinding "devs/shop" of Role "reader" to Group "dev"')
  const refused = await authz.authorizer.authorize(resourceAttributes(alice, 'get', 'pods', { namespace: 'lost' }))
  assert.deepEqual(refused, { decision: 'no-opinion', reason: 'RBAC: role.rbac.authorization.k8s.io "none" not found' })
})

test('system:masters may do anything; everybody may review themselves and discover', async () => {
  assert.ok(await decide({ name: 'root', groups: ['system:masters'] }, 'delete', 'nodes'))
  assert.ok(await decide(ann, 'create', 'selfsubjectaccessreviews', { group: 'authorization.k8s.io' }))
  const path = (user: UserInfo, url: string) => authz.authorizer.authorize({ ...resourceAttributes(user, 'get', ''), isResourceRequest: false, path: url })
  assert.equal((await path(ann, '/openapi/v3')).decision, 'allow')
  const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
  assert.equal((await path(anonymous, '/version')).decision, 'allow')
  assert.equal((await path(anonymous, '/openapi/v3')).decision, 'no-opinion')
})

test('the scheduler and the controllers have what they need', async () => {
  const scheduler = { name: 'system:kube-scheduler', groups: ['system:authenticated'] }
  assert.ok(await decide(scheduler, 'create', 'pods/binding', shop))
  assert.ok(!(await decide(scheduler, 'create', 'pods', shop)))
  const manager = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] }
  assert.ok(!(await decide(manager, 'create', 'replicasets', { ...shop, group: 'apps' })), 'each controller writes as its own account')
  assert.ok(await decide(manager, 'update', 'leases', { namespace: 'kube-system', group: 'coordination.k8s.io', name: 'kube-controller-manager' }))
})

const n1 = kubeletUser('n1')
const nodeTable: [string, string, Partial<AuthorizerAttributes>, boolean][] = [
  ['get', 'secrets', { ...shop, name: 'tls' }, true],
  ['get', 'secrets', { ...shop, name: 'other' }, false],
  ['get', 'secrets', { namespace: 'other', name: 'tls' }, false],
  ['list', 'secrets', shop, false],
  ['delete', 'secrets', { ...shop, name: 'tls' }, false],
  ['watch', 'configmaps', { ...shop, name: 'settings' }, true],
  ['get', 'persistentvolumeclaims', { ...shop, name: 'data' }, true],
  ['get', 'persistentvolumes', { name: 'pv1' }, true],
  ['get', 'persistentvolumes', { name: 'pv2' }, false],
  ['create', 'serviceaccounts/token', { ...shop, name: 'bot' }, true],
  ['create', 'serviceaccounts/token', { ...shop, name: 'admin' }, false],
  ['get', 'nodes', { name: 'n1' }, true],
  ['get', 'nodes', { name: 'n2' }, false],
  ['patch', 'nodes/status', { name: 'n1' }, true],
  ['list', 'pods', { fieldSelector: 'spec.nodeName=n1' }, true],
  ['list', 'pods', {}, false],
  ['list', 'pods', { fieldSelector: 'spec.nodeName=n2' }, false],
  ['get', 'pods', { ...shop, name: 'web' }, true],
  ['patch', 'pods/status', { ...shop, name: 'web' }, true],
  ['update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n1' }, true],
  ['update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n2' }, false],
  ['update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-system', name: 'n1' }, false],
  ['list', 'services', {}, true],
  ['create', 'events', { namespace: 'shop' }, true],
  ['create', 'deployments', { ...shop, group: 'apps' }, false],
]
for (const [verb, resource, more, expected] of nodeTable)
  test(`a kubelet ${expected ? 'may' : 'may not'} ${verb} ${resource} ${JSON.stringify(more)}`, async () =>
    assert.equal(await decide(n1, verb, resource, more), expected))

test("a node without its pods' references gets nothing of another node", async () => {
  assert.ok(!(await decide(kubeletUser('n2'), 'get', 'secrets', { ...shop, name: 'tls' })))
  assert.ok(!(await decide({ name: 'system:node:n1', groups: ['system:authenticated'] }, 'get', 'secrets', { ...shop, name: 'tls' })))
})

const roleOf = (rules: object[], name = 'new') =>
  admissionAttributes({ metadata: { name }, rules } as never, {
    group: 'rbac.authorization.k8s.io',
    resource: 'roles',
    kind: 'Role',
    namespace: 'shop',
    user: ann,
  })

test('nobody gives away what they do not have', async () => {
  await admit(authz.escalation, roleOf([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]))
  await assert.rejects(admit(authz.escalation, roleOf([{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }])), {
    code: 403,
    message:
      'roles.rbac.authorization.k8s.io "new" is forbidden: user "ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
  })
  await admit(authz.escalation, { ...roleOf([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]), user: { name: 'root', groups: ['system:masters'] } })
  const binding = (role: string) =>
    admissionAttributes({ metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: role } } as never, {
      group: 'rbac.authorization.k8s.io',
      resource: 'rolebindings',
      kind: 'RoleBinding',
      namespace: 'shop',
      user: ann,
    })
  await admit(authz.escalation, binding('view'))
  await assert.rejects(admit(authz.escalation, binding('cluster-admin')), { code: 403 })
  await assert.rejects(admit(authz.escalation, binding('nothing')), { code: 404 })
})

test('access reviews answer as the authorizer does', async () => {
  const handler = authz.virtual['authorization.k8s.io/subjectaccessreviews']!
  const context = { user: alice, namespace: '', name: '' }
  const answer: any = await handler(
    { spec: { user: 'bob', groups: ['dev'], resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'shop' } } },
    context,
  )
  assert.equal(answer.status.allowed, true)
  await assert.rejects(handler({ spec: { user: 'bob' } }, context) as Promise<object>, {
    code: 422,
    message: /exactly one of nonResourceAttributes or resourceAttributes/,
  })
  const self: any = await authz.virtual['authorization.k8s.io/selfsubjectaccessreviews']!(
    { spec: { resourceAttributes: { verb: 'delete', resource: 'nodes' } } },
    context,
  )
  assert.equal(self.status.allowed, false)
  const rules: any = await authz.virtual['authorization.k8s.io/selfsubjectrulesreviews']!({ spec: { namespace: 'shop' } }, context)
  assert.ok(rules.status.resourceRules.some((each: any) => each.resources.includes('pods') && each.verbs.includes('list')))
  assert.equal(rules.status.incomplete, false)
})

test('the default policy is whole, is not written twice, and takes back what was lost', async () => {
  const names = (rig.client.all(clusterRoles) as any[]).map((each) => each.metadata.name)
  for (const name of ['cluster-admin', 'admin', 'edit', 'view', 'system:node', 'system:kube-scheduler', 'system:controller:job-controller'])
    assert.ok(names.includes(name), name)
  const before = rig.client.actions.length
  await reconcileBootstrapPolicy(rig.client)
  assert.equal(rig.client.actions.length, before)
  const binding: any = await rig.client.get(clusterRoleBindings, { name: 'system:kube-scheduler' })
  await rig.client.update(clusterRoleBindings, { ...binding, subjects: [{ kind: 'User', name: 'mine' }] })
  await reconcileBootstrapPolicy(rig.client)
  const after: any = await rig.client.get(clusterRoleBindings, { name: 'system:kube-scheduler' })
  assert.deepEqual(
    after.subjects.map((each: any) => each.name),
    ['mine', 'system:kube-scheduler'],
  )
})

test('what an earlier version granted all controllers together is taken back', async () => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'k8ts:controllers' }
  await rig.client.create(clusterRoles, { metadata: { name: 'k8ts:controllers' }, rules: [] } as never)
  await rig.client.create(clusterRoleBindings, { metadata: { name: 'k8ts:controllers' }, roleRef, subjects: [] } as never)
  await reconcileBootstrapPolicy(rig.client)
  for (const kind of [clusterRoles, clusterRoleBindings]) await assert.rejects(rig.client.get<any>(kind as any, { name: 'k8ts:controllers' }), /not found/)
})

test('what roles of ours gave too much goes from older clusters; what somebody wrote beside it stays', async () => {
  const rulesOf = async (name: string): Promise<any[]> => ((await rig.client.get(clusterRoles, { name })) as any).rules
  const wide = { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['secrets'] }
  const own = { ...wide, resourceNames: ['mine'] }
  const today = await rulesOf('k8ts:network')
  const change = async (name: string, rules: readonly object[], annotations: object = {}) => {
    const role: any = await rig.client.get(clusterRoles, { name })
    await rig.client.update(clusterRoles, { ...role, metadata: { ...role.metadata, annotations: { ...role.metadata.annotations, ...annotations } }, rules })
    await reconcileBootstrapPolicy(rig.client)
  }
  await change('k8ts:network', [wide, own, ...today.slice(0, 1)])
  assert.deepEqual(await rulesOf('k8ts:network'), [own, ...today])
  const provisioner = await rulesOf('system:controller:local-path-provisioner')
  await change('system:controller:local-path-provisioner', [{ verbs: ['create', 'delete'], apiGroups: [''], resources: ['nodes/proxy'] }, ...provisioner])
  assert.deepEqual(await rulesOf('system:controller:local-path-provisioner'), provisioner)
  await change('k8ts:network', [wide, ...today], { 'rbac.authorization.kubernetes.io/autoupdate': 'false' })
  assert.deepEqual(await rulesOf('k8ts:network'), [wide, ...today])
  // Only roles of ours: a like rule of upstream's roles stays.
  const scheduler = await rulesOf('system:kube-scheduler')
  await change('system:kube-scheduler', [wide, ...scheduler])
  assert.deepEqual(await rulesOf('system:kube-scheduler'), [wide, ...scheduler])
  await change('system:kube-scheduler', scheduler)
  await change('k8ts:network', today, { 'rbac.authorization.kubernetes.io/autoupdate': 'true' })
})

test('the network part of a node reads the Secrets that Ingresses name, and none else', async () => {
  const network: UserInfo = { name: 'system:kube-proxy', groups: ['system:node-proxier', 'system:authenticated'] }
  const ingress = (name: string, secretName: string, annotations = {}) => ({
    metadata: { namespace: 'shop', name, annotations },
    spec: { tls: [{ secretName }] },
  })
  const secret = (user: UserInfo, verb: string, name: string, namespace = 'shop') => decide(user, verb, 'secrets', { namespace, name })
  assert.equal(await secret(network, 'get', 'cert'), false)
  await rig.client.create(ingresses, ingress('web', 'cert', { 'nginx.ingress.kubernetes.io/auth-secret': 'shop/users' }) as never)
  for (const verb of ['get', 'list', 'watch']) assert.equal(await secret(network, verb, 'cert'), true, verb)
  assert.equal(await secret(network, 'get', 'users'), true)
  const annotations = { 'nginx.ingress.kubernetes.io/auth-tls-secret': 'shop/clients', 'nginx.ingress.kubernetes.io/proxy-ssl-secret': 'shop/own' }
  await rig.client.create(ingresses, ingress('more', 'cert', annotations) as never)
  for (const name of ['clients', 'own']) assert.equal(await secret(network, 'get', name), true, name)
  const configMap = (name: string, user = network) => decide(user, 'get', 'configmaps', { namespace: 'shop', name })
  const headers = { 'nginx.ingress.kubernetes.io/custom-headers': 'headers', 'nginx.ingress.kubernetes.io/auth-proxy-set-headers': 'shop/asked' }
  assert.equal(await configMap('headers'), false)
  await rig.client.create(ingresses, ingress('headed', 'cert', headers) as never)
  for (const name of ['headers', 'asked']) assert.equal(await configMap(name), true, name)
  assert.deepEqual([await configMap('cert'), await configMap('headers', alice), await secret(network, 'get', 'headers')], [false, false, false])
  const refused: [string, string, string][] = [
    ['get', 'cert', 'lost'],
    ['get', 'tls', 'shop'],
    ['list', '', 'shop'],
    ['update', 'cert', 'shop'],
    ['delete', 'cert', 'shop'],
  ]
  for (const [verb, name, namespace] of refused) assert.equal(await secret(network, verb, name, namespace), false, `${verb} ${namespace}/${name}`)
  assert.equal(await secret(alice, 'get', 'cert'), false, 'who may not get ingresses/secrets')
  await rig.client.create(ingresses, ingress('thief', 'stolen', { 'nginx.ingress.kubernetes.io/auth-secret': 'lost/users' }) as never)
  assert.equal(await secret(network, 'get', 'users', 'lost'), false, "another namespace's")
})

test('the controllers have kubelets make directories of volumes, and nothing else of them', async () => {
  const controllers: UserInfo = { name: 'system:serviceaccount:kube-system:local-path-provisioner', groups: ['system:authenticated'] }
  const proxied = (user: UserInfo, verb: string, rest: string) =>
    decide(user, verb, 'nodes', { subresource: 'proxy', name: 'n1', path: `/api/v1/nodes/n1/proxy/${rest}` })
  for (const verb of ['create', 'delete']) assert.equal(await proxied(controllers, verb, 'localVolumes/pvc-1'), true, verb)
  assert.equal(await proxied(alice, 'create', 'localVolumes/pvc-1'), false)
  const others = [
    'run/default/web/c',
    'localVolumes',
    'localVolumes/../run/default/web/c',
    'localVolumes/%2e%2e',
    'localVolumes/a/b',
    'localVolumes//run',
    'x/localVolumes/a',
  ]
  for (const rest of others) assert.equal(await proxied(controllers, 'create', rest), false, rest)
})
