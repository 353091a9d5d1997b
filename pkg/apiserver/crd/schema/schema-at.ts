/** The schema that a simple path leads to. */
import { additionalOf, type Schema } from './types.ts'

export function leadsSomewhere(schema: Schema, path: string): boolean {
  return schemaAt(schema, path) !== undefined
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** ".spec.a" and ".spec['a']". */
export function schemaAt(schema: Schema, path: string): Schema | undefined {
  const names = [...path.matchAll(/\.([^.[\]]+)|\['((?:\\.|[^'])*)'\]/g)]
  if (names.length === 0 || names.map(([whole]) => whole).join('') !== path) return undefined
  return names.reduce<Schema | undefined>((at, [, plain, quoted]) => {
    const name = plain ?? quoted!.replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter)
    return at?.properties ? at.properties[name] : at && additionalOf(at)
  }, schema)
}
