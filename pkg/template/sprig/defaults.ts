/** Sprig's defaults, reflection, JSON and flow. */
import { goFunction } from '../exec/signature.ts'
import { decodeJson, encodeJson } from '../json.ts'
import type { GoFunction, Value } from '../types.ts'
import { deepEqual, typeOf } from '../values.ts'
import { goKind, isEmpty } from './convert.ts'

/** Errors are swallowed where Go's function drops them. */
function orEmpty<T>(make: () => T, otherwise: T): T {
  try {
    return make()
  } catch {
    return otherwise
  }
}

const pretty = (value: Value): string => encodeJson(value, { indent: '  ' })
const raw = (value: Value): string => encodeJson(value, { keepHtml: true })

export const defaultFunctions: Readonly<Record<string, GoFunction>> = {
  default: goFunction('any, ...any', (otherwise: Value, ...given: Value[]) => (given.length === 0 || isEmpty(given[0]) ? otherwise : given[0])),
  empty: goFunction('any', isEmpty),
  coalesce: goFunction('...any', (...values: Value[]) => values.find((each) => !isEmpty(each)) ?? null),
  all: goFunction('...any', (...values: Value[]) => values.every((each) => !isEmpty(each))),
  any: goFunction('...any', (...values: Value[]) => values.some((each) => !isEmpty(each))),
  ternary: goFunction('any, any, bool', (yes: Value, no: Value, which: boolean) => (which ? yes : no)),
  fromJson: goFunction('string', (text: string) => orEmpty(() => decodeJson(text), null)),
  mustFromJson: goFunction('string', decodeJson),
  toJson: goFunction('any', (value: Value) => orEmpty(() => encodeJson(value), '')),
  mustToJson: goFunction('any', (value: Value) => encodeJson(value)),
  toPrettyJson: goFunction('any', (value: Value) => orEmpty(() => pretty(value), '')),
  mustToPrettyJson: goFunction('any', pretty),
  toRawJson: goFunction('any', raw),
  mustToRawJson: goFunction('any', raw),
  typeOf: goFunction('any', typeOf),
  typeIs: goFunction('string, any', (type: string, value: Value) => typeOf(value) === type),
  typeIsLike: goFunction('string, any', (type: string, value: Value) => typeOf(value) === type || `*${type}` === typeOf(value)),
  kindOf: goFunction('any', goKind),
  kindIs: goFunction('string, any', (kind: string, value: Value) => goKind(value) === kind),
  deepEqual: goFunction('any, any', deepEqual),
  fail: goFunction('string', (message: string) => {
    throw new Error(message)
  }),
}
