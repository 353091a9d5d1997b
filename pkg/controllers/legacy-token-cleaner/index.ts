/**
 * Legacy token cleaner: token Secrets that were made for a ServiceAccount of themselves, and that nobody has used for a year, are marked
 * invalid, and go after a year more (KEP-2799). In: Secrets, ServiceAccounts, pods. Out: those Secrets. Upstream: legacy_serviceaccount_token_cleaner.go.
 */
import type { Pod, Secret, ServiceAccount } from '#api/gen/core/v1.ts'
import { configMaps, pods, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'

const scope = { fieldSelector: 'type=kubernetes.io/service-account-token' }
const tracking = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' }
const lastUsedLabel = 'kubernetes.io/legacy-token-last-used'
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since'
const dayMs = 86_400_000
const sweepKey = 'sweep'

export function legacyTokenCleanerController({ legacyTokenCleanUpPeriodMs = 365 * dayMs }: ControllerSettings): Controller {
  return {
    name: 'legacy-serviceaccount-token-cleaner-controller',
    account: 'legacy-service-account-token-cleaner',
    workers: 1,
    inputs: [input(secrets, { scope }), input(serviceAccounts), input(pods)],
    outputs: [output(secrets, 'legacy tokens')],
    start: ({ enqueue }) => enqueue(sweepKey),
    async reconcile(_key, context) {
      const now = context.clock.now()
      const since = await trackedSince(context)
      // Before a whole period has been watched nobody can say what was not used.
      if (since !== undefined && now - since >= legacyTokenCleanUpPeriodMs) {
        const before = now - legacyTokenCleanUpPeriodMs
        for (const secret of context.cache(secrets, scope).list()) if (isUnused(secret, before, context)) await retire(secret, before, context)
      }
      return { requeueAfterMs: dayMs }
    },
  }
}

/** The day after the API server began to note who uses what. */
async function trackedSince({ client, log }: ControllerContext): Promise<number | undefined> {
  try {
    const { data } = await client.get(configMaps, tracking)
    const at = parseDay(data?.since)
    if (at === undefined) log.warn('the tracking of legacy tokens has no readable date', { since: data?.since })
    return at === undefined ? undefined : at + dayMs
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function isUnused(secret: Secret, before: number, { cache }: ControllerContext): boolean {
  const { creationTimestamp, deletionTimestamp, labels = {}, annotations = {}, namespace, name } = secret.metadata
  if (deletionTimestamp || Date.parse(creationTimestamp!) >= before) return false
  const lastUsed = labels[lastUsedLabel]
  if (lastUsed !== undefined && (parseDay(lastUsed) === undefined || lastUsed >= dayOf(before))) return false
  const account: ServiceAccount | undefined = cache(serviceAccounts).get(namespace, annotations['kubernetes.io/service-account.name'] ?? '')
  const uid = annotations['kubernetes.io/service-account.uid']
  // One that its account does not name was made by hand.
  if (!account || (uid && uid !== account.metadata.uid) || !account.secrets?.some((each) => each.name === name)) return false
  return !cache(pods)
    .list(namespace)
    .some((pod) => secretNames(pod).has(name))
}

async function retire(secret: Secret, before: number, { client, clock, log }: ControllerContext): Promise<void> {
  const key = splitKey(keyOf(secret))
  const { uid, resourceVersion, labels = {} } = secret.metadata
  const invalidSince = labels[invalidSinceLabel]
  try {
    if (parseDay(invalidSince) === undefined) {
      log.info('a legacy service account token is marked invalid', { secret: keyOf(secret) })
      await client.patch(secrets, key, { metadata: { uid, labels: { [invalidSinceLabel]: dayOf(clock.now()) } } }, { type: 'merge' })
    } else if (invalidSince! < dayOf(before)) {
      log.info('a legacy service account token is deleted', { secret: keyOf(secret), invalidSince })
      await client.delete(secrets, key, { preconditions: { uid, resourceVersion } })
    }
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

function parseDay(text: string | undefined): number | undefined {
  const at = text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** Every Secret that a pod names, wherever. */
function secretNames({ spec }: Pod): Set<string> {
  const found = new Set<string>()
  JSON.stringify(spec, (key, value) => {
    if (key === 'secretName' && typeof value === 'string') found.add(value)
    if ((key === 'secret' || key === 'secretRef' || key === 'secretKeyRef') && typeof value?.name === 'string') found.add(value.name)
    if (key === 'imagePullSecrets') for (const each of value ?? []) found.add(each.name)
    return value
  })
  return found
}
