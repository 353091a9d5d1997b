/** Makes the texts of `pkg/apiserver/bootstrap/prepared-seeds.ts` for the bundle, by having a new server make them. */
import { generateKeyPairSync } from 'node:crypto'
import { assembleApiServer } from '../pkg/apiserver/assemble.ts'
import { type PreparedSeeds, standIns } from '../pkg/apiserver/bootstrap/seed.ts'
import { FakeClock } from '../pkg/base/fake-clock.ts'

/** Fails when an object has another time than the clock's, or not just one UID: such a one cannot be prepared. */
export async function recordSeeds(): Promise<PreparedSeeds> {
  const { privateKey: serviceAccountKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const texts: Record<string, string> = {}
  const { ready, close } = assembleApiServer({
    serviceAccountKey,
    clock: new FakeClock(Date.parse(standIns.time)),
    seeded: (key, text) => {
      texts[key] = withoutUid(key, text)
    },
  })
  await ready
  await close()
  return texts
}

function withoutUid(key: string, text: string): string {
  const { uid, creationTimestamp } = JSON.parse(text).metadata
  if (creationTimestamp !== standIns.time || text.split(uid).length !== 2) throw new Error(`${key} cannot be prepared`)
  return text.replace(uid, standIns.uid)
}
