/** Since when the server knows which legacy tokens are used (controlplane's legacytokentracking controller; KEP-2799). */
import { configMaps } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/types.ts'

const key = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' }

export async function ensureLegacyTokenTracking(client: Client, clock: Clock): Promise<void> {
  try {
    await client.get(configMaps, key)
  } catch (error) {
    if (!isNotFound(error)) throw error
    const since = new Date(clock.now()).toISOString().slice(0, 10)
    await client.create(configMaps, { metadata: key, data: { since } }).catch((failure) => {
      if (!isAlreadyExists(failure)) throw failure
    })
  }
}
