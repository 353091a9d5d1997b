import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { machineAddress } from './machine-plan.ts'

const at = (address: string, more: Partial<NetworkInterfaceInfo> = {}) => ({ address, family: 'IPv4', internal: false, ...more }) as NetworkInterfaceInfo
const loopback = { lo: [at('127.0.0.1', { internal: true })] }

test('the first IPv4 address that is not a loopback one is the machine’s', async () => {
  const links = { ...loopback, eth0: [at('fe80::1', { family: 'IPv6' } as never), at('192.0.2.7')], eth1: [at('192.0.2.8')] }
  assert.equal(
    await machineAddress(
      undefined,
      () => links,
      () => assert.fail(),
    ),
    '192.0.2.7',
  )
})

test('a link that is just coming up is waited for', async () => {
  let looks = 0
  const look = () => (++looks < 4 ? loopback : { ...loopback, eth0: [at('192.0.2.7')] })
  assert.equal(await machineAddress(undefined, look, async () => {}), '192.0.2.7')
  assert.equal(looks, 4)
})

test('a machine without a link is told so after half a minute', async () => {
  let waitedMs = 0
  const wait = async (delayMs: number) => {
    waitedMs += delayMs
  }
  await assert.rejects(
    machineAddress(undefined, () => loopback, wait),
    { message: 'this machine has no IPv4 address beside loopback; give one with --node-ip' },
  )
  assert.equal(waitedMs, 30_000)
})

test('an address that is named must be the machine’s, and no loopback one', async () => {
  const links = { ...loopback, eth0: [at('192.0.2.7')], eth1: [at('192.0.2.8')] }
  const named = (address: string) =>
    machineAddress(
      address,
      () => links,
      async () => {},
    )
  assert.equal(await named('192.0.2.8'), '192.0.2.8')
  for (const address of ['192.0.2.9', '127.0.0.1'])
    await assert.rejects(named(address), { message: `--node-ip must be an address of this machine (192.0.2.7, 192.0.2.8), not ${address}` })
  for (const text of ['fe80::1', 'localhost', '192.0.2']) await assert.rejects(named(text), { message: `--node-ip must be an IPv4 address, not "${text}"` })
})
