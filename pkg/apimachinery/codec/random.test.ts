/** Random objects of every kind must survive every codec. Prints its seed when one does not; K8TS_FUZZ_ROUNDS makes it longer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { SeededRandom } from '#base/seeded-random.ts'
import { scheme } from '#api/scheme.ts'
import type { StructSchema } from '../schema/types.ts'
import { writeJson } from './exact-json.ts'
import { omitEmpty, storedForm } from './omit-empty.ts'
import { decodeObject, decodeProtobuf, encodeProtobuf, normalize } from './index.ts'
import { RandomObjects } from './random-objects.ts'

const seed = Number(process.env.K8TS_SEED ?? 1)
const rounds = Number(process.env.K8TS_FUZZ_ROUNDS ?? 1)
/** As the API server writes it. */
const yamlForm = { aliasDuplicateObjects: false, lineWidth: 0 } as const

for (const apiVersion of scheme.apiVersions()) {
  test(`random objects of ${apiVersion} survive JSON, YAML and protobuf (seed ${seed})`, () => {
    for (const [kind, schema] of scheme.kinds(apiVersion)) {
      if (!schema.byName.has('metadata') || !schema.byName.get('metadata')?.number) continue
      for (let round = 0; round < rounds; round++) survives(apiVersion, kind, schema, new SeededRandom(seed + kind.length + round))
    }
  })
}

function survives(apiVersion: string, kind: string, schema: StructSchema, random: SeededRandom): void {
  const what = `${apiVersion} ${kind} of seed ${random.seed}`
  const given = { ...new RandomObjects(random).struct(schema, 5), apiVersion, kind }
  const kept = decodeObject<object>(schema, given).object
  assert.deepEqual(decodeObject(schema, writeJson(kept)).object, kept, `${what}: with what was given empty`)
  const object = normalize<object>(schema, given)
  assert.deepEqual(omitEmpty(schema, kept), object, `${what}: written`)
  assert.deepEqual(normalize(schema, object), object, `${what}: normalising twice`)
  assert.deepEqual(decodeObject(schema, writeJson(object), { strict: true }).object, object, `${what}: JSON`)
  assert.deepEqual(decodeObject(schema, stringify(object, yamlForm), { strict: true, format: 'yaml' }).object, object, `${what}: YAML`)
  const bytes = encodeProtobuf(schema, object)
  const back = decodeProtobuf<object>(schema, bytes)
  assert.equal(encodeProtobuf(schema, back).toString('hex'), bytes.toString('hex'), `${what}: protobuf bytes`)
  // Protobuf has one form for an empty list and for none.
  assert.deepEqual(back, storedForm(schema, object), `${what}: protobuf`)
}
