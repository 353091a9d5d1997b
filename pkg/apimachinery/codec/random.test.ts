/** Random objects of every stored kind must survive every codec. Prints its seed when one does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scheme } from '#api/scheme.ts'
import type { StructSchema, TypeSchema } from '../schema/types.ts'
import { decodeObject, decodeProtobuf, encodeProtobuf, normalize } from './index.ts'

const seed = Number(process.env.K8TS_SEED ?? 1)

/** A small generator of numbers that repeats itself from its seed (mulberry32). */
function numbers(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Maker {
  readonly #next: () => number

  constructor(start: number) {
    this.#next = numbers(start)
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#next() * values.length)]!
  }

  struct(schema: StructSchema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const field of schema.fields) {
      // What protobuf has no number for, it cannot carry: kinds of what stands inside.
      if (field.number === 0) continue
      if (field.inline && field.type.kind === 'struct') Object.assign(object, this.struct(field.type, depth))
      else if (this.#next() < 0.6 && depth > 0) object[field.name] = this.#value(field.type, depth - 1)
    }
    return object
  }

  #value(type: TypeSchema, depth: number): unknown {
    const many = Math.floor(this.#next() * 3)
    switch (type.kind) {
      case 'struct':
        return this.struct(type, depth)
      case 'list':
        return Array.from({ length: many }, () => this.#value(type.element, depth))
      case 'map':
        return Object.fromEntries(Array.from({ length: many }, (_, index) => [`k${index}é`, this.#value(type.value, depth)]))
      case 'string':
        return this.#pick(['', 'a', 'täxt "quoted"\n', '😀', 'x'.repeat(300)])
      case 'boolean':
        return this.#next() < 0.5
      case 'int32':
        return this.#pick([0, 1, -1, 2147483647, -2147483648, 300])
      case 'int64':
        return this.#pick([0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e12])
      case 'float64':
        return this.#pick([0, 1.5, -2.25, 1e300])
      case 'bytes':
        return this.#pick(['', 'AA==', 'AAEC', 'aGVsbG8='])
      case 'quantity':
        return this.#pick(['0', '1', '1500m', '2Gi', '1e3', '-5', '1n'])
      case 'time':
        return this.#pick([null, '2024-02-29T23:59:59Z', '1969-12-31T00:00:00Z'])
      case 'microTime':
        return this.#pick([null, '2024-02-29T23:59:59.123456Z'])
      case 'duration':
        return this.#pick(['0s', '1h2m3.5s', '-5ms'])
      case 'intOrString':
        return this.#pick([0, 80, 'http', '', -1])
      case 'stringListMessage':
        return Array.from({ length: many + 1 }, () => this.#pick(['a', '']))
      case 'rawExtension':
      case 'json':
        return this.#pick<unknown>([{ a: [1, null] }, 'x', [], 3])
      case 'fieldsV1':
        return { 'f:a': {} }
      default:
        return undefined
    }
  }
}

for (const apiVersion of scheme.apiVersions()) {
  test(`random objects of ${apiVersion} survive JSON and protobuf (seed ${seed})`, () => {
    for (const [kind, schema] of scheme.kinds(apiVersion)) {
      if (!schema.byName.has('metadata') || !schema.byName.get('metadata')?.number) continue
      const maker = new Maker(seed + kind.length)
      const object = normalize<object>(schema, { ...maker.struct(schema, 5), apiVersion, kind })
      assert.deepEqual(normalize(schema, object), object, `${kind}: normalising twice`)
      assert.deepEqual(decodeObject(schema, JSON.stringify(object), { strict: true }).object, object, `${kind}: JSON`)
      const bytes = encodeProtobuf(schema, object)
      const back = decodeProtobuf<object>(schema, bytes)
      assert.equal(encodeProtobuf(schema, back).toString('hex'), bytes.toString('hex'), `${kind}: protobuf bytes`)
      assert.deepEqual(back, object, `${kind}: protobuf`)
    }
  })
}
