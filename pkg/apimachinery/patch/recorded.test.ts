/** What upstream's own libraries made of random objects, patches and applies: `testdata/README.md` tells how it was recorded. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { definitions } from '#api/index.ts'
import { normalize } from '../codec/index.ts'
import { StatusError } from '../status-error.ts'
import { serverSideApply, updateManagedFields } from './apply/index.ts'
import { applyStrategicMergePatch } from './index.ts'

interface Step {
  readonly op: 'apply' | 'update'
  readonly manager: string
  readonly force?: boolean
  /** The writer read the object before, and sends its managedFields back. */
  readonly sendsManagedFields?: boolean
  /** Stored from before anybody tracked fields. */
  readonly untracked?: boolean
  readonly object: any
  readonly result?: any
  readonly error?: { readonly message: string; readonly reason?: string; readonly causes?: { readonly message: string; readonly field: string }[] }
}

const read = (name: string): any => JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8'))
const schemaOf = (of: { group: string; version: string; kind: string }) =>
  definitions.find(({ group, version, kind }) => group === of.group && version === of.version && kind === of.kind)!.schema
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Entries written in the same second have no order upstream that anybody could rely on; nor have the causes of several managers. */
function comparable(object: any): unknown {
  const copy = structuredClone(object)
  for (const entry of copy.metadata.managedFields ?? []) delete entry.time
  copy.metadata.managedFields?.sort((a: any, b: any) => (`${a.operation} ${a.manager}` < `${b.operation} ${b.manager}` ? -1 : 1))
  return plain(copy)
}

const byManager = (causes: readonly { readonly message: string }[] = []) =>
  causes.toSorted((a, b) => (a.message === b.message ? 0 : a.message < b.message ? -1 : 1))

test('ownership through random creates, updates and applies is as upstream recorded it', () => {
  let steps = 0
  for (const [index, { group, version, kind, steps: recorded }] of read('apply.json').entries()) {
    const schema = schemaOf({ group, version, kind })
    let live: any
    for (const [at, step] of (recorded as Step[]).entries()) {
      const where = `case ${index}, step ${at}: ${step.op} ${kind} by ${step.manager}`
      const common = { schema, live, manager: step.manager, apiVersion: group ? `${group}/${version}` : version, now: Date.UTC(2026, 0, 1) + at * 1000 }
      const object = normalize<any>(schema, structuredClone(step.object))
      if (step.sendsManagedFields) object.metadata.managedFields = structuredClone(live.metadata.managedFields)
      steps++
      let made: any
      try {
        if (step.op === 'apply') made = serverSideApply<any>({ ...common, applied: structuredClone(step.object), force: step.force === true })
        else made = step.untracked ? object : updateManagedFields<any>({ ...common, object })
      } catch (error) {
        assert.ok(error instanceof StatusError && step.error, `${where}: ${error}`)
        assert.equal(error.message, step.error.message, where)
        assert.deepEqual(plain(byManager(error.details?.causes as never)), plain(byManager(step.error.causes)), where)
        continue
      }
      assert.ok(step.result, `${where}: upstream refuses with ${step.error?.message}`)
      // The server gives the uid.
      made = normalize<any>(schema, { ...made, metadata: { ...made.metadata, uid: step.result.metadata.uid } })
      const wanted = normalize<any>(schema, structuredClone(step.result))
      assert.deepEqual(comparable(made), comparable(wanted), where)
      assert.deepEqual(fieldsText(made), fieldsText(wanted), `${where}: order of fields`)
      live = made
    }
  }
  assert.ok(steps > 100)
})

/** fieldsV1 byte for byte: clients compare it as text. */
function fieldsText(object: any): string[] {
  return (object.metadata.managedFields ?? []).map(({ fieldsV1 }: any) => JSON.stringify(fieldsV1)).sort()
}

test('random strategic merge patches with directives give what upstream recorded', () => {
  let done = 0
  for (const [index, { Group: group, Version: version, Kind: kind, Original, Patch, Result, Error: refused }] of read('strategic.json').entries()) {
    const schema = schemaOf({ group, version, kind })
    const where = `case ${index}: ${JSON.stringify(Patch)}`
    if (refused) {
      assert.throws(() => applyStrategicMergePatch(schema, Original, Patch), StatusError, where)
      continue
    }
    const made = applyStrategicMergePatch(schema, Original, Patch)
    assert.deepEqual(plain(made), Result, where)
    done++
  }
  assert.ok(done > 50)
})
