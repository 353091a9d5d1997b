import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type RequestOptions, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { CriError } from '../cri/errors.ts'
import type { PodRuntimeStatus } from '../runtime/pod-runtime.ts'
import { fakeCri } from '../testing/fake-cri.ts'
import { localVolumes } from '../volumes/local-volumes.ts'
import { noCgroups } from '../cgroups/cgroup-manager.ts'
import { completeConfiguration } from '../configuration/load.ts'
import { accessControl } from './access.ts'
import { kubeletMetrics } from '../metrics/kubelet-metrics.ts'
import { startServer } from './server.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-server-'))
const pki = await createClusterPki(dir, { addresses: [], nodes: [{ name: 'n1', addresses: ['127.0.0.1'] }] })
const { serving, client: nodeClient } = pki.nodes.n1!
const logPath = join(dir, '0.log')
writeFileSync(logPath, '2026-01-01T00:00:01.000000000Z stdout F one\n2026-01-01T00:00:02.000000000Z stdout F two\n')
const pod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u' },
  spec: { containers: [{ name: 'main' }, { name: 'late' }] },
  status: {},
} as unknown as Pod
const runtime = { sandboxes: [], containers: [{ id: 'c1', name: 'main', state: 'exited', logPath }] } as unknown as PodRuntimeStatus
const configuration = completeConfiguration({})
const cri = fakeCri(new FakeClock())
let unwell: string | undefined
const directory = {
  list: () => [pod],
  get: (namespace: string, name: string) => (namespace === 'default' && name === 'web' ? pod : undefined),
  runtimeStatus: () => runtime,
  containerId: () => 'c1',
  logDirectory: () => dir,
}
const server: Server = await startServer({
  tls: { cert: serving.certificate, key: serving.key, clientCa: pki.ca.certificate },
  address: '127.0.0.1',
  port: 0,
  nodeName: 'n1',
  nodeAddress: '127.0.0.1',
  cri,
  configuration,
  access: accessControl({
    reviews: { token: async () => undefined, access: async ({ name }) => name === 'kubernetes-reader' },
    clock: new FakeClock(),
    configuration,
  }),
  stats: { cri, pods: directory, nodeName: 'n1', cgroups: noCgroups, rootDir: dir, startedAtMs: 0, treeBytes: async () => 7 },
  probeMetrics: () => '# no probes\n',
  metrics: kubeletMetrics(),
  log: silentLogger,
  healthy: () => unwell,
  version: 'v1.36.0',
  flags: { 'root-dir': '/var/lib/kubelet', 'hostname-override': 'n1' },
  now: () => 3_723_000,
  localVolumes: localVolumes(dir),
  pods: directory,
})
after(() => {
  server.close()
  server.closeAllConnections()
  rmSync(dir, { recursive: true })
})

const ask = (path: string, identity?: { certificate: string; key: string }, more: RequestOptions = {}): Promise<[number, string]> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    const request = get(
      { host: '127.0.0.1', port, path, ca: pki.ca.certificate, ...(identity ? { cert: identity.certificate, key: identity.key } : {}), agent: false, ...more },
      (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve([response.statusCode!, body]))
      },
    )
    request.on('error', reject)
  })

test('all of it is for those alone whom the cluster lets in', async () => {
  assert.deepEqual(await ask('/healthz', pki.apiServerKubeletClient), [200, 'ok'])
  assert.equal((await ask('/healthz'))[0], 401)
  assert.deepEqual(await ask('/pods'), [401, 'Unauthorized'])
  assert.equal((await ask('/pods', nodeClient))[0], 403)
  const [status, body] = await ask('/pods', pki.apiServerKubeletClient)
  assert.equal(status, 200)
  assert.equal(JSON.parse(body).items[0].metadata.name, 'web')
})

test('a command of many words, each of which is in the path, is not too long', async () => {
  const words = Array.from({ length: 3 }, () => `command=${'a'.repeat(30_000)}`).join('&')
  const [status, body] = await ask(`/exec/default/web/main?${words}&output=1`, pki.apiServerKubeletClient)
  assert.deepEqual([status, body], [400, 'Upgrade request required'])
})

test('logs are served with their options, and refused in words', async () => {
  const logs = (path: string) => ask(`/containerLogs/${path}`, pki.apiServerKubeletClient)
  assert.deepEqual(await logs('default/web/main'), [200, 'one\ntwo\n'])
  assert.deepEqual(await logs('default/web/main?tailLines=1&timestamps=true&follow=true'), [200, '2026-01-01T00:00:02.000000000Z two\n'])
  assert.deepEqual(await logs('default/none/main'), [404, 'pod "none" does not exist'])
  assert.deepEqual(await logs('default/web/late'), [400, 'container "late" in pod "web" is waiting to start: ContainerCreating'])
  const bad = ['tailLines=x', 'sinceTime=soon', 'sinceSeconds=-1', 'limitBytes=0', 'tailLines=-1', 'stream=other', 'stream=stdout&tailLines=1']
  assert.deepEqual(
    (await Promise.all(bad.map((query) => logs(`default/web/main?${query}`)))).map((each) => each.join(' ')),
    bad.map((_, index) => (index < 2 ? '400 {"message": "Unable to decode query."}' : '422 {"message": "Invalid request."}')),
  )
  assert.deepEqual(await logs('default/web/main?previous=true'), [400, 'previous terminated container "main" in pod "web" not found'])
})

