import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { ElementStore } from './element-store.ts'
import { podElements, podRangeElements } from './pod-elements.ts'

const table = { family: 4 as const, podCidr: '10.244.0.0/16', nodeAddresses: ['172.30.0.2'] }

test('a transaction holds only what changed, deletions before additions, new chains first', () => {
  const store = new ElementStore(table)
  store.replace(
    'a',
    new Map([
      ['dispatch 1', 'goto any-of-1'],
      ['pick 1 . 0', '7'],
    ]),
  )
  store.takeEverything()
  store.replace(
    'a',
    new Map([
      ['dispatch 1', 'goto any-of-2'],
      ['pick 1 . 0', '7'],
      ['pick 1 . 1', '8'],
    ]),
  )
  assert.equal(
    store.takeChanges(),
    `add chain ip k8ts-proxy any-of-2
add rule ip k8ts-proxy any-of-2 ct mark set ct mark . numgen random mod 2 map @pick goto to-endpoint
delete element ip k8ts-proxy dispatch { 1 }
add element ip k8ts-proxy dispatch { 1 : goto any-of-2 }
add element ip k8ts-proxy pick { 1 . 1 : 8 }
`,
  )
  assert.equal(store.takeChanges(), '')
})

test('a change that is taken back before it was applied is no change', () => {
  const store = new ElementStore(table)
  store.replace('a', new Map([['pick 1 . 0', '7']]))
  store.takeEverything()
  store.replace('a', new Map())
  store.replace('a', new Map([['pick 1 . 0', '7']]))
  assert.equal(store.takeChanges(), '')
})

test('two owners of one address and port: the first has it, the second gets it when the first goes', () => {
  const store = new ElementStore(table)
  const key = 'external-ips 192.0.2.1 . tcp . 80'
  assert.deepEqual(store.replace('a', new Map([[key, '1']])), [])
  assert.deepEqual(store.replace('b', new Map([[key, '2']])), [key])
  assert.match(store.takeEverything(), /external-ips \{ 192\.0\.2\.1 \. tcp \. 80 : 1 \}/)
  store.replace('a', new Map())
  assert.match(store.takeChanges(), /delete element ip k8ts-proxy external-ips .*\nadd element ip k8ts-proxy external-ips \{ 192\.0\.2\.1 \. tcp \. 80 : 2 \}/)
})

test("a pod of the node's range comes and goes without a transaction; one beyond it, or with a host port, needs its own", () => {
  const store = new ElementStore(table)
  const pod = (podIP: string, hostPort?: number) =>
    podElements({ spec: { containers: [{ ports: [{ containerPort: 80, ...(hostPort && { hostPort }) }] }] }, status: { podIP } } as unknown as Pod, 4)
  store.replace('pod-range', podRangeElements('10.244.1.0/24'))
  assert.match(store.takeEverything(), /10\.244\.1\.255 \. 10\.244\.1\.255/)
  assert.deepEqual(store.replace('pod a', pod('10.244.1.9')), [])
  assert.equal(store.takeChanges(), '')
  store.replace('pod a', new Map())
  assert.equal(store.takeChanges(), '')
  store.replace('pod b', pod('10.244.2.9', 8080))
  assert.match(store.takeChanges(), /hairpin \{ 10\.244\.2\.9 \. 10\.244\.2\.9 \}\n.*host-ports \{ tcp \. 8080 : 10\.244\.2\.9 \. 80 \}/)
  assert.equal(podRangeElements('10.0.0.0/8').size, 1024)
})
