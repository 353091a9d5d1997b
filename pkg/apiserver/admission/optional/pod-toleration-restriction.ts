/** PodTolerationRestriction: a namespace's default tolerations are its pods' too, and they may have no other than it allows (docs: "PodTolerationRestriction"). */
import { qosClassOf } from '#api/core/v1/pod/qos.ts'
import type { Namespace, Pod, Toleration } from '#api/gen/core/v1.ts'
import { namespaces } from '#api/gen/resources.ts'
import { notFound, StatusError } from '#apimachinery/status-error.ts'
import { cachedReader } from '../../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { type AdmissionContext, isFor } from '../types.ts'

export interface TolerationLimits {
  readonly default?: readonly Toleration[]
  readonly whitelist?: readonly Toleration[]
}

const prefix = 'scheduler.alpha.kubernetes.io/'
const memoryPressure: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }

export function podTolerationRestriction(context: AdmissionContext, limits: TolerationLimits = {}): AdmissionPlugin {
  const reader = cachedReader(context, namespaces)
  const namespaceOf = async ({ namespace }: AdmissionAttributes): Promise<Namespace> => {
    const found = await reader.get(undefined, namespace)
    if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace)
    return found
  }
  async function check(attributes: AdmissionAttributes): Promise<void> {
    const { tolerations = [] } = (attributes.object as Pod).spec ?? {}
    if (tolerations.length === 0) return
    const own = annotated(await namespaceOf(attributes), 'tolerationsWhitelist')
    const allowed = own ?? limits.whitelist ?? []
    if (allowed.length === 0 || tolerations.every((each) => allowed.some((wide) => covers(wide, each)))) return
    const message = `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${own ? 'namespace' : 'cluster'} whitelist`
    throw new StatusError({ code: 500, reason: '', message })
  }
  return {
    name: 'PodTolerationRestriction',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE', 'UPDATE']),
    async admit(attributes) {
      const { spec } = attributes.object as Pod
      if (!spec) return
      const given = attributes.operation === 'CREATE' ? (annotated(await namespaceOf(attributes), 'defaultTolerations') ?? limits.default ?? []) : []
      const more = qosClassOf(spec) === 'BestEffort' ? given : [...given, memoryPressure]
      if (more.length > 0) spec.tolerations = merged([...(spec.tolerations ?? []), ...more])
      await check(attributes)
    },
    validate: check,
  }
}

/** Undefined: the namespace says nothing of it. */
function annotated({ metadata }: Namespace, name: string): readonly Toleration[] | undefined {
  const text = metadata.annotations?.[`${prefix}${name}`]
  if (text === undefined) return undefined
  try {
    return text === '' ? [] : JSON.parse(text)
  } catch (error) {
    throw new StatusError({ code: 500, reason: '', message: (error as Error).message, cause: error })
  }
}

/** Without those that others cover; of equal ones the first stays. */
function merged(all: readonly Toleration[]): Toleration[] {
  const kept: Toleration[] = []
  for (const [index, each] of all.entries()) {
    const isCovered = kept.some((other) => covers(other, each)) || all.slice(index + 1).some((other) => !isSame(other, each) && covers(other, each))
    if (!isCovered) kept.push(each)
  }
  return kept
}

const fields = ['key', 'operator', 'value', 'effect', 'tolerationSeconds'] as const

const isSame = (a: Toleration, b: Toleration): boolean => fields.every((field) => (a[field] ?? '') === (b[field] ?? ''))

function covers(wide: Toleration, narrow: Toleration): boolean {
  if (isSame(wide, narrow)) return true
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = wide
  if ((narrow.key ?? '') !== key && (key !== '' || operator !== 'Exists')) return false
  if (effect !== '' && (narrow.effect ?? '') !== effect) return false
  if (effect === 'NoExecute' && tolerationSeconds !== undefined && (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > tolerationSeconds))
    return false
  if (operator === 'Exists') return true
  return (operator === '' || operator === 'Equal') && narrow.operator === 'Equal' && (narrow.value ?? '') === value
}
