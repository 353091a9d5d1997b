/** A random value of a type: one that good objects have there, or one made up. */
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import type { SeededRandom } from '#base/seeded-random.ts'
import type { Json, JsonObject } from './json.ts'
import { donorsOf } from './kinds.ts'

const texts = ['a', 'b-c', 'web', 'x.example.com', 'example.com/x', '10.0.0.9', 'fd00::9', '/p', '80', '', 'A_b', '100m', '5s', 'true']
const numbers = [0, 1, 2, 7, 80, 443, -1, 30]
const deepest = 5

/** Of a field of a struct. */
export function fieldValue(random: SeededRandom, struct: StructSchema, field: FieldSchema, depth = 0): Json {
  const donors = donorsOf(struct, field)
  if (donors.length > 0 && random.chance(0.75)) return random.pick(donors)
  return madeUp(random, field.type, depth)
}

/** Of any type. */
export function madeUp(random: SeededRandom, type: TypeSchema | undefined, depth = 0): Json {
  switch (type?.kind) {
    case undefined:
      return random.pick<Json>(['a', 1, true, null, [], {}, ['a'], { a: 'b' }])
    case 'string':
      return type.values && type.values.length > 0 && random.chance(0.85) ? random.pick(type.values) : random.pick(texts)
    case 'boolean':
      return random.chance(0.5)
    case 'int32':
    case 'int64':
      return random.pick(numbers)
    case 'float64':
      return random.pick([0, 1, 0.5, -1])
    case 'bytes':
      return random.pick(['YQ==', '', 'Yg=='])
    case 'quantity':
      return random.pick<Json>(['1', '100m', '1Gi', '0', '1.5', 2, '1000m', '-1', '1e3'])
    case 'time':
      return '2024-01-02T03:04:05Z'
    case 'microTime':
      return '2024-01-02T03:04:05.000006Z'
    case 'duration':
      return random.pick(['5s', '1m0s', '0s'])
    case 'intOrString':
      return random.pick<Json>([1, 0, '10%', 'web', -1, '100%'])
    case 'list':
      return Array.from({ length: random.below(3) }, () => madeUp(random, type.element, depth + 1))
    case 'map':
      return Object.fromEntries(
        Array.from({ length: random.below(3) }, (_, index) => [['a', 'example.com/b', 'c'][index]!, madeUp(random, type.value, depth + 1)]),
      )
    case 'struct':
      return structOf(random, type, depth)
    default:
      return random.pick<Json>([{}, { a: 1 }])
  }
}

function structOf(random: SeededRandom, struct: StructSchema, depth: number): JsonObject {
  const made: JsonObject = {}
  if (depth > deepest) return made
  const fields = [...struct.byName.values()].filter(({ name }) => name !== 'managedFields')
  for (const field of fields) {
    const wanted = field.required || !field.optional ? 0.85 : Math.min(0.3, 2 / fields.length)
    if (random.chance(wanted)) made[field.name] = fieldValue(random, struct, field, depth + 1)
  }
  return made
}
