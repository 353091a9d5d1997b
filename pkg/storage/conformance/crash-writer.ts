/**
 * A process that writes until it is killed, for `crash.ts`. Prints `KEY REVISION VALUE` for every acknowledged write,
 * a delete with the value "-", synchronously: what is printed was durable before.
 */
import { writeSync } from 'node:fs'
import { openStore, type StoreConfig } from '../open.ts'

const [config, seed] = process.argv.slice(2)
const store = await openStore(JSON.parse(config!) as StoreConfig)
writeSync(1, `open ${store.revision()} -\n`)

const writer = async (key: string): Promise<void> => {
  for (let round = 0; ; round++) {
    const current = await store.get(key)
    const expectRevision = current?.revision ?? 0
    if (current && round % 7 === 6) {
      const deleted = await store.delete(key, { expectRevision })
      if (deleted.ok) writeSync(1, `${key} ${deleted.revision} -\n`)
      continue
    }
    const value = `${seed}.${round}.`
    // A value of some pages that tells whether it is whole.
    const put = await store.put(key, Buffer.from(value.repeat(1 + (round % 40) * 20)), { expectRevision })
    if (put.ok) writeSync(1, `${key} ${put.revision} ${value}\n`)
    if (round % 50 === 49) await store.compact(Math.max(store.compactedRevision(), store.revision() - 100))
  }
}
/** A server that dies before we do refuses what is written then. */
const untilKilled = async (key: string): Promise<void> => {
  try {
    await writer(key)
  } catch {
    setInterval(() => {}, 1000)
  }
}
await Promise.all(Array.from({ length: 16 }, (_, i) => untilKilled(`/w/${i}`)))