test('each check has a path and a line of its own; what fails is told there alone', async () => {
  const api = pki.apiServerKubeletClient
  const all = '[+]ping ok\n[+]log ok\n[+]syncloop ok\n[+]device-plugin ok\nhealthz check passed\n'
  assert.deepEqual(await ask('/healthz?verbose', api), [200, all])
  const excluded = '[+]ping excluded: ok\n[+]log ok\n[+]syncloop ok\n[+]device-plugin ok\n'
  const warning = 'warn: some health checks cannot be excluded: no matches for "x"\n'
  assert.deepEqual(await ask('/healthz?verbose&exclude=ping&exclude=x', api), [200, `${excluded}${warning}healthz check passed\n`])
  assert.deepEqual(await ask('/healthz/other', api), [404, '404 page not found\n'])
  unwell = 'PLEG is not healthy'
  const failed = '[+]ping ok\n[+]log ok\n[-]syncloop failed: reason withheld\n[+]device-plugin ok\nhealthz check failed\n'
  assert.deepEqual(await ask('/healthz', api), [500, failed])
  assert.deepEqual(await ask('/healthz/syncloop', api), [500, 'internal server error: PLEG is not healthy\n'])
  assert.deepEqual(await ask('/healthz/ping', api), [200, 'ok'])
  unwell = undefined
})

test('statusz says since when which version runs, in the form that is asked for', async () => {
  const [status, text] = await ask('/statusz', pki.apiServerKubeletClient)
  assert.equal(status, 200)
  assert.match(text, /^\nkubelet statusz\nWarning: .*\n\nStarted: {2}Thu Jan {2}1 00:00:00 UTC 1970\nUp: {2}1 hr 02 min 03 sec\nGo version: /)
  const accept = (media: string) => ask('/statusz', pki.apiServerKubeletClient, { headers: { accept: media } })
  const { kind, apiVersion, binaryVersion, uptimeSeconds } = JSON.parse((await accept('application/json;v=v1beta1;g=config.k8s.io;as=Statusz'))[1])
  assert.deepEqual([kind, apiVersion, binaryVersion, uptimeSeconds], ['Statusz', 'config.k8s.io/v1beta1', '1.36.0', 3723])
  assert.equal((await accept('application/json'))[0], 406)
})

test('flagz says what the kubelet was started with', async () => {
  const [status, text] = await ask('/flagz', pki.apiServerKubeletClient)
  assert.deepEqual([status, text.split('\n').slice(3)], [200, ['hostname-override=n1', 'root-dir=/var/lib/kubelet', '']])
  const accept = 'application/json;v=v1beta1;g=config.k8s.io;as=Flagz'
  const { flags } = JSON.parse((await ask('/flagz', pki.apiServerKubeletClient, { headers: { accept } }))[1])
  assert.deepEqual(flags, { 'hostname-override': 'n1', 'root-dir': '/var/lib/kubelet' })
  assert.equal((await ask('/flagz/x', pki.apiServerKubeletClient))[0], 404)
})

test('a path has its methods, and a directory its slash', async () => {
  const post = (path: string) => ask(path, pki.apiServerKubeletClient, { method: 'POST' })
  assert.deepEqual(await post('/pods'), [405, '405: Method Not Allowed'])
  assert.deepEqual(await ask('/run/default/web/main', pki.apiServerKubeletClient), [405, '405: Method Not Allowed'])
  assert.deepEqual(await ask('/runningpods', pki.apiServerKubeletClient), [307, '<a href="/runningpods/">Temporary Redirect</a>.\n\n'])
  assert.equal((await post('/stats/summary'))[0], 200)
})

test('an upgrade without streaming handlers is answered, never left hanging', async () => {
  const upgrade = { headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } }
  assert.deepEqual(await ask('/exec/default/web/main?command=ls&output=1', pki.apiServerKubeletClient, upgrade), [501, 'streaming is not enabled on this node'])
  assert.equal((await ask('/exec/default/none/main?input=1', pki.apiServerKubeletClient, upgrade))[0], 404)
  assert.deepEqual(await ask('/attach/default/none/main', pki.apiServerKubeletClient, upgrade), [400, 'you must specify at least 1 of stdin, stdout, stderr'])
  assert.equal((await ask('/exec/default/web/main', undefined, upgrade))[0], 401)
})

