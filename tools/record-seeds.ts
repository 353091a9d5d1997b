/** Makes the texts of `pkg/apiserver/bootstrap/prepared-seeds.ts` for the bundle: all that a new server has written once it has come to rest. */
import { generateKeyPairSync } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { FlowSchema } from '../pkg/api/gen/flowcontrol/v1.ts'
import { flowSchemas } from '../pkg/api/gen/resources.ts'
import { type AssembleOptions, assembleApiServer } from '../pkg/apiserver/assemble.ts'
import { type PreparedSeeds, standIns } from '../pkg/apiserver/bootstrap/seed.ts'
import { registryPrefix } from '../pkg/apiserver/watchcache/cache-hub.ts'
import { FakeClock } from '../pkg/base/fake-clock.ts'
import type { Client } from '../pkg/client/types.ts'
import { openStore } from '../pkg/storage/open.ts'

export interface RecordOptions extends Pick<AssembleOptions, 'serviceCidr' | 'advertise'> {
  /** What the server is to begin with. */
  readonly preparedSeeds?: PreparedSeeds
}

/** Fails when an object has another time than the clock's, or not just one UID, its own: such a one cannot be prepared. */
export async function recordSeeds({ preparedSeeds, ...options }: RecordOptions = {}): Promise<PreparedSeeds> {
  const { privateKey: serviceAccountKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const clock = new FakeClock(Date.parse(standIns.time))
  const store = await openStore({ kind: 'memory' }, { clock })
  const { client, ready, close } = assembleApiServer({
    ...options,
    ...(preparedSeeds ? { preparedSeeds: async () => preparedSeeds } : {}),
    serviceAccountKey,
    clock,
    store,
  })
  await ready
  await untilAtRest(client)
  const { entries } = await store.range(registryPrefix)
  await close()
  // In the order in which they came to be: that of the revisions in a new cluster.
  const ordered = entries.toSorted((a, b) => a.createRevision - b.createRevision)
  const uids = new Set<string>()
  return Object.fromEntries(ordered.map(({ key, value }) => [key, withoutUid(key, Buffer.from(value).toString(), uids)]))
}

const turns = 10_000

/** The last thing that a new server writes is the status of its FlowSchemas, one after the other. */
async function untilAtRest(client: Client): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const { items } = await client.list<FlowSchema>(flowSchemas)
    if (items.every(({ status }) => status.conditions?.length)) return
    await setImmediate()
  }
  throw new Error('the FlowSchemas of a new server have no status')
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

function withoutUid(key: string, text: string, uids: Set<string>): string {
  const { uid, creationTimestamp } = JSON.parse(text).metadata
  if (creationTimestamp !== standIns.time || !uuid.test(uid) || uids.has(uid) || text.split(uid).length !== 2) throw new Error(`${key} cannot be prepared`)
  uids.add(uid)
  return text.replace(uid, standIns.uid)
}
