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
      () => links,
      () => assert.fail(),
    ),
    '192.0.2.7',
  )
})

test('a link that is just coming up is waited for', async () => {
  let looks = 0
  const look = () => (++looks < 4 ? loopback : { ...loopback, eth0: [at('192.0.2.7')] })
  assert.equal(await machineAddress(look, async () => {}), '192.0.2.7')
  assert.equal(looks, 4)
})

test('a machine without a link is told so after half a minute', async () => {
  let waitedMs = 0
  const wait = async (delayMs: number) => {
    waitedMs += delayMs
  }
  await assert.rejects(
    machineAddress(() => loopback, wait),
    { message: 'this machine has no IPv4 address beside loopback; give one with --node-ip' },
  )
  assert.equal(waitedMs, 30_000)
})
