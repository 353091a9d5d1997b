import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SignJWT } from 'jose'
import { nodes, pods, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { createRig, fakeRequest, resourceAttributes } from '../test-rig.ts'
import { createAuthentication } from './index.ts'
import { signingKey } from './signing-keys.ts'
import { parseTokenFile } from './static-token.ts'
import { defaultIssuer, TokenIssuer } from './token-issuer.ts'
import type { Authorizer } from '../types.ts'
import { impersonate } from './impersonation.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-authn-'))
const pki = await createClusterPki(join(dir, 'a'), { addresses: [], nodes: [] })
const otherPki = await createClusterPki(join(dir, 'b'), { addresses: [], nodes: [] })

const rig = createRig(
  [serviceAccounts, { metadata: { namespace: 'default', name: 'robot', uid: 'sa-1' } }],
  [pods, { metadata: { namespace: 'default', name: 'web', uid: 'pod-1' }, spec: { serviceAccountName: 'robot', nodeName: 'n1', containers: [] } }],
  [nodes, { metadata: { name: 'n1', uid: 'node-1' } }],
  [
    secrets,
    {
      metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
      type: 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(
        Object.entries({
          'token-id': 'abcdef',
          'token-secret': '0123456789abcdef',
          'usage-bootstrap-authentication': 'true',
          'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
        }).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
    },
  ],
)
const authn = createAuthentication({
  ...rig,
  serviceAccountKey: pki.serviceAccount.privateKey,
  staticTokens: parseTokenFile('s3cret,bob,42,"a,b"\n'),
  clientCa: pki.ca.certificate,
  frontProxyCa: pki.frontProxyCa.certificate,
})
await rig.start()
after(() => {
  rig.stop()
  rmSync(dir, { recursive: true })
})

const robot = { namespace: 'default', serviceAccount: { name: 'robot', uid: 'sa-1' }, audiences: [defaultIssuer], expirationSeconds: 3600 }
const ask = (token: string) => authn.authenticator.authenticate(fakeRequest('/', { headers: { authorization: `Bearer ${token}` } }))
const refused = (token: string) => assert.rejects(ask(token), { code: 401, message: 'Unauthorized' })
const der = (pem: string): Uint8Array => new X509Certificate(pem).raw

test('a bound token makes its bearer the service account, with pod and node in extra', async () => {
  const token = await authn.issuer.issue({ ...robot, pod: { name: 'web', uid: 'pod-1' }, node: { name: 'n1', uid: 'node-1' } })
  const user = await ask(token)
  assert.equal(user?.name, 'system:serviceaccount:default:robot')
  assert.equal(user?.uid, 'sa-1')
  assert.deepEqual(user?.groups, ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'])
  assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-name'], ['web'])
  assert.deepEqual(user?.extra?.['authentication.kubernetes.io/node-name'], ['n1'])
  assert.match(user?.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '', /^JTI=[0-9a-f-]{36}$/)
})

test('a token signed with another key is refused', async () => {
  await refused(await new TokenIssuer({ privateKey: otherPki.serviceAccount.privateKey, clock: rig.clock }).issue(robot))
})

test('a token whose payload was changed is refused', async () => {
  const [header, payload, signature] = (await authn.issuer.issue(robot)).split('.') as [string, string, string]
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  claims.sub = 'system:serviceaccount:kube-system:admin'
  await refused([header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.'))
})

test('a token without a signature, or with a HMAC over the public key, is refused', async () => {
  const payload = (await authn.issuer.issue(robot)).split('.')[1]!
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
  await refused(`${none}.${payload}.`)
  const hmac = await new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    .setProtectedHeader({ alg: 'HS256', kid: signingKey(pki.serviceAccount.privateKey).id })
    .sign(Buffer.from(pki.serviceAccount.publicKey))
  await refused(hmac)
})

test('an expired token is refused, also when it was accepted before', async () => {
  const token = await authn.issuer.issue({ ...robot, expirationSeconds: 600 })
  assert.ok(await ask(token))
  await rig.clock.advance(601_000)
  await refused(token)
  const early = new TokenIssuer({ privateKey: pki.serviceAccount.privateKey, clock: { now: () => rig.clock.now() + 3_600_000, after: rig.clock.after } })
  await refused(await early.issue(robot))
})

test('a token for another audience is refused, and TokenReview says why', async () => {
  const token = await authn.issuer.issue({ ...robot, audiences: ['vault'] })
  await refused(token)
  const review = authn.virtual['authentication.k8s.io/tokenreviews']!
  const context = { user: { name: 'x', groups: [] }, namespace: '', name: '' }
  const accepted: any = await review({ spec: { token, audiences: ['vault'] } }, context)
  assert.deepEqual(accepted.status.audiences, ['vault'])
  assert.equal(accepted.status.user.username, 'system:serviceaccount:default:robot')
  const rejected: any = await review({ spec: { token, audiences: ['other'] } }, context)
  assert.equal(rejected.status.authenticated, undefined)
  assert.match(rejected.status.error, /is invalid for the target audiences \["other"\]/)
})

test('a token of a deleted pod, or of a pod made again under its name, is refused', async () => {
  await refused(await authn.issuer.issue({ ...robot, pod: { name: 'gone', uid: 'pod-9' } }))
  await refused(await authn.issuer.issue({ ...robot, pod: { name: 'web', uid: 'pod-0' } }))
  await refused(await authn.issuer.issue({ ...robot, serviceAccount: { name: 'robot', uid: 'sa-0' } }))
})

test('static and bootstrap tokens', async () => {
  assert.deepEqual(await ask('s3cret'), { name: 'bob', uid: '42', groups: ['a', 'b', 'system:authenticated'] })
  assert.deepEqual((await ask('abcdef.0123456789abcdef'))?.groups, [
    'system:bootstrappers',
    'system:bootstrappers:kubeadm:default-node-token',
    'system:authenticated',
  ])
  await refused('abcdef.0123456789abcdee')
  await refused('nonsense')
})

test('a client certificate gives name and groups; nobody is anonymous', async () => {
  const user = await authn.authenticator.authenticate(fakeRequest('/', { clientCertificate: der(pki.admin.certificate) }))
  assert.equal(user?.name, 'kubernetes-admin')
  assert.deepEqual(user?.groups, ['system:masters', 'system:authenticated'])
  assert.deepEqual(await authn.authenticator.authenticate(fakeRequest('/')), { name: 'system:anonymous', groups: ['system:unauthenticated'] })
})

test('X-Remote-User is believed from the front proxy alone', async () => {
  const headers = { 'x-remote-user': 'carol', 'x-remote-group': 'g1, g2', 'x-remote-extra-scopes%2fa': 'x' }
  const trusted = await authn.authenticator.authenticate(fakeRequest('/', { headers, clientCertificate: der(pki.frontProxyClient.certificate) }))
  assert.equal(trusted?.name, 'carol')
  assert.deepEqual(trusted?.extra, { 'scopes/a': ['x'] })
  const other = await authn.authenticator.authenticate(fakeRequest('/', { headers, clientCertificate: der(pki.scheduler.certificate) }))
  assert.equal(other?.name, 'system:kube-scheduler')
  assert.equal((await authn.authenticator.authenticate(fakeRequest('/', { headers })))?.name, 'system:anonymous')
  const alone = await authn.authenticator.authenticate(fakeRequest('/', { clientCertificate: der(pki.frontProxyClient.certificate) }))
  assert.equal(alone?.name, 'system:anonymous')
})

test('TokenRequest binds to the pod, bounds the time and extends what kubelets ask for', async () => {
  const handler = authn.virtual['/serviceaccounts/token']!
  const context = { user: { name: 'system:node:n1', groups: [] }, namespace: 'default', name: 'robot' }
  const bound = { kind: 'Pod', apiVersion: 'v1', name: 'web', uid: 'pod-1' }
  const answer: any = await handler({ spec: { audiences: [], expirationSeconds: 3607, boundObjectRef: bound } }, context)
  assert.equal((await ask(answer.status.token))?.extra?.['authentication.kubernetes.io/pod-uid']?.[0], 'pod-1')
  const claims = JSON.parse(Buffer.from(answer.status.token.split('.')[1], 'base64url').toString())
  assert.equal(claims.exp - claims.iat, 365 * 24 * 3600)
  assert.equal(claims['kubernetes.io'].warnafter - claims.iat, 3607)
  assert.deepEqual(claims['kubernetes.io'].node, { name: 'n1', uid: 'node-1' })
  await assert.rejects(handler({ spec: { audiences: [], expirationSeconds: 60 } }, context) as Promise<object>, {
    code: 422,
    message: 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  })
  await assert.rejects(handler({ spec: { audiences: [], boundObjectRef: { ...bound, uid: 'old' } } }, context) as Promise<object>, { code: 409 })
  const otherAccount = handler({ metadata: { uid: 'other' }, spec: { audiences: [] } }, context)
  await assert.rejects(otherAccount as Promise<object>, {
    code: 409,
    message: /the UID in the token request \(other\) does not match the UID of the service account/,
  })
  await assert.rejects(handler({ spec: { audiences: [] } }, { ...context, name: 'none' }) as Promise<object>, { code: 404 })
})

test('the discovery documents name the key that verifies', () => {
  const keys = JSON.parse(authn.documents['/openid/v1/jwks']!.body).keys
  assert.equal(keys[0].kid, authn.issuer.key.id)
  assert.equal(keys[0].alg, 'ES256')
  assert.equal(keys[0].d, undefined)
  assert.equal(JSON.parse(authn.documents['/.well-known/openid-configuration']!.body).issuer, defaultIssuer)
})

test('impersonation needs the right to every name, group and extra', async () => {
  const asked: string[] = []
  const authorizer = {
    name: 'test',
    authorize: ({ verb, resource, subresource, name }: { verb: string; resource: string; subresource: string; name: string }) => {
      if (verb !== 'impersonate') return { decision: 'no-opinion', reason: '' } as const
      asked.push(`${resource}${subresource && `/${subresource}`}=${name}`)
      return { decision: name === 'root' ? 'no-opinion' : 'allow', reason: '' } as const
    },
  }
  const me = resourceAttributes({ name: 'me', groups: [] }, 'list', 'pods')
  const headers = { 'impersonate-user': 'you', 'impersonate-group': 'g1, g2', 'impersonate-extra-scopes': 'a' }
  assert.deepEqual(await impersonate(fakeRequest('/', { headers }), me, authorizer), {
    user: { name: 'you', groups: ['g1', 'g2', 'system:authenticated'], extra: { scopes: ['a'] } },
    constraint: '',
  })
  assert.deepEqual(asked, ['users=you', 'groups=g1', 'groups=g2', 'userextras/scopes=a'])
  assert.equal(await impersonate(fakeRequest('/'), me, authorizer), undefined)
  const account = await impersonate(fakeRequest('/', { headers: { 'impersonate-user': 'system:serviceaccount:ns:sa' } }), me, authorizer)
  assert.deepEqual(account?.user.groups, ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'])
  await assert.rejects(impersonate(fakeRequest('/', { headers: { 'impersonate-user': 'root' } }), me, authorizer), {
    code: 403,
    message: 'pods is forbidden: User "me" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope',
  })
  await assert.rejects(impersonate(fakeRequest('/', { headers: { 'impersonate-group': 'g' } }), me, authorizer), { code: 400 })
})

test('constrained impersonation allows one kind of user for one kind of request, and never masters', async () => {
  const rights = new Set<string>()
  const authorizer: Authorizer = {
    name: 'set',
    authorize: ({ verb, group, resource, name }) => ({ decision: rights.has(`${verb} ${group}/${resource}/${name}`) ? 'allow' : 'no-opinion', reason: '' }),
  }
  const as = (user: string, more: Record<string, string> = {}) => fakeRequest('/', { headers: { 'impersonate-user': user, ...more } })
  const list = resourceAttributes({ name: 'me', groups: [] }, 'list', 'pods')
  rights.add('impersonate-on:user-info:list /pods/').add('impersonate:user-info authentication.k8s.io/users/you')
  const found = await impersonate(as('you'), list, authorizer)
  assert.deepEqual([found?.user.name, found?.constraint], ['you', 'impersonate:user-info'])
  await assert.rejects(impersonate(as('you'), { ...list, verb: 'delete' }, authorizer), { code: 403 })
  rights.add('impersonate:user-info authentication.k8s.io/groups/system:masters')
  await assert.rejects(
    impersonate(as('you', { 'impersonate-group': 'system:masters' }), list, authorizer),
    /impersonating the system:masters group is not allowed/,
  )

  rights.add('impersonate-on:associated-node:list /pods/').add('impersonate:associated-node authentication.k8s.io/nodes/*')
  const agent = { name: 'system:serviceaccount:a:agent', groups: [], extra: { 'authentication.kubernetes.io/node-name': ['n1'] } }
  const node = await impersonate(as('system:node:n1'), { ...list, user: agent }, authorizer)
  assert.deepEqual([node?.user.groups, node?.constraint], [['system:nodes', 'system:authenticated'], 'impersonate:associated-node'])
  await assert.rejects(impersonate(as('system:node:n2'), { ...list, user: agent }, authorizer), { code: 403 })
})
