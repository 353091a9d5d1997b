import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Pod, PodSpec } from '#api/gen/core/v1.ts'
import { podHostname, writeHostsFile } from './hosts.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-hosts-'))
after(() => rmSync(dir, { recursive: true }))
const pod = (spec: Partial<PodSpec>, name = 'web-0') => ({ metadata: { name, namespace: 'shop' }, spec }) as unknown as Pod

const names: readonly [string, Pod, string][] = [
  ['its own name', pod({}), 'web-0'],
  ['the hostname asked for', pod({ hostname: 'db' }), 'db'],
  ['63 characters of a long name, without a dash at the end', pod({}, `${'a'.repeat(62)}-bc`), 'a'.repeat(62)],
  ['no domain of a subdomain by itself', pod({ hostname: 'db', subdomain: 'stateful' }), 'db'],
  ['the whole domain where it is asked for', pod({ hostname: 'db', subdomain: 'stateful', setHostnameAsFQDN: true }), 'db.stateful.shop.svc.cluster.local'],
  ['no domain without a subdomain', pod({ setHostnameAsFQDN: true }), 'web-0'],
  ['the override before all', pod({ hostname: 'db', hostnameOverride: 'legacy.example' }), 'legacy.example'],
]
for (const [what, of, expected] of names) test(`a pod’s host name is ${what}`, () => assert.equal(podHostname(of, 'cluster.local'), expected))

test('/etc/hosts has the pod’s addresses by its names, and the aliases', () => {
  const file = join(dir, 'hosts')
  const of = pod({ hostname: 'db', subdomain: 'stateful', hostAliases: [{ ip: '192.0.2.7', hostnames: ['a.example', 'b.example'] }] })
  writeHostsFile(file, of, ['10.0.0.7', 'fd00::7'], 'cluster.local')
  assert.deepEqual(readFileSync(file, 'utf8').split('\n').slice(-6), [
    '10.0.0.7\tdb.stateful.shop.svc.cluster.local\tdb',
    'fd00::7\tdb.stateful.shop.svc.cluster.local\tdb',
    '',
    '# Entries added by HostAliases.',
    '192.0.2.7\ta.example\tb.example',
    '',
  ])
})
