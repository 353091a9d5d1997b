/** top against a server that answers what each test says: what is printed, and what is said when there is nothing yet. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ours } from '../../testing/rig.ts'

const metrics = '/apis/metrics.k8s.io/v1beta1'
const version = { groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' }
const discovery = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [] },
  '/apis': { kind: 'APIGroupList', groups: [{ name: 'metrics.k8s.io', versions: [version], preferredVersion: version }] },
  [metrics]: { kind: 'APIResourceList', groupVersion: version.groupVersion, resources: [] },
}

let answers: Readonly<Record<string, unknown>> = {}
let asked: string[] = []
const server = createServer(({ url = '' }, response) => {
  asked.push(decodeURIComponent(url))
  const [path = ''] = url.split('?')
  const answer = answers[path]
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, message: `no ${path}` }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const home = mkdtempSync(join(tmpdir(), 'k8ts-top-'))
after(() => {
  server.close()
  server.closeAllConnections()
  rmSync(home, { recursive: true })
})

/** Each run finds a folder of its own for what it remembers of discovery. */
async function top(line: string, given: Readonly<Record<string, unknown>>, found: Readonly<Record<string, unknown>> = discovery) {
  answers = { ...found, ...given }
  asked = []
  const { port } = server.address() as AddressInfo
  const dir = mkdtempSync(join(home, 'home-'))
  const { code, stdout, stderr } = await ours(['top', ...line.split(' '), `--server=http://127.0.0.1:${port}`], { env: { HOME: dir }, dir, stdin: '' })
  return { code, stdout, stderr, text: stdout + stderr }
}

const usage = (cpu: string, memory: string, swap?: string) => ({ cpu, memory, ...(swap ? { swap } : {}) })
const podMetrics = (namespace: string, name: string, containers: Record<string, object>) => ({
  metadata: { namespace, name },
  containers: Object.entries(containers).map(([container, of]) => ({ name: container, usage: of })),
})
const pods = {
  items: [
    podMetrics('default', 'b', { z: usage('5m', '300Mi'), a: usage('1500u', '1Mi'), y: usage('500001n', '0') }),
    podMetrics('default', 'a', { only: usage('1', '1Gi') }),
    podMetrics('other', '0', { c: usage('10m', '5Mi') }),
  ],
}
const here = { [`${metrics}/namespaces/default/pods`]: { items: pods.items.slice(0, 2) } }
const everywhere = { [`${metrics}/pods`]: pods }

const printed: readonly (readonly [line: string, given: Readonly<Record<string, unknown>>, rows: readonly string[]])[] = [
  ['pod', here, ['NAME CPU(cores) MEMORY(bytes)', 'a 1000m 1024Mi', 'b 8m 301Mi']],
  ['pod --sort-by=cpu', here, ['NAME CPU(cores) MEMORY(bytes)', 'a 1000m 1024Mi', 'b 8m 301Mi']],
  ['pod --no-headers', here, ['a 1000m 1024Mi', 'b 8m 301Mi']],
  ['pod --containers', here, ['POD NAME CPU(cores) MEMORY(bytes)', 'a only 1000m 1024Mi', 'b a 2m 1Mi', 'b y 1m 0Mi', 'b z 5m 300Mi']],
  ['pod --containers --sort-by=memory --no-headers', here, ['a only 1000m 1024Mi', 'b z 5m 300Mi', 'b a 2m 1Mi', 'b y 1m 0Mi']],
  ['pod --sum', here, ['NAME CPU(cores) MEMORY(bytes)', 'a 1000m 1024Mi', 'b 8m 301Mi', '________ ________', '1008m 1325Mi']],
  ['pod -A', everywhere, ['NAMESPACE NAME CPU(cores) MEMORY(bytes)', 'default a 1000m 1024Mi', 'default b 8m 301Mi', 'other 0 10m 5Mi']],
  ['pod -A --sort-by=memory --no-headers', everywhere, ['default a 1000m 1024Mi', 'default b 8m 301Mi', 'other 0 10m 5Mi']],
  ['pod --show-swap', here, ['NAME CPU(cores) MEMORY(bytes) SWAP(bytes)', 'a 1000m 1024Mi 0Mi', 'b 8m 301Mi 0Mi']],
  ['pod a', { [`${metrics}/namespaces/default/pods/a`]: pods.items[1] }, ['NAME CPU(cores) MEMORY(bytes)', 'a 1000m 1024Mi']],
  [
    'pod bare',
    { [`${metrics}/namespaces/default/pods/bare`]: { metadata: { namespace: 'default', name: 'bare' }, containers: null } },
    ['NAME CPU(cores) MEMORY(bytes)', 'bare 0m 0Mi'],
  ],
]

for (const [line, given, rows] of printed) {
  test(`top ${line} prints ${rows.length} lines in its order`, async () => {
    const { code, stdout, stderr } = await top(line, given)
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((row) => row.trim().replace(/\s+/g, ' ')),
      rows,
    )
  })
}

test('the sum stands under the columns it sums, with a namespace and a container before them too', async () => {
  const { stdout } = await top('pod -A --containers --sum', everywhere)
  const lines = stdout.trimEnd().split('\n')
  const [header = '', total = ''] = [lines[0], lines.at(-1)]
  assert.equal(total.search(/\S/), header.indexOf('CPU'))
  assert.match(total, /^ +1018m +1330Mi *$/)
})

