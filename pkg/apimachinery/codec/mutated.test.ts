/** Decoders given damaged, mutated and hostile input read it or refuse it with their declared error: nothing else, at no length. */
import { writeJson } from './exact-json.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { SeededRandom } from '#base/seeded-random.ts'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { EventSchema, PodSchema, SecretSchema, ServiceSchema } from '#api/gen/core/v1.ts'
import { lookupType } from '#api/scheme.ts'
import { DecodeError, decodeObject, decodeProtobuf, encodeProtobuf, normalize, parseJson, parseYaml, StrictDecodingError } from './index.ts'
import { RandomObjects } from './random-objects.ts'

const seed = Number(process.env.K8TS_SEED ?? 1)
const rounds = 30 * Number(process.env.K8TS_FUZZ_ROUNDS ?? 1)
const schemas = [PodSchema, DeploymentSchema, ServiceSchema, SecretSchema, EventSchema]

function onlyRefuses(run: () => unknown, what: string): void {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof DecodeError || error instanceof StrictDecodingError, `${what}: ${error instanceof Error ? error.stack : String(error)}`)
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined, `${what}: the prototype is polluted`)
}

/** One to four of: a byte changed, a span taken out, a span doubled, something hostile put in. */
function mutate(bytes: Buffer, random: SeededRandom, hostile: readonly (string | Buffer)[]): Buffer {
  let mutated = Buffer.from(bytes)
  for (let change = 1 + random.below(4); change > 0; change--) {
    const at = random.below(mutated.length + 1)
    const end = Math.min(mutated.length, at + random.below(20))
    switch (random.below(4)) {
      case 0:
        if (at < mutated.length) mutated[at] = random.below(256)
        break
      case 1:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(end)])
        break
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, end), mutated.subarray(at)])
        break
      default:
        mutated = Buffer.concat([mutated.subarray(0, at), Buffer.from(random.pick(hostile) as string), mutated.subarray(at)])
    }
  }
  return mutated
}

const hostileText = [
  '"__proto__":{"polluted":1},',
  '{',
  '[',
  ']',
  '}',
  '"',
  '\\u0000',
  '1e999',
  '-0',
  'null',
  ',',
  ':',
  '\ud800',
  '&a',
  '*a',
  '<<: *a',
  '!!js/function',
  '\t',
  '%YAML 1.3\n---\n',
  '---',
  '? ',
  '| ',
]
const hostileBytes = [
  Buffer.alloc(10, 0xff),
  Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x80]),
  Buffer.from([0x0b]),
  Buffer.from([0x0c]),
  Buffer.alloc(64, 0x0a),
]

for (const schema of schemas) {
  test(`mutated ${schema.name} is read or refused in JSON, YAML and protobuf (seed ${seed})`, () => {
    for (let round = 0; round < rounds; round++) {
      const random = new SeededRandom(seed * 1_000_003 + round)
      const what = `${schema.name}, seed ${random.seed}`
      const object = normalize<object>(schema, new RandomObjects(random).struct(schema, 4))
      const json = mutate(Buffer.from(writeJson(object)), random, hostileText)
      onlyRefuses(() => decodeObject(schema, json, { strict: random.chance(0.5) }), `${what}: JSON`)
      const protobuf = mutate(encodeProtobuf(schema, object), random, hostileBytes)
      onlyRefuses(() => decodeProtobuf(schema, protobuf, lookupType), `${what}: protobuf`)
      if (round % 5 > 0) continue
      const yaml = mutate(Buffer.from(stringify(object)), random, hostileText)
      onlyRefuses(() => decodeObject(schema, yaml, { format: 'yaml' }), `${what}: YAML`)
    }
  })
}

test('noise is read or refused', () => {
  for (let round = 0; round < rounds; round++) {
    const random = new SeededRandom(seed * 7_000_003 + round)
    const bytes = Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)))
    const text = Array.from({ length: random.below(40) }, () => random.pick(hostileText)).join('')
    onlyRefuses(() => decodeProtobuf(PodSchema, Buffer.concat([Buffer.from([107, 56, 115, 0]), bytes]), lookupType), `protobuf noise ${random.seed}`)
    onlyRefuses(() => parseJson(text), `JSON noise ${random.seed}`)
    onlyRefuses(() => parseYaml(text), `YAML noise ${random.seed}`)
  }
})

test('names of prototypes are names like any others', () => {
  const text = '{"metadata":{"labels":{"__proto__":"a","constructor":"b","toString":"c"}},"__proto__":{"polluted":1}}'
  for (const format of ['json', 'yaml'] as const) {
    const { object } = decodeObject<any>(PodSchema, text, { format })
    assert.deepEqual(Object.keys(object.metadata.labels).sort(), ['__proto__', 'constructor', 'toString'], format)
    assert.equal(object.polluted, undefined)
    const back = decodeProtobuf<any>(PodSchema, encodeProtobuf(PodSchema, object))
    assert.deepEqual(Object.keys(back.metadata.labels).sort(), ['__proto__', 'constructor', 'toString'], `${format}, protobuf`)
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('what is nested deeper than anyone means is refused, and not at length', () => {
  const deep = 20_000
  onlyRefuses(() => decodeObject(PodSchema, '['.repeat(deep)), 'open lists')
  onlyRefuses(() => decodeObject(PodSchema, `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`), 'objects')
  onlyRefuses(() => decodeObject(PodSchema, '['.repeat(5000), { format: 'yaml' }), 'YAML lists')
  const nested = Array.from({ length: 5000 }).reduce<Buffer>(
    (inner) => Buffer.concat([Buffer.from([0x0a, 0x80 | (inner.length & 0x7f), (inner.length >> 7) & 0x7f]), inner]),
    Buffer.alloc(0),
  )
  onlyRefuses(() => decodeProtobuf(PodSchema, Buffer.concat([Buffer.from([107, 56, 115, 0]), nested]), lookupType), 'protobuf')
})