test('usage is given in cAdvisor’s names, and what probes did, and the settings in force', async () => {
  const api = pki.apiServerKubeletClient
  assert.match((await ask('/metrics/cadvisor', api))[1], /^machine_cpu_cores \d+$/m)
  assert.match((await ask('/metrics/cadvisor', api))[1], /^container_scrape_error 0$/m)
  assert.deepEqual(await ask('/metrics/probes', api), [200, '# no probes\n'])
  const { kubeletconfig } = JSON.parse((await ask('/configz', api))[1])
  assert.deepEqual(Object.keys(kubeletconfig).slice(0, 4), ['kind', 'apiVersion', 'enableServer', 'podLogsDir'])
  assert.deepEqual([kubeletconfig.maxPods, kubeletconfig.logging.format, kubeletconfig.memorySwap], [110, 'text', {}])
  assert.deepEqual(JSON.parse((await ask('/runningpods/', api))[1]).items, [], 'its container has ended')
})

test('a command runs to its end by POST, and the system’s logs are files below one directory', async () => {
  const api = pki.apiServerKubeletClient
  assert.deepEqual(await ask('/run/default/none/main?cmd=ls', api, { method: 'POST' }), [404, 'pod does not exist'])
  assert.equal((await ask('/logs/', api))[0], 200)
  assert.equal((await ask('/logs/..%2f..%2fetc%2fpasswd', api))[0], 400)
  assert.equal((await ask('/logs/none-such', api))[0], 404)
})

test('a checkpoint is the runtime’s archive below the kubelet’s directory, by POST; what is not there and what it cannot do is said', async () => {
  const post = (path: string) => ask(`/checkpoint/${path}`, pki.apiServerKubeletClient, { method: 'POST' })
  assert.deepEqual(await post('default/none/main'), [404, 'pod does not exist'])
  assert.deepEqual(await post('default/web/none'), [404, 'container none does not exist'])
  assert.deepEqual(await post('default/web/main?timeout=soon'), [404, 'cannot parse value of timeout parameter'])
  assert.equal((await ask('/checkpoint/default/web/main', pki.apiServerKubeletClient))[0], 405)
  assert.equal((await ask('/checkpoint/default/web/main', nodeClient, { method: 'POST' }))[0], 403)
  const given: unknown[] = []
  cri.runtime.checkpointContainer = async (...args) => void given.push(args)
  const [status, body] = await post('default/web/main?timeout=1&timeout=7')
  const [location] = JSON.parse(body).items
  assert.match(location, /^.*\/checkpoints\/checkpoint-web_default-main-\d{4}-\d\d-\d\dT[\d:]+Z\.tar$/)
  assert.deepEqual([status, given], [200, [['c1', location, 7]]])
  cri.runtime.checkpointContainer = async () => {
    throw new CriError(12, 'unknown method CheckpointContainer for service runtime.v1.RuntimeService')
  }
  assert.deepEqual(await post('default/web/main'), [
    500,
    'checkpointing of default/web/main failed (rpc error: code = Unimplemented desc = unknown method CheckpointContainer for service runtime.v1.RuntimeService)',
  ])
})

test('usage is given in both forms', async () => {
  const [status, summary] = await ask('/stats/summary', pki.apiServerKubeletClient)
  assert.equal(status, 200)
  const { node } = JSON.parse(summary)
  assert.equal(node.nodeName, 'n1')
  assert.ok(node.fs.capacityBytes > 0 && node.rlimit.maxpid > 0 && node.systemContainers.length === 2)
  assert.match((await ask('/metrics/resource', pki.apiServerKubeletClient))[1], /^node_cpu_usage_seconds_total [\d.]+ \d+$/m)
})

test('The API server makes and removes directories of local volumes; a node may not', async () => {
  const api = pki.apiServerKubeletClient
  const [made, body] = await ask('/localVolumes/pvc-1', api, { method: 'POST' })
  assert.deepEqual([made, JSON.parse(body)], [200, { path: join(dir, 'local-volumes', 'pvc-1') }])
  assert.equal((await ask('/localVolumes/pvc-1', api, { method: 'DELETE' }))[0], 200)
  assert.equal((await ask('/localVolumes/..%2Fx', api, { method: 'DELETE' }))[0], 400)
  assert.equal((await ask('/localVolumes/pvc-1', nodeClient, { method: 'POST' }))[0], 403)
})

test('the kubelet tells of itself: running pods and containers', async () => {
  const [status, text] = await ask('/metrics', pki.apiServerKubeletClient)
  assert.equal(status, 200)
  assert.match(text, /^kubelet_node_name\{node="n1"\} 1$/m)
  assert.match(text, /^kubelet_running_containers\{container_state="running"\} \d+$/m)
  assert.equal((await ask('/metrics', undefined))[0], 401)
})
