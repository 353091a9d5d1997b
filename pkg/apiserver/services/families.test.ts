import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceSpec } from '#api/gen/core/v1.ts'
import { ipAddresses, serviceCIDRs, services } from '#api/gen/resources.ts'
import type { StatusError } from '#apimachinery/status-error.ts'
import { startTestApiServer } from '../testing.ts'
import { serviceRanges } from './families.ts'

const namespace = 'default'
const service = (spec: ServiceSpec, name = 'web') => ({
  metadata: { name, namespace },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP' }], ...spec },
})
const dual = '10.96.0.0/16,fd00:96::/112'
const four = /^10\.96\./
const six = /^fd00:96::/

interface Case {
  readonly asks: string
  readonly spec: ServiceSpec
  /** Policy and families, or what the error says after the Service's name. */
  readonly single: string
  readonly dual: string
  readonly six?: string
}

const require1 = 'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'
const notHere = (family: string) => `spec.ipFamilies[0]: Invalid value: "${family}": not configured on this cluster`

const cases: readonly Case[] = [
  { asks: 'nothing', spec: {}, single: 'SingleStack IPv4', dual: 'SingleStack IPv4', six: 'SingleStack IPv6' },
  { asks: 'single', spec: { ipFamilyPolicy: 'SingleStack' }, single: 'SingleStack IPv4', dual: 'SingleStack IPv4' },
  {
    asks: 'prefer',
    spec: { ipFamilyPolicy: 'PreferDualStack' },
    single: 'PreferDualStack IPv4',
    dual: 'PreferDualStack IPv4,IPv6',
    six: 'PreferDualStack IPv6',
  },
  { asks: 'require', spec: { ipFamilyPolicy: 'RequireDualStack' }, single: require1, dual: 'RequireDualStack IPv4,IPv6', six: require1 },
  { asks: 'IPv6', spec: { ipFamilies: ['IPv6'] }, single: notHere('IPv6'), dual: 'SingleStack IPv6', six: 'SingleStack IPv6' },
  { asks: 'IPv4', spec: { ipFamilies: ['IPv4'] }, single: 'SingleStack IPv4', dual: 'SingleStack IPv4', six: notHere('IPv4') },
  {
    asks: 'both in order, preferred',
    spec: { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' },
    single: notHere('IPv6'),
    dual: 'PreferDualStack IPv6,IPv4',
  },
  {
    asks: 'IPv6 first, required',
    spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack' },
    single: `[${require1}, ${notHere('IPv6')}]`,
    dual: 'RequireDualStack IPv6,IPv4',
  },
  {
    asks: 'both without a policy',
    spec: { ipFamilies: ['IPv4', 'IPv6'] },
    single: `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    dual: `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
  },
  {
    asks: 'an IPv6 address',
    spec: { clusterIP: 'fd00:96::5' },
    single: 'spec.clusterIPs[0]: Invalid value: ["fd00:96::5"]: IPv6 is not configured on this cluster',
    dual: 'SingleStack IPv6',
  },
  {
    asks: 'an address of the other family than it says',
    spec: { clusterIP: '10.96.0.9', ipFamilies: ['IPv6'] },
    single: 'spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 value as indicated by `ipFamilies[0]`',
    dual: 'spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 value as indicated by `ipFamilies[0]`',
  },
  { asks: 'headless', spec: { clusterIP: 'None' }, single: 'SingleStack IPv4', dual: 'SingleStack IPv4' },
  {
    asks: 'headless, preferred',
    spec: { clusterIP: 'None', ipFamilyPolicy: 'PreferDualStack' },
    single: 'PreferDualStack IPv4',
    dual: 'PreferDualStack IPv4,IPv6',
  },
  { asks: 'headless, required', spec: { clusterIP: 'None', ipFamilyPolicy: 'RequireDualStack' }, single: require1, dual: 'RequireDualStack IPv4,IPv6' },
  {
    asks: 'headless without selector',
    spec: { clusterIP: 'None', selector: {} },
    single: 'RequireDualStack IPv4,IPv6',
    dual: 'RequireDualStack IPv4,IPv6',
    six: 'RequireDualStack IPv6,IPv4',
  },
  {
    asks: 'headless without selector, IPv6',
    spec: { clusterIP: 'None', selector: {}, ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
    single: 'SingleStack IPv6',
    dual: 'SingleStack IPv6',
  },
]

for (const [cluster, serviceCidr] of [
  ['single', '10.96.0.0/16'],
  ['dual', dual],
  ['six', 'fd00:96::/112'],
] as const) {
  test(`a Service's families follow its wishes and the ranges ${serviceCidr}`, async () => {
    await using control = await startTestApiServer({ serviceCidr })
    for (const [index, each] of cases.entries()) {
      const expected = each[cluster]
      if (expected === undefined) continue
      const name = `web-${index}`
      try {
        const { spec } = await control.client.create(services, service(each.spec, name))
        assert.equal(`${spec.ipFamilyPolicy} ${spec.ipFamilies?.join()}`, expected, each.asks)
        if (spec.clusterIP === 'None') continue
        assert.equal(spec.clusterIPs?.[0], spec.clusterIP)
        assert.equal(spec.clusterIPs?.length, spec.ipFamilies?.length)
        for (const [place, ip] of spec.clusterIPs!.entries()) assert.match(ip, spec.ipFamilies![place] === 'IPv4' ? four : six, each.asks)
      } catch (error) {
        if ((error as StatusError).code !== 422) throw error
        assert.equal((error as Error).message, `Service "${name}" is invalid: ${expected}`, each.asks)
      }
    }
  })
}

test('a Service gets a second address and gives it back; the first stays', async () => {
  await using control = await startTestApiServer({ serviceCidr: dual })
  const { client } = control
  const key = { namespace, name: 'web' }
  const patch = (spec: object) => client.patch(services, key, { spec }, { type: 'merge' })
  const names = async () => (await client.list(ipAddresses)).items.map(({ metadata }) => metadata.name).filter((name) => name !== '10.96.0.1')
  const single = await client.create(services, service({}))
  const both = await patch({ ipFamilyPolicy: 'PreferDualStack' })
  assert.deepEqual(both.spec.ipFamilies, ['IPv4', 'IPv6'])
  assert.equal(both.spec.clusterIPs![0], single.spec.clusterIP)
  assert.match(both.spec.clusterIPs![1]!, six)
  assert.deepEqual((await names()).sort(), [...both.spec.clusterIPs!].sort())
  assert.equal((await client.get(ipAddresses, { name: both.spec.clusterIPs![1]! })).metadata.labels?.['ipaddress.kubernetes.io/ip-family'], 'IPv6')
  await assert.rejects(patch({ ipFamilies: ['IPv4'], clusterIPs: [single.spec.clusterIP] }), /must be 'SingleStack' to release the secondary cluster IP/)
  await assert.rejects(patch({ ipFamilies: ['IPv6', 'IPv4'] }), /spec\.clusterIPs\[0\]: Invalid value: .*expected an IPv6 value/)
  assert.deepEqual((await patch({ ipFamilyPolicy: 'RequireDualStack' })).spec.clusterIPs, both.spec.clusterIPs)
  const back = await patch({ ipFamilyPolicy: 'SingleStack' })
  assert.deepEqual([back.spec.clusterIPs, back.spec.ipFamilies], [[single.spec.clusterIP], ['IPv4']])
  assert.deepEqual(await names(), [single.spec.clusterIP])
  const chosen = await patch({ ipFamilyPolicy: 'RequireDualStack', clusterIPs: [single.spec.clusterIP, 'fd00:96::77'] })
  assert.deepEqual(chosen.spec.clusterIPs, [single.spec.clusterIP, 'fd00:96::77'])
  await client.delete(services, key)
  assert.deepEqual(await names(), [])
})

test('a preference is not weighed anew when the cluster has got a second range', async () => {
  const { openStore } = await import('#storage/open.ts')
  const store = await openStore({ kind: 'memory' })
  const first = await startTestApiServer({ store, serviceCidr: '10.96.0.0/16' })
  await first.client.create(services, service({ ipFamilyPolicy: 'PreferDualStack' }))
  await first.server.close()
  await using control = await startTestApiServer({ store, serviceCidr: dual })
  const { client } = control
  assert.deepEqual((await client.get(serviceCIDRs, { name: 'kubernetes' })).spec.cidrs, ['10.96.0.0/16', 'fd00:96::/112'])
  const same = await client.patch(services, { namespace, name: 'web' }, { metadata: { labels: { a: 'b' } } }, { type: 'merge' })
  assert.deepEqual(same.spec.ipFamilies, ['IPv4'])
  const asked = await client.patch(services, { namespace, name: 'web' }, { spec: { ipFamilies: ['IPv4', 'IPv6'] } }, { type: 'merge' })
  assert.equal(asked.spec.clusterIPs?.length, 2)
})

test('ranges are one or two, of different families', () => {
  assert.deepEqual(serviceRanges(dual), ['10.96.0.0/16', 'fd00:96::/112'])
  assert.throws(() => serviceRanges('10.0.0.0/16,10.1.0.0/16'), /must be of different IP family/)
  assert.throws(() => serviceRanges('10.0.0.0/16,fd00::/112,fd01::/112'), /must not contain more than two entries/)
})
