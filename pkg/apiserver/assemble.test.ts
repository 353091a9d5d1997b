import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { clusterRoles, nodes, pods, priorityClasses, serviceAccounts } from '#api/gen/resources.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import type { KeyPair } from '#cluster/pki/types.ts'
import { assembleApiServer } from './assemble.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-assemble-'))
const pki = await createClusterPki(dir, { addresses: [], nodes: [{ name: 'n1', addresses: ['127.0.0.1'] }] })
const { client, server, ready, close } = assembleApiServer({
  serviceAccountKey: pki.serviceAccount.privateKey,
  clientCa: pki.ca.certificate,
  frontProxyCa: pki.frontProxyCa.certificate,
})
await ready
const { port } = await server.listen({
  port: 0,
  tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: `${pki.ca.certificate}${pki.frontProxyCa.certificate}` },
})
after(async () => {
  await close()
  rmSync(dir, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly body: any
}

function ask(method: string, path: string, who: { pair?: KeyPair; token?: string }, object?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        ca: pki.ca.certificate,
        ...(who.pair ? { cert: who.pair.certificate, key: who.pair.key } : {}),
        headers: { 'content-type': 'application/json', ...(who.token ? { authorization: `Bearer ${who.token}` } : {}) },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(object && JSON.stringify(object))
  })
}

const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] } })

test("the default policy and the system's priority classes are there when the server is ready", async () => {
  assert.ok((await client.list(clusterRoles)).items.length > 60)
  assert.deepEqual((await client.list(priorityClasses)).items.map((each) => each.metadata.name).sort(), ['system-cluster-critical', 'system-node-critical'])
})

test('over TLS: the admin writes, the scheduler may only read, a stranger is anonymous, the front proxy is nobody', async () => {
  await client.create(serviceAccounts, { metadata: { namespace: 'default', name: 'default' } })
  const made = await ask('POST', '/api/v1/namespaces/default/pods', { pair: pki.admin }, pod('web'))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.body.spec.serviceAccountName, 'default')
  assert.equal(made.body.spec.priority, 0)
  assert.equal(made.body.spec.tolerations.length, 2)
  assert.match(made.body.spec.volumes[0].name, /^kube-api-access-/)
  assert.equal((await ask('GET', '/api/v1/pods', { pair: pki.scheduler })).status, 200)
  const refused = await ask('POST', '/api/v1/namespaces/default/pods', { pair: pki.scheduler }, pod('x'))
  assert.equal(refused.status, 403)
  assert.equal(refused.body.message, 'pods is forbidden: User "system:kube-scheduler" cannot create resource "pods" in API group "" in the namespace "default"')
  assert.match((await ask('GET', '/api/v1/pods', {})).body.message, /User "system:anonymous" cannot list/)
  assert.match((await ask('GET', '/api/v1/pods', { pair: pki.frontProxyClient })).body.message, /User "system:anonymous" cannot list/)
})

test('a kubelet gets a token for its pod, which ends with the pod', async () => {
  const kubelet = { pair: pki.nodes.n1!.client }
  await client.create(nodes, { metadata: { name: 'n1' } })
  const { metadata } = await client.get(pods, { namespace: 'default', name: 'web' })
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: metadata.uid }
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token'
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3607, boundObjectRef } }
  const answer = await ask('POST', path, kubelet, asked)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  const { token } = answer.body.status
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const self = await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { token }, review)
  assert.equal(self.body.status.userInfo.username, 'system:serviceaccount:default:default')
  assert.equal((await ask('GET', '/api/v1/namespaces/default/secrets', { token })).status, 403)
  assert.equal((await ask('GET', '/api/v1/namespaces/default/pods/web', { token: forged(token) })).status, 401)
  await client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 })
  const deadline = Date.now() + 5_000
  let status = 0
  while (status !== 401 && Date.now() < deadline) status = (await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { token }, review)).status
  assert.equal(status, 401)
  assert.equal((await ask('POST', path, kubelet, asked)).status, 403)
})

/** With another signature: the first of its characters holds six bits of it, unlike the last. */
function forged(token: string): string {
  const at = token.lastIndexOf('.') + 1
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}
