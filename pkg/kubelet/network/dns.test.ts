import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Pod, PodSpec } from '#api/gen/core/v1.ts'
import { podDns } from './dns.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-dns-'))
after(() => rmSync(dir, { recursive: true }))
const resolvConf = join(dir, 'resolv.conf')
writeFileSync(resolvConf, '# of the host\nnameserver 192.0.2.53\nsearch corp.example. lan\noptions timeout:2 ndots:1\n')
const settings = { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local', resolvConf }
const host = { servers: ['192.0.2.53'], searches: ['corp.example', 'lan'], options: ['timeout:2', 'ndots:1'] }
const cluster = {
  servers: ['10.96.0.10'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example', 'lan'],
  options: ['ndots:5'],
}

const cases: readonly [string, Partial<PodSpec>, object][] = [
  ['no policy', {}, cluster],
  ['ClusterFirst', { dnsPolicy: 'ClusterFirst' }, cluster],
  ['ClusterFirst on the host network', { dnsPolicy: 'ClusterFirst', hostNetwork: true }, host],
  ['ClusterFirstWithHostNet', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, cluster],
  ['Default', { dnsPolicy: 'Default' }, host],
  [
    'None with a configuration',
    { dnsPolicy: 'None', dnsConfig: { nameservers: ['198.51.100.1'], searches: ['own.example'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } },
    { servers: ['198.51.100.1'], searches: ['own.example'], options: ['ndots:2', 'edns0'] },
  ],
  [
    'a configuration beside the cluster’s, whose options it replaces',
    { dnsConfig: { nameservers: ['198.51.100.1', '10.96.0.10'], searches: ['own.example', 'lan'], options: [{ name: 'ndots', value: '2' }] } },
    { servers: ['10.96.0.10', '198.51.100.1'], searches: [...cluster.searches, 'own.example'], options: ['ndots:2'] },
  ],
  [
    'more name servers than three',
    { dnsConfig: { nameservers: ['198.51.100.1', '198.51.100.2', '198.51.100.3'] } },
    { ...cluster, servers: ['10.96.0.10', '198.51.100.1', '198.51.100.2'] },
  ],
]
for (const [what, spec, expected] of cases) {
  test(`resolv.conf with ${what}`, () => {
    assert.deepEqual(podDns({ metadata: { namespace: 'shop' }, spec } as unknown as Pod, settings), expected)
  })
}

test('a node without a cluster DNS gives its own', () => {
  assert.deepEqual(podDns({ metadata: { namespace: 'shop' }, spec: {} } as unknown as Pod, { ...settings, clusterDns: [] }), host)
})
