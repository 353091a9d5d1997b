import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AppArmorProfile, Pod } from '#api/gen/core/v1.ts'
import { appArmorProfile, hasAppArmor, missingAppArmor } from './app-armor.ts'

const podOf = (ofContainer?: AppArmorProfile, ofPod?: AppArmorProfile, annotation?: string): Pod =>
  ({
    metadata: { name: 'p', annotations: annotation ? { 'container.apparmor.security.beta.kubernetes.io/main': annotation } : {} },
    spec: {
      securityContext: ofPod ? { appArmorProfile: ofPod } : {},
      containers: [{ name: 'main', resources: {}, ...(ofContainer ? { securityContext: { appArmorProfile: ofContainer } } : {}) }],
    },
  }) as unknown as Pod
const off = 'Cannot enforce AppArmor: AppArmor is not enabled on the host'

const cases: readonly [string, Pod, string | undefined][] = [
  ['no profile', podOf(), undefined],
  ['unconfined', podOf({ type: 'Unconfined' }), undefined],
  ['the runtime’s own', podOf({ type: 'RuntimeDefault' }), off],
  ['one of the host', podOf({ type: 'Localhost', localhostProfile: 'deny-write' }), off],
  ['the pod’s', podOf(undefined, { type: 'RuntimeDefault' }), off],
  ['the pod’s, from which the container is exempt', podOf({ type: 'Unconfined' }, { type: 'RuntimeDefault' }), undefined],
  ['an annotation', podOf(undefined, undefined, 'localhost/deny-write'), off],
  ['an annotation that exempts the container', podOf(undefined, { type: 'RuntimeDefault' }, 'unconfined'), undefined],
]
for (const [what, pod, message] of cases) {
  test(`on a host without AppArmor, ${what} is ${message ? 'refused' : 'no reason to refuse a pod'}`, () => {
    assert.deepEqual(
      missingAppArmor(pod, () => false),
      message && { reason: 'AppArmor', message },
    )
  })
}

test('on a host with AppArmor only a profile without a name is refused', () => {
  const on = () => true
  assert.equal(missingAppArmor(podOf({ type: 'Localhost', localhostProfile: 'deny-write' }), on), undefined)
  assert.deepEqual(missingAppArmor(podOf({ type: 'Localhost', localhostProfile: ' ' }), on), {
    reason: 'AppArmor',
    message: 'Cannot enforce AppArmor: invalid empty AppArmor profile name: "Localhost"',
  })
})

test('the container’s own profile goes before its annotation, and that before the pod’s', () => {
  const names = [podOf({ type: 'Unconfined' }, { type: 'RuntimeDefault' }, 'localhost/x'), podOf(undefined, { type: 'RuntimeDefault' }, 'localhost/x')]
  assert.deepEqual(
    names.map((pod) => appArmorProfile(pod, pod.spec.containers[0]!)),
    [{ type: 'Unconfined' }, { type: 'Localhost', localhostProfile: 'x' }],
  )
})

test('a host has AppArmor when the kernel shows it and it is switched on', () => {
  const sys = mkdtempSync(join(tmpdir(), 'k8ts-sys-'))
  assert.equal(hasAppArmor(sys), false)
  mkdirSync(join(sys, 'kernel/security/apparmor'), { recursive: true })
  mkdirSync(join(sys, 'module/apparmor/parameters'), { recursive: true })
  writeFileSync(join(sys, 'module/apparmor/parameters/enabled'), 'N\n')
  assert.equal(hasAppArmor(sys), false)
  writeFileSync(join(sys, 'module/apparmor/parameters/enabled'), 'Y\n')
  assert.equal(hasAppArmor(sys), true)
  rmSync(sys, { recursive: true })
})
