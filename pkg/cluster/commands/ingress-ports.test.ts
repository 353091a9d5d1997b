import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planCluster } from '../config.ts'
import { withIngressPorts } from './ingress-ports.ts'

const config = planCluster({ name: 'c', dataDir: '/data' })

test('two ports, or off, are kept with the cluster; without the option it keeps what it has', () => {
  const moved = withIngressPorts(config, { 'ingress-ports': '8000,8443' })
  assert.deepEqual(moved.ingressPorts, { http: 8000, https: 8443 })
  assert.equal(withIngressPorts(moved, {}), moved)
  assert.equal(withIngressPorts(moved, { 'ingress-ports': 'off' }).ingressPorts, 'off')
})

test('what are no two ports is refused', () => {
  for (const text of ['80', '80,80', '0,443', '80,65536', '80,443,8080', 'on', '80,', '1.5,2'])
    assert.throws(() => withIngressPorts(config, { 'ingress-ports': text }), {
      message: `--ingress-ports must be two ports, as in 80,443, or off, not "${text}"`,
    })
})
