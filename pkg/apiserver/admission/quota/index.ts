/**
 * ResourceQuota: what is created, or grows, must fit what is left, and is booked in the quota's status before it is
 * stored; the controller corrects the books later. One namespace is checked by one request at a time.
 */
import type { Pod, ResourceQuota } from '#api/gen/core/v1.ts'
import { resourceQuotas } from '#api/gen/resources.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { addQuantities, compareQuantities, Quantity, subtractQuantities } from '#apimachinery/quantity.ts'
import { isConflict } from '#apimachinery/status-error.ts'
import { cachedReader } from '../../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import type { ResourceList } from '#api/core/v1/quota/pod-resources.ts'
import { refuse } from '../refuse.ts'
import type { AdmissionContext } from '../types.ts'
import { isSelected } from '#api/core/v1/quota/scopes.ts'
import { hasEnded, missingOf, usageOf } from '#api/core/v1/quota/usage.ts'

const attempts = 10
/** Objects whose usage can grow by an update. */
const growing = new Set(['/pods', '/services', '/persistentvolumeclaims'])

/** Of these resources nothing may be used that no quota covers: those whose name holds one of the texts. */
export interface LimitedResource {
  readonly apiGroup?: string
  readonly resource?: string
  readonly matchContains?: readonly string[]
}

export function resourceQuota(context: AdmissionContext, limited: readonly LimitedResource[] = []): AdmissionPlugin {
  const reader = cachedReader(context, resourceQuotas)
  const queues = new Map<string, Promise<void>>()

  /** Runs after those before it in the same namespace. */
  async function inTurn(namespace: string, run: () => Promise<void>): Promise<void> {
    const before = queues.get(namespace) ?? Promise.resolve()
    const mine = before.catch(() => {}).then(run)
    queues.set(namespace, mine)
    try {
      await mine
    } finally {
      if (queues.get(namespace) === mine) queues.delete(namespace)
    }
  }

  async function book(attributes: AdmissionAttributes): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const quotas = (await context.client.list(resourceQuotas, { namespace: attributes.namespace })).items
      const charged = charge(attributes, quotas)
      checkCovered(attributes, quotas, limited)
      if (attributes.dryRun) return
      try {
        for (const quota of charged) await context.client.update(resourceQuotas, quota, { subresource: 'status' })
        return
      } catch (error) {
        if (!isConflict(error) || attempt >= attempts) throw error
      }
    }
  }

  return {
    name: 'ResourceQuota',
    handles({ operation, namespace, subresource, group, resource }) {
      if (namespace === '' || subresource !== '' || (group === '' && resource === 'resourcequotas' && operation === 'UPDATE')) return false
      return operation === 'CREATE' || (operation === 'UPDATE' && growing.has(`${group}/${resource}`))
    },
    async validate(attributes) {
      if (attributes.group === '' && attributes.resource === 'events') return
      // Most namespaces have no quota: the cache says so without asking anyone.
      if (limitsOf(attributes, limited).length === 0 && (await reader.list(attributes.namespace)).length === 0) return
      await inTurn(attributes.namespace, () => book(attributes))
    },
  }
}

const limitsOf = ({ group, resource }: AdmissionAttributes, limited: readonly LimitedResource[]): LimitedResource[] =>
  limited.filter((each) => (each.apiGroup ?? '') === group && each.resource === resource)

function checkCovered(attributes: AdmissionAttributes, quotas: readonly ResourceQuota[], limited: readonly LimitedResource[]): void {
  const limits = limitsOf(attributes, limited)
  if (limits.length === 0) return
  const { group, resource, object } = attributes
  const texts = limits.flatMap(({ matchContains = [] }) => matchContains)
  const used = Object.keys(usageOf(group, resource, object as KubeObject)).filter((name) => texts.some((text) => name.includes(text)))
  const covered = new Set(quotas.filter((quota) => isSelected(quota, resource, object as KubeObject)).flatMap(({ status }) => Object.keys(status?.hard ?? {})))
  const bare = used.filter((name) => !covered.has(name)).sort()
  if (bare.length > 0) throw refuse(attributes, `insufficient quota to consume: ${bare.join(',')}`)
}

/** The quotas with the request added to their books; throws Forbidden when it does not fit. */
function charge(attributes: AdmissionAttributes, quotas: readonly ResourceQuota[]): ResourceQuota[] {
  const { group, resource, object, oldObject, operation } = attributes
  const charged: ResourceQuota[] = []
  for (const quota of quotas) {
    const hard = quota.status?.hard
    if (!hard || !isSelected(quota, resource, object as KubeObject)) continue
    if (operation === 'CREATE' && group === '' && resource === 'pods' && !hasEnded(object as Pod)) {
      const missing = missingOf(object as Pod, Object.keys(hard))
      if (missing.length > 0) throw refuse(attributes, `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`)
    }
    const wasCounted = oldObject && isSelected(quota, resource, oldObject)
    const added = delta(usageOf(group, resource, object as KubeObject), wasCounted ? usageOf(group, resource, oldObject) : {}, hard)
    if (Object.keys(added).length === 0) continue
    const used = { ...quota.status?.used }
    const exceeded: string[] = []
    for (const [name, value] of Object.entries(added)) {
      const next = addQuantities(used[name] ?? '0', value)
      if (Quantity.parse(value).sign() > 0 && compareQuantities(next, hard[name]!) > 0) exceeded.push(name)
      used[name] = next
    }
    if (exceeded.length > 0) throw refuse(attributes, exceededText(quota, exceeded.sort(), added))
    charged.push({ ...quota, status: { ...quota.status, used } })
  }
  return charged
}

function exceededText({ metadata, status }: ResourceQuota, names: readonly string[], added: ResourceList): string {
  const list = (values: ResourceList): string => names.map((name) => `${name}=${values[name] ?? '0'}`).join(',')
  return `exceeded quota: ${metadata.name}, requested: ${list(added)}, used: ${list(status?.used ?? {})}, limited: ${list(status?.hard ?? {})}`
}

/** Of what the quota limits, how much more than before; nothing that stays the same. */
function delta(next: ResourceList, before: ResourceList, hard: ResourceList): ResourceList {
  const found: ResourceList = {}
  for (const name of Object.keys(hard)) {
    if (next[name] === undefined && before[name] === undefined) continue
    const difference = subtractQuantities(next[name] ?? '0', before[name] ?? '0')
    if (Quantity.parse(difference).sign() !== 0) found[name] = difference
  }
  return found
}
