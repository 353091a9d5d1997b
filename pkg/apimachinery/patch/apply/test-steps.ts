/** For tests: writes of several managers one after another, and what each owns in the end. */
import assert from 'node:assert/strict'
import { StatusError } from '../../status-error.ts'
import { printPath } from './field-set.ts'
import { FieldSet, type MergeType, serverSideApply, updateManagedFields, type Versions } from './index.ts'

export interface StepOptions {
  /** The fields that an apply is refused for. */
  readonly conflicts?: readonly string[]
  /** The type from this step on. */
  readonly type?: MergeType
  readonly apiVersion?: string
  readonly resetFields?: readonly (readonly string[])[]
}

export type Step = readonly [verb: 'update' | 'apply' | 'force', manager: string, content: object, more?: StepOptions | readonly string[]]

/** "one: .set .set[=1]": a manager and what it owns in the end. */
export type Case = readonly [what: string, steps: readonly Step[], owned: readonly string[], content?: object]

export interface Stage {
  readonly type: MergeType
  readonly versions?: Versions
  /** What is stored, as another version shows it. */
  readonly convert?: (object: object, apiVersion: string) => object
}

export const apiVersion = 'a.b/v1'

/** The object after all steps. */
export function play({ type: first, versions, convert = (object) => object }: Stage, steps: readonly Step[]): any {
  let [live, type]: [any, MergeType] = [undefined, first]
  for (const [verb, manager, content, more = {}] of steps) {
    const how: StepOptions = isConflicts(more) ? { conflicts: more } : more
    type = how.type ?? type
    const version = how.apiVersion ?? apiVersion
    if (live) live = { ...convert(live, version), apiVersion: version }
    const common = { type, manager, apiVersion: version, now: 0, live, versions, ...(how.resetFields ? { resetFields: how.resetFields } : {}) }
    const object: any = { apiVersion: version, kind: 'C', metadata: { name: 'c' }, ...content }
    if (verb === 'update') live = updateManagedFields({ ...common, object: { ...object, metadata: { ...live?.metadata, name: 'c' } } })
    else if (how.conflicts) refuse(() => serverSideApply({ ...common, applied: object }), how.conflicts)
    else live = serverSideApply({ ...common, applied: object, force: verb === 'force' })
  }
  return live
}

function isConflicts(more: StepOptions | readonly string[]): more is readonly string[] {
  return Array.isArray(more)
}

function refuse(act: () => void, conflicts: readonly string[]): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof StatusError, String(error))
    assert.deepEqual(
      error.details?.causes?.map(({ field }) => field),
      conflicts,
      error.message,
    )
    return true
  })
}

export function check(stage: Stage, [, steps, owned, content]: Case): void {
  const { apiVersion: _, kind: __, metadata, ...rest } = play(stage, steps)
  const found = (metadata.managedFields ?? []).map(
    ({ manager, fieldsV1 }: any) => `${manager}: ${[...FieldSet.fromFieldsV1(fieldsV1).paths()].map(printPath).sort().join(' ')}`,
  )
  const sorted = (line: string) => line.replace(/^(\w+: )(.*)$/, (_, manager: string, paths: string) => manager + paths.split(' ').sort().join(' '))
  assert.deepEqual(found.sort(), owned.map(sorted).sort())
  if (content) assert.deepEqual(rest, content)
}
