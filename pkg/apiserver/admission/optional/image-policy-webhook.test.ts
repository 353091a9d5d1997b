import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { admissionAttributes, admit } from '../../test-rig.ts'
import { imagePolicyWebhook } from './image-policy-webhook.ts'

const pod = (image: string, annotations: Record<string, string> = {}) =>
  admissionAttributes({
    metadata: { name: 'p', annotations },
    spec: { containers: [{ name: 'a', image }], initContainers: [{ name: 'b', image: 'init' }] },
  } as never)

test('images are judged by another server, whose answer holds for a time; without one, by what was said before', async () => {
  const clock = new FakeClock()
  const asked: any[] = []
  const ask = async (review: any) => {
    asked.push(review)
    const [{ image }] = review.spec.containers
    if (image === 'down') throw new Error('connection refused')
    return { status: image === 'good' ? { allowed: true } : { allowed: false, ...(image === 'bad' ? { reason: 'old' } : {}) } }
  }
  const plugin = imagePolicyWebhook({ clock }, { ask, allowTtlMs: 5000, denyTtlMs: 0, defaultAllow: false })
  await admit(plugin, pod('good', { 'a.image-policy.k8s.io/b': 'c', other: 'd' }))
  await admit(plugin, pod('good', { 'a.image-policy.k8s.io/b': 'c' }))
  assert.deepEqual(asked, [
    {
      kind: 'ImageReview',
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      metadata: {},
      spec: { containers: [{ image: 'good' }, { image: 'init' }], annotations: { 'a.image-policy.k8s.io/b': 'c' }, namespace: 'default' },
      status: { allowed: false },
    },
  ])
  await clock.advance(5001)
  await admit(plugin, pod('good', { 'a.image-policy.k8s.io/b': 'c' }))
  assert.equal(asked.length, 2)
  await assert.rejects(admit(plugin, pod('bad')), /pods "p" is forbidden: image policy webhook backend denied one or more images: old$/)
  await assert.rejects(admit(plugin, pod('odd')), /pods "p" is forbidden: one or more images rejected by webhook backend$/)
  await assert.rejects(admit(plugin, pod('down')), /connection refused$/)
  const open = imagePolicyWebhook({ clock }, { ask, allowTtlMs: 0, denyTtlMs: 0, defaultAllow: true })
  const noted: string[] = []
  await admit(open, { ...pod('down'), annotate: (key, value) => void noted.push(`${key}=${value}`) })
  assert.deepEqual([...new Set(noted)], ['imagepolicywebhook.image-policy.k8s.io/failed-open=true'])
})
