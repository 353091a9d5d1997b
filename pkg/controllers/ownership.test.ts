import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { createManager } from '#runtime/manager.ts'
import { controllerFactories } from './index.ts'
import type { ControllerSettings } from './types.ts'

test('all controllers together: no two own the same output', () => {
  const never = async () => ({ certificate: '', key: '' })
  const settings: ControllerSettings = {
    rootCa: '',
    podCidr: '10.244.0.0/16',
    clusterSigning: { caCertificate: '', caKey: '' },
    mintServiceAccountToken: () => '',
    certificateAuthority: { createCa: never, issue: never, signingRequest: async () => ({ request: Buffer.alloc(0), key: '' }) },
  }
  const controllers = controllerFactories.map((make) => make(settings)).filter((each) => each !== undefined)
  assert.doesNotThrow(() => createManager({ client: createFakeClient(), clock: systemClock, log: silentLogger, controllers }))
})
