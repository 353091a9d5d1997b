import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { forbiddenSysctl } from './sysctls.ts'

const why = (name: string, allowed: readonly string[] = [], spec: object = {}) =>
  forbiddenSysctl({ spec: { securityContext: { sysctls: [{ name, value: '1' }] }, ...spec } } as unknown as Pod, allowed)?.message

test('safe sysctls are let in, others only as the node allows them, and none that would be the host’s', () => {
  assert.equal(why('net.ipv4.tcp_syncookies'), undefined)
  assert.equal(why('net/ipv4/tcp_syncookies'), undefined)
  assert.equal(why('kernel.msgmax'), 'forbidden sysctl: "kernel.msgmax" not allowlisted')
  assert.equal(why('kernel.msgmax', ['kernel.msg*']), undefined)
  assert.equal(why('net.ipv4.tcp_syncookies', [], { hostNetwork: true }), 'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled')
  assert.equal(why('kernel.shm_rmid_forced', [], { hostIPC: true }), 'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled')
})
