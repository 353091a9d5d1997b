import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ElementStore } from './element-store.ts'

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
