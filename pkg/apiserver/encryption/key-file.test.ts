import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secrets } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { openStore } from '#storage/open.ts'
import { aesGcmTransformer } from './index.ts'
import { startTestApiServer } from '../testing.ts'

const key = (fill: number) => new Uint8Array(32).fill(fill)
const at = { namespace: 'default', name: 's' }

test('a new key takes over at the next start, after which the old one is no longer needed', async () => {
  const store = await openStore({ kind: 'memory' }, { clock: systemClock })
  const run = async <T>(keys: Uint8Array[], work: (control: Awaited<ReturnType<typeof startTestApiServer>>) => Promise<T>): Promise<T> => {
    await using control = await startTestApiServer({ store, ...(keys.length > 0 ? { encryption: aesGcmTransformer(...keys) } : {}) })
    return work(control)
  }
  const read = ({ client }: Awaited<ReturnType<typeof startTestApiServer>>) => client.get(secrets, at)
  const raw = async () => Buffer.from((await store.range('/registry/core/secrets/default/s', { limit: 1 })).entries[0]!.value).toString('latin1')

  await run([], ({ client }) => client.create(secrets, { metadata: at, data: { password: 'aHVudGVyMg==' } }))
  assert.ok((await raw()).includes('aHVudGVyMg'))
  await run([key(1)], read)
  assert.equal((await raw()).includes('aHVudGVyMg'), false)
  const sealed = await raw()
  await run([key(1)], read)
  assert.equal(await raw(), sealed)
  await run([key(2), key(1)], read)
  assert.notEqual(await raw(), sealed)
  assert.equal((await run([key(2)], read)).data?.password, 'aHVudGVyMg==')
  const other = aesGcmTransformer(key(3))
  assert.throws(() => other.open('/registry/core/secrets/default/s', Buffer.from(sealed, 'latin1')))
})

test('a key of the wrong length is refused', () => {
  assert.throws(() => aesGcmTransformer(new Uint8Array(5)), /an encryption key has 5 bytes; it must have 32/)
  assert.throws(() => aesGcmTransformer(), /there is no encryption key/)
})
