import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipFamilyOf, planCluster, withNode, withNodeCount } from './config.ts'
import { familyOption, requireFamily } from './ip-family.ts'
import { familiesOf, nodeAddresses } from './types.ts'

test('the option takes the names that kind has, and no others', () => {
  assert.equal(familyOption({}), undefined)
  for (const each of ['ipv4', 'ipv6', 'dual']) assert.equal(familyOption({ 'ip-family': each }), each)
  assert.throws(() => familyOption({ 'ip-family': 'both' }), /--ip-family must be ipv4, ipv6 or dual, not "both"/)
})

test('a kernel without IPv6 is told of, where it is needed', () => {
  requireFamily('ipv4', '/nonexistent')
  requireFamily('dual', '/proc')
  for (const family of ['dual', 'ipv6'] as const)
    assert.throws(() => requireFamily(family, '/nonexistent'), new RegExp(`this kernel has no IPv6 .*--ip-family ${family} needs; use --ip-family ipv4`))
})

test('a cluster says which families it has, and its nodes come and go in all of them', () => {
  const plain = planCluster({})
  assert.equal('secondary' in plain || 'secondary' in plain.nodes[0]!, false)
  assert.equal(ipFamilyOf(plain), 'ipv4')
  const dual = planCluster({ ipFamily: 'dual', nodes: 2 })
  assert.equal(ipFamilyOf(dual), 'dual')
  assert.deepEqual(dual.apiServer.listen, ['127.0.0.1', '172.30.0.1', 'fd00:172:30::1'])
  assert.deepEqual(nodeAddresses(dual.nodes[1]!), ['172.30.0.3', 'fd00:172:30::3'])
  assert.deepEqual(
    familiesOf(dual).map(({ dnsAddress, nodes }) => [dnsAddress, nodes[1]?.podCidr]),
    [
      ['10.96.0.10', '10.244.1.0/24'],
      ['fd00:10:96::a', 'fd00:10:244:1::/64'],
    ],
  )
  assert.deepEqual(withNodeCount(dual, 3).nodes[2]?.secondary, { address: 'fd00:172:30::4', podCidr: 'fd00:10:244:2::/64' })
  const six = planCluster({ ipFamily: 'ipv6', name: 'six' }, 3)
  assert.equal(ipFamilyOf(six), 'ipv6')
  assert.equal(six.apiServer.advertiseAddress, 'fd00:172:30:3::1')
  assert.equal(withNode(six, 1).nodes[1]?.address, 'fd00:172:30:3::3')
})

test('clusters side by side share no range in either family', () => {
  const plans = Array.from({ length: 16 }, (_, slot) => planCluster({ ipFamily: 'dual' }, slot))
  const ranges = plans.flatMap((plan) => familiesOf(plan).flatMap(({ serviceCidr, podCidr, underlayCidr }) => [serviceCidr, podCidr, underlayCidr]))
  assert.equal(new Set(ranges).size, ranges.length)
  assert.ok(ranges.every((range) => !range.includes(':') || range.startsWith('fd')))
})
