import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { rfc3339 } from '#base/clock.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { kubeletPaths } from '../paths.ts'
import { tokenSource } from './tokens.ts'
import { volumeManager } from './volume-manager.ts'

const pod = {
  metadata: { namespace: 'default', name: 'web', uid: 'uid-1' },
  spec: {
    serviceAccountName: 'robot',
    containers: [],
    volumes: [{ name: 'access', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600, audience: 'vault' } }] } }],
  },
} as unknown as Pod
const projection = pod.spec.volumes![0]!.projected!.sources![0]!.serviceAccountToken!

/** An API that gives numbered tokens, unless it is away or gives them another life. */
function setUp() {
  const clock = new FakeClock()
  const api = { asked: [] as any[], away: false, lifeSeconds: undefined as number | undefined }
  const client = createFakeClient({
    clock,
    async request({ path, body }) {
      if (api.away) throw new Error('connect ECONNREFUSED')
      const { spec } = JSON.parse(String(body))
      api.asked.push({ path, ...spec })
      const expirationTimestamp = rfc3339(clock.now() + (api.lifeSeconds ?? spec.expirationSeconds) * 1000)
      const answer = JSON.stringify({ status: { token: `token-${api.asked.length}`, expirationTimestamp } })
      return { status: 201, text: async () => answer } as never
    },
  })
  return { clock, api, client, tokens: tokenSource(client, clock) }
}

test('a token is asked for the pod alone, with its audience and life', async () => {
  const { api, tokens } = setUp()
  assert.equal(await tokens.token(pod, projection), 'token-1')
  assert.deepEqual(api.asked, [
    {
      path: '/api/v1/namespaces/default/serviceaccounts/robot/token',
      audiences: ['vault'],
      expirationSeconds: 600,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'uid-1' },
    },
  ])
})

const rotations: readonly [string, number, number][] = [
  ['after 80 % of ten minutes', 600, 480],
  ['after 80 % of an hour', 3600, 2880],
  ['after a day at the latest', 30 * 24 * 3600, 24 * 3600],
]
for (const [what, lifeSeconds, atSeconds] of rotations) {
  test(`a token is asked for anew ${what}`, async () => {
    const { clock, api, tokens } = setUp()
    api.lifeSeconds = lifeSeconds
    await tokens.token(pod, projection)
    assert.equal(tokens.refreshAt('uid-1'), clock.now() + atSeconds * 1000)
    await clock.advance((atSeconds - 1) * 1000)
    assert.equal(await tokens.token(pod, projection), 'token-1')
    await clock.advance(1000)
    assert.equal(await tokens.token(pod, projection), 'token-2')
  })
}

test('while the API is away the old token serves until it expires, and is an error then', async () => {
  const { clock, api, tokens } = setUp()
  await tokens.token(pod, projection)
  api.away = true
  await clock.advance(590_000)
  assert.equal(await tokens.token(pod, projection), 'token-1')
  await clock.advance(10_000)
  await assert.rejects(tokens.token(pod, projection), /failed to fetch token: connect ECONNREFUSED/)
  api.away = false
  assert.equal(await tokens.token(pod, projection), 'token-2')
})

test('the file in a running pod’s volume is replaced before its token expires', async () => {
  const { clock, client } = setUp()
  const root = mkdtempSync(join(tmpdir(), 'k8ts-tokens-'))
  try {
    const tokens = tokenSource(client, clock)
    const volumes = volumeManager({ paths: kubeletPaths(root), objects: { get: async () => undefined }, tokens, tmpfs: false })
    const facts = { nodeName: 'n', nodeAddress: '192.0.2.1', nodeAddresses: ['192.0.2.1'], podIps: [], memoryCapacity: 1, cpuCapacity: 1 }
    const { path } = (await volumes.setUp(pod, facts)).get('access')!
    const now = () => readFileSync(join(path, 'token'), 'utf8')
    assert.equal(now(), 'token-1')
    await clock.advance(volumes.refreshAt('uid-1')! - clock.now())
    await volumes.setUp(pod, facts)
    assert.equal(now(), 'token-2')
    await volumes.tearDown('uid-1')
    assert.equal(volumes.refreshAt('uid-1'), undefined)
  } finally {
    rmSync(root, { recursive: true })
  }
})
