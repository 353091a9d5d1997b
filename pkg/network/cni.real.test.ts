import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cniBinaryDirectories, cniConfiguration, writeCniConfiguration } from './cni.ts'
import { mustRun } from './run-command.ts'
import { inSandbox } from './sandbox.ts'

test('the configuration is written whole, and only it', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-cni-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const options = { confDir: join(directory, 'conf'), dataDir: join(directory, 'ipam'), podCidrs: ['10.244.3.0/24'] }
  const path = writeCniConfiguration(options)
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), cniConfiguration(options))
  assert.deepEqual(readdirSync(options.confDir), ['10-k8ts.conflist'])
})

const plugins = cniBinaryDirectories.find((directory) => existsSync(join(directory, 'ptp')))

test('with IPv6 a pod has an address of each family, and waits for neither', () => {
  const { plugins } = cniConfiguration({ confDir: '', dataDir: '/d', podCidrs: ['10.244.3.0/24', 'fd00:10:244:3::/64'] }) as {
    plugins: { type: string; ipam?: unknown }[]
  }
  assert.deepEqual(
    plugins.map(({ type }) => type),
    ['loopback', 'tuning', 'ptp'],
  )
  assert.deepEqual(plugins[2]?.ipam, {
    type: 'host-local',
    dataDir: '/d',
    ranges: [[{ subnet: '10.244.3.0/24' }], [{ subnet: 'fd00:10:244:3::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  })
})

inSandbox(import.meta.url, 'the CNI plugins give a pod an address out of the range with this configuration', () => {
  test('ADD answers an address and DEL takes it back', { skip: plugins ? false : 'needs the CNI plugins' }, async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-cni-'))
    t.after(() => rmSync(dataDir, { recursive: true }))
    const list = cniConfiguration({ confDir: '', dataDir, podCidrs: ['10.244.3.0/24'] }) as { name: string; cniVersion: string; plugins: object[] }
    const configuration = JSON.stringify({ name: list.name, cniVersion: list.cniVersion, ...list.plugins[0] })
    await mustRun(['ip', 'netns', 'add', 'pod'])
    const plugin = (command: string) =>
      mustRun(
        [
          'env',
          `CNI_COMMAND=${command}`,
          'CNI_CONTAINERID=c1',
          'CNI_NETNS=/run/netns/pod',
          'CNI_IFNAME=eth0',
          `CNI_PATH=${plugins}`,
          join(plugins as string, 'ptp'),
        ],
        configuration,
      )
    const result = JSON.parse(await plugin('ADD')) as { ips: { address: string; gateway: string }[] }
    assert.equal(result.ips[0]?.address, '10.244.3.2/24')
    assert.match(await mustRun(['ip', '-n', 'pod', 'route', 'show']), /default via 10\.244\.3\.1 dev eth0/)
    await plugin('DEL')
    assert.ok(!existsSync(join(dataDir, 'k8ts', '10.244.3.2')))
  })
})
