/** What works, and what is told, where no server answers: read off kubectl 1.36.1. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Outcome, ours } from './testing/rig.ts'

let dir: string
let port: number
const run = (line: string): Promise<Outcome> => ours(line.split(' '), { env: { HOME: dir, PATH: '' }, dir, stdin: '' })

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'k8ts-no-server-'))
  // A port on which nobody listens any more.
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  port = (server.address() as { port: number }).port
  await new Promise((resolve) => server.close(resolve))
  writeFileSync(join(dir, 'cm.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f}\n')
  writeFileSync(join(dir, 'deploy.yaml'), JSON.stringify(deployment))
  writeFileSync(join(dir, 'kustomization.yaml'), 'resources: [cm.yaml]\nnamePrefix: a-\n')
})
after(() => rmSync(dir, { recursive: true }))

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
}

test('what is done here alone asks no server', async () => {
  for (const [line, told] of [
    ['label --local -f cm.yaml a=b', 'configmap/f labeled\n'],
    ['annotate --local -f cm.yaml a=b', 'configmap/f annotated\n'],
    ['patch --local -f cm.yaml -p {"data":{"a":"b"}}', 'configmap/f patched\n'],
    ['set image --local -f deploy.yaml c=j', 'deployment.apps/d image updated\n'],
    ['create deployment x --image=y --dry-run=client', 'deployment.apps/x created (dry run)\n'],
    ['create configmap x --from-literal=a=b --dry-run=client -o name', 'configmap/x\n'],
    ['kustomize .', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-f\n'],
    ['version --client', 'Client Version: v1.36.0\nKustomize Version: v5.8.1\n'],
    ['config get-contexts -o name', ''],
  ] as const)
    assert.deepEqual(await run(line), { code: 0, stdout: told, stderr: '' }, line)
  for (const line of ['options', 'completion bash', 'config view', 'kuberc view', 'help']) assert.equal((await run(line)).code, 0, line)
})

test('set --local prints what Go writes of an object, and tells kinds and several failures as the original', async () => {
  const template = 'selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}'
  writeFileSync(join(dir, 'agent.yaml'), `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec: {${template}}\n`)
  writeFileSync(join(dir, 'db.yaml'), `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {${template}}\n`)
  writeFileSync(join(dir, 'two.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n')
  const agent = await run('set image -f agent.yaml --local -o yaml c=x')
  assert.match(agent.stdout, /\nstatus:\n {2}currentNumberScheduled: 0\n {2}desiredNumberScheduled: 0\n {2}numberMisscheduled: 0\n {2}numberReady: 0\n$/)
  const db = await run('set sa -f db.yaml --local -o yaml builder')
  assert.match(db.stdout, /\n {2}serviceName: ""\n/)
  assert.match(db.stdout, /\n {6}serviceAccountName: builder\n/)
  assert.doesNotMatch(db.stdout, /serviceAccount:/)
  assert.match(db.stdout, /\nstatus:\n {2}availableReplicas: 0\n {2}replicas: 0\n$/)
  const none = 'the object is not a pod or does not have a pod template:'
  for (const [line, told] of [
    ['set image -f two.yaml --local c=x', `error: configmap/cm ${none} *v1.ConfigMap\n\nerror: secret/s ${none} *v1.Secret\n\n`],
    ['set image -f cm.yaml --local c=x', `error: configmap/f ${none} *v1.ConfigMap\n`],
    ['set subject -f db.yaml --local --user=u', 'error: statefulset.apps/db\n setting subjects is only supported for RoleBinding/ClusterRoleBinding\n'],
    ['set selector -f two.yaml --local x=y', 'setting a selector is only supported for Services\n'.repeat(2)],
    ['set selector -f cm.yaml --local x=y', 'error: setting a selector is only supported for Services\n'],
  ] as const)
    assert.deepEqual(await run(line), { code: 1, stdout: '', stderr: told }, line)
})

test('a server that is not there is told by its name, and of which file', async () => {
  const server = `-s http://localhost:${port} --username=u --password=p`
  const refused = `The connection to the server localhost:${port} was refused - did you specify the right host or port?\n`
  const get = (path: string): string => `Get "http://localhost:${port}${path}?timeout=32s": dial tcp 127.0.0.1:${port}: connect: connection refused`
  for (const [line, told] of [
    ['get pods', refused],
    ['explain pods', refused],
    [
      'apply -f cm.yaml',
      `error: error validating "cm.yaml": error validating data: failed to download openapi: ${get('/openapi/v2')}; if you choose to ignore these errors, turn validation off with --validate=false\n`,
    ],
    ['get -f cm.yaml', `unable to recognize "cm.yaml": ${get('/api')}\n`],
    ['describe -f cm.yaml', `unable to recognize "cm.yaml": ${get('/api')}\n`],
    ['diff -f cm.yaml', `error: unable to recognize "cm.yaml": ${get('/api')}\n`],
  ] as const) {
    const { code, stderr } = await run(`${server} ${line}`)
    // Names may lead to either family first.
    assert.deepEqual([code, stderr.replace('dial tcp [::1]', 'dial tcp 127.0.0.1')], [line.startsWith('diff') ? 2 : 1, told], line)
  }
})

test('an authority that is no certificate, and a server that is no address, are told before anything is asked', async () => {
  const words = Buffer.from('no certificate').toString('base64')
  const key = Buffer.from('-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n').toString('base64')
  const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n').toString('base64')
  const withCluster = async (cluster: object, line = 'get pods'): Promise<Outcome> => {
    const config = { clusters: [{ name: 'c', cluster }], contexts: [{ name: 'x', context: { cluster: 'c' } }], 'current-context': 'x' }
    writeFileSync(join(dir, 'kubeconfig'), JSON.stringify(config))
    return run(`${line} --kubeconfig=kubeconfig`)
  }
  const server = `https://127.0.0.1:${port}`
  const roots = 'error: unable to load root certificates: '
  for (const [cluster, told] of [
    [{ server, 'certificate-authority-data': words }, `${roots}unable to parse bytes as PEM block`],
    [{ server, 'certificate-authority-data': key }, `${roots}no valid certificate authority data seen`],
    [{ server, 'certificate-authority-data': certificate }, `${roots}failed to parse certificate: x509: malformed certificate`],
    [
      { server, 'certificate-authority-data': words, 'insecure-skip-tls-verify': true },
      'error: specifying a root certificates file with the insecure flag is not allowed',
    ],
    [{ server: 'https://a b:6443' }, 'error: host must be a URL or a host:port pair: "https://a b:6443"'],
    [{ server: 'a b' }, 'Unable to connect to the server: invalid character " " in host name'],
  ] as const)
    assert.deepEqual(await withCluster(cluster), { code: 1, stdout: '', stderr: `${told}\n` })
  const skipped = await withCluster({ server, 'certificate-authority-data': words }, 'get pods --insecure-skip-tls-verify')
  assert.match(skipped.stderr, /^The connection to the server 127\.0\.0\.1:\d+ was refused/)
})
