/** One object of a kind through its defaults, its strategy and its rules, as the registry takes it: for tables of what is refused. */
import { normalize } from '#apimachinery/codec/index.ts'
import { dropGatedFields } from './gated-fields.ts'
import { definitionFor } from './index.ts'
import type { ResourceDefinition, StrategyContext } from './types.ts'

const context: StrategyContext = { now: 0 }
const metadata = { name: 'x', namespace: 'n', uid: 'u', resourceVersion: '1' }

export interface Case {
  readonly object: object
  /** Present: an update. */
  readonly old?: object
  /** "status", "approval" …; default: the object's own door. */
  readonly door?: string
}

/** `kind`: "networking.k8s.io/ingresses", of v1. */
export function definitionUnderTest(kind: string, version = 'v1'): ResourceDefinition {
  const [group = '', plural = ''] = kind.split('/')
  const found = definitionFor(group, version, plural)
  if (!found) throw new Error(`no such kind: ${kind}`)
  return found
}

export function madeUnderTest(definition: ResourceDefinition, object: any): any {
  const whole = normalize<any>(definition.schema, { ...object, metadata: { ...metadata, ...object.metadata } })
  definition.defaults?.(whole)
  return whole
}

/** "spec.a: Required value" for each error, in order; long diffs are cut at their first line. */
export function errorsUnderTest(kind: string, { object, old, door }: Case): string[] {
  const definition = definitionUnderTest(kind)
  const whole = madeUnderTest(definition, object)
  return errorsOf(definition, whole, old, door).map(({ field, message }) => `${field}: ${message}`.split('\n')[0]!)
}

function errorsOf(definition: ResourceDefinition, whole: any, old: any, door: string | undefined) {
  if (old === undefined) {
    dropGatedFields(definition.schema, whole)
    definition.create?.prepare?.(whole, context)
    return definition.create?.validate?.(whole, context) ?? []
  }
  const before = madeUnderTest(definition, old)
  const strategy = door === undefined ? definition.update : door === 'status' ? definition.status : definition.subresources?.[door]
  dropGatedFields(definition.schema, whole, before)
  strategy?.prepare?.(whole, before, context)
  const rules = { rules: () => strategy?.validate?.(whole, before, context), changes: () => strategy?.validateChange?.(whole, before) }
  return (strategy?.looks ?? ['rules']).flatMap((look) => (look === 'rules' || look === 'changes' ? (rules[look]() ?? []) : []))
}
