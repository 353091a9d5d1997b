/** How commands that wait end when they are interrupted: upstream's exit codes, and no last words. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type KubectlRig, startRig } from './testing/rig.ts'

let rig: KubectlRig
before(async () => {
  rig = await startRig()
  await rig.ours('create deployment stuck --image=i')
  await rig.ours('create configmap held --from-literal=a=b')
  await rig.ours(['patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":["example.com/held"]}}'])
})
after(() => rig[Symbol.asyncDispose]())

const waiting: readonly (readonly [line: string, seen: RegExp, policy: string, code: number])[] = [
  ['get configmaps -w', /held/, 'fails', 1],
  ['get configmaps --watch-only', /^/, 'fails', 1],
  ['get configmaps -w -o yaml', /held/, 'fails', 1],
  ['events -w', /^/, 'fails', 1],
  ['wait --for=condition=Ready deploy/stuck', /^/, 'fails', 1],
  ['wait --for=delete cm/held', /^/, 'fails', 1],
  ['wait --for=create cm/absent', /^/, 'fails', 1],
  ['rollout status deploy/stuck', /Waiting for deployment/, 'fails', 1],
  ['delete cm held', /deleted/, 'fails', 1],
]

for (const [line, seen, policy, code] of waiting) {
  test(`${line} ends with ${code} and says no more`, async () => {
    const running = rig.started(line)
    await running.seen(seen)
    // What prints nothing has to have got under way, too.
    await new Promise((resolve) => setImmediate(resolve))
    running.interrupt()
    const outcome = await running.ended
    assert.deepEqual([running.policy, outcome.code, outcome.stderr.replace(/^Waiting.*\n/gm, '')], [policy, code, ''])
  })
}

test('who neither waits nor holds a terminal keeps the default of signals', async () => {
  for (const line of [
    'get cm',
    'events',
    'apply -f -',
    'exec -i absent -- sh',
    'attach absent',
    'drain absent',
    'cp a:/b c',
    'create cm x',
    'run x --image=i',
  ]) {
    const running = rig.started(line)
    await running.ended
    assert.equal(running.policy, undefined, line)
  }
})

test('port-forward ends well, and run --rm tidies up before it dies', async () => {
  const policies = ['port-forward absent 80', 'run absent --image=i --rm -i --dry-run=client'].map((line) => rig.started(line))
  await Promise.all(policies.map(({ ended }) => ended))
  assert.deepEqual(
    policies.map(({ policy }) => policy),
    ['succeeds', 'dies'],
  )
})