const young = { metadata: { namespace: 'default', name: 'young', creationTimestamp: new Date().toISOString() } }
const old = { metadata: { namespace: 'default', name: 'old', creationTimestamp: '2020-01-01T00:00:00Z' } }
const podsPath = '/api/v1/namespaces/default/pods'
const nothingMeasured = `${metrics}/namespaces/default/pods`
const silent: readonly (readonly [what: string, line: string, given: Readonly<Record<string, unknown>>, code: number, text: RegExp])[] = [
  ['no pods', 'pod', { [nothingMeasured]: { items: [] }, [podsPath]: { items: [] } }, 0, /^No resources found in default namespace\.\n$/],
  ['no items at all', 'pod --field-selector=metadata.name=x', { [nothingMeasured]: {}, [podsPath]: {} }, 0, /^No resources found in default namespace\.\n$/],
  ['items of null', 'pod -l a=b', { [nothingMeasured]: { items: null }, [podsPath]: { items: null } }, 0, /^No resources found in default namespace\.\n$/],
  ['young pods', 'pod', { [nothingMeasured]: { items: [] }, [podsPath]: { items: [young] } }, 1, /^error: metrics not available yet\n$/],
  [
    'an old pod among them',
    'pod',
    { [nothingMeasured]: { items: [] }, [podsPath]: { items: [young, old] } },
    1,
    /^error: Metrics not available for pod default\/old, age: \d+h\d+m[\d.]+s\n$/,
  ],
  ['no pods anywhere', 'pod -A', { [`${metrics}/pods`]: {}, [podsPath]: { items: [] } }, 0, /^No resources found\n$/],
  ['young pods, asked for everywhere', 'pod -A', { [`${metrics}/pods`]: {}, [podsPath]: { items: [young] } }, 1, /^error: metrics not available yet\n$/],
  ['no nodes measured', 'node', { [`${metrics}/nodes`]: { items: [] } }, 1, /^error: metrics not available yet\n$/],
  ['no list of nodes', 'node', { [`${metrics}/nodes`]: {} }, 1, /^error: metrics not available yet\n$/],
  ['a pod that is not there', 'pod absent', {}, 1, /^Error from server \(NotFound\): no /],
  ['sorting by something else', 'pod --sort-by=disk', {}, 1, /^error: --sort-by accepts only cpu or memory\n$/],
  ['a name and a selector', 'pod a --field-selector=b=c', {}, 1, /^error: only one of NAME or selector can be provided\n$/],
  ["a node's name and a selector", 'node a -l b=c', {}, 1, /^error: only one of NAME or --selector can be provided\n$/],
  ['a field selector that is none', 'pod --field-selector=foo', {}, 1, /^error: invalid selector: 'foo'; can't understand 'foo'\n$/],
]

for (const [what, line, given, code, text] of silent) {
  test(`top ${line}: ${what}`, async () => {
    const outcome = await top(line, given)
    assert.match(outcome.text, text)
    assert.deepEqual([outcome.code, outcome.stdout], [code, ''])
  })
}

test('a server without the metrics API is told of', async () => {
  const { [metrics]: _, ...bare } = discovery
  const { code, text } = await top('node', {}, { ...bare, '/apis': { kind: 'APIGroupList', groups: [] } })
  assert.deepEqual([code, text], [1, 'error: Metrics API not available\n'])
})

test('selectors go to the metrics and, when those are empty, to the pods', async () => {
  await top('pod -l a=b --field-selector=metadata.name=x', { [nothingMeasured]: { items: [] }, [podsPath]: { items: [] } })
  const query = '?labelSelector=a=b&fieldSelector=metadata.name=x'
  assert.deepEqual(
    asked.filter((url) => url.includes('/pods')),
    [`${nothingMeasured}${query}`, `${podsPath}${query}`],
  )
})

const node = (name: string, swap?: number) => ({
  metadata: { name },
  status: {
    allocatable: { cpu: '2', memory: '1Gi' },
    capacity: { cpu: '4', memory: '4Gi' },
    ...(swap === undefined ? {} : { nodeInfo: { swap: { capacity: swap } } }),
  },
})
const nodes = {
  '/api/v1/nodes': { items: [node('a'), node('b', 1 << 30), node('unheard')] },
  [`${metrics}/nodes`]: {
    items: [
      { metadata: { name: 'b' }, usage: usage('1', '512Mi', '256Mi') },
      { metadata: { name: 'a' }, usage: usage('100m', '1Gi') },
    ],
  },
}
const ofNodes: readonly (readonly [line: string, rows: readonly string[]])[] = [
  [
    'node',
    ['NAME CPU(cores) CPU(%) MEMORY(bytes) MEMORY(%)', 'a 100m 5% 1024Mi 100%', 'b 1000m 50% 512Mi 50%', 'unheard <unknown> <unknown> <unknown> <unknown>'],
  ],
  ['node --show-capacity --sort-by=cpu --no-headers', ['b 1000m 25% 512Mi 12%', 'a 100m 2% 1024Mi 25%', 'unheard <unknown> <unknown> <unknown> <unknown>']],
  ['node --show-swap --no-headers', ['a 100m 5% 1024Mi 100% <unknown> <unknown>', 'b 1000m 50% 512Mi 50% 256Mi 25%', `unheard${' <unknown>'.repeat(6)}`]],
]

for (const [line, rows] of ofNodes) {
  test(`top ${line} tells shares, and of nodes nobody measured that they are unknown`, async () => {
    const { code, stdout } = await top(line, nodes)
    const lines = stdout.trimEnd().split('\n')
    assert.deepEqual([code, ...lines.map((row) => row.trim().replace(/\s+/g, ' '))], [0, ...rows])
  })
}
