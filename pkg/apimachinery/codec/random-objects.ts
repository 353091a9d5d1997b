/** For tests: random objects, made from the declarations of their types, that are right but of odd values. */
import type { SeededRandom } from '#base/seeded-random.ts'
import type { StructSchema, TypeSchema } from '../schema/types.ts'

export class RandomObjects {
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** `depth`: how many structs may stand within one another. */
  struct(schema: StructSchema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const field of schema.fields) {
      // What protobuf has no number for, it cannot carry: kinds of what stands inside.
      if (field.number === 0) continue
      if (field.inline && field.type.kind === 'struct') Object.assign(object, this.struct(field.type, depth))
      else if (this.#random.next() < 0.6 && depth > 0) object[field.name] = this.#value(field.type, depth - 1)
    }
    return object
  }

  #value(type: TypeSchema, depth: number): unknown {
    const many = this.#random.below(3)
    switch (type.kind) {
      case 'struct':
        return this.struct(type, depth)
      case 'list':
        return Array.from({ length: many }, () => this.#value(type.element, depth))
      case 'map':
        return Object.fromEntries(Array.from({ length: many }, (_, index) => [`k${index}é`, this.#value(type.value, depth)]))
      case 'string':
        return this.#random.pick(['', 'a', 'täxt "quoted"\n', '😀', 'x'.repeat(300)])
      case 'boolean':
        return this.#random.next() < 0.5
      case 'int32':
        return this.#random.pick([0, 1, -1, 2147483647, -2147483648, 300])
      case 'int64':
        return this.#random.pick([0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e12, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])
      case 'float64':
        return this.#random.pick([0, 1.5, -2.25, 1e300])
      case 'bytes':
        return this.#random.pick(['', 'AA==', 'AAEC', 'aGVsbG8='])
      case 'quantity':
        return this.#random.pick(['0', '1', '1500m', '2Gi', '1e3', '-5', '1n'])
      case 'time':
        return this.#random.pick([null, '2024-02-29T23:59:59Z', '1969-12-31T00:00:00Z'])
      case 'microTime':
        return this.#random.pick([null, '2024-02-29T23:59:59.123456Z'])
      case 'duration':
        return this.#random.pick(['0s', '1h2m3.5s', '-5ms'])
      case 'intOrString':
        return this.#random.pick([0, 80, 'http', '', -1])
      case 'stringListMessage':
        return Array.from({ length: many + 1 }, () => this.#random.pick(['a', '']))
      case 'rawExtension':
      case 'json':
        return this.#random.pick<unknown>([{ a: [1, null] }, 'x', [], 3])
      case 'fieldsV1':
        return { 'f:a': {} }
      default:
        return undefined
    }
  }
}
