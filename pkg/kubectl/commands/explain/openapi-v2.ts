/** explain --output plaintext-openapiv2: the older layout, from the OpenAPI v2 document. */
import { apiVersionOf, type ResourceRef } from '#apimachinery/object.ts'
import { CommandError } from '../../errors.ts'

const width = 80
const fieldIndent = 3
const descriptionIndent = 5

export function explainOldText(document: any, of: ResourceRef, path: readonly string[], recursive: boolean): string {
  const definitions = document.definitions ?? {}
  const root = Object.values<any>(definitions).find((each) =>
    each['x-kubernetes-group-version-kind']?.some((gvk: any) => gvk.kind === of.kind && gvk.version === of.version && (gvk.group ?? '') === of.group),
  )
  if (!root) throw new CommandError(`error: couldn't find resource for "${apiVersionOf(of)}, Kind=${of.kind}"`)
  const schemas = new Schemas(definitions)
  let schema: Schema = root
  for (const part of path) {
    const kind = schemas.objectOf(schema)
    // A leaf is shown, whatever is asked of it.
    if (!kind) break
    const next = kind.properties?.[part]
    if (!next) throw new CommandError(`error: field ${JSON.stringify(part)} does not exist`)
    schema = next
  }
  const name = path.at(-1) ?? ''
  const { leaf, descriptions } = schemas.walk(schema)
  const isObject = leaf.properties !== undefined
  const lines = [`KIND:     ${of.kind}`, `VERSION:  ${apiVersionOf(of)}`, '']
  if (isObject && name !== '') lines.push(`RESOURCE: ${name} <${schemas.typeName(schema)}>`, '')
  else if (!isObject && isPrimitive(leaf)) lines.push(`FIELD:    ${name} <${schemas.typeName(schema)}>`, '')
  lines.push('DESCRIPTION:')
  for (const [position, text] of descriptions.entries()) if (text !== '') lines.push(...(position > 0 ? [''] : []), ...indented(text, descriptionIndent))
  if (descriptions.every((text) => text === '')) lines.push(...indented('<empty>', descriptionIndent))
  if (isObject) lines.push('', 'FIELDS:', ...(recursive ? allFields(schemas, leaf, fieldIndent) : fields(schemas, leaf)))
  return `${lines.join('\n')}\n`
}

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
}

const anything: Schema = {}

/** What is inside a list or a map; a free-form object is a map of anything. */
function elementOf(schema: Schema): Schema | undefined {
  if (schema.type === 'array') return schema.items ?? anything
  if (schema.type !== 'object' || schema.properties) return undefined
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : anything
}

const isPrimitive = ({ type }: Schema): boolean => type !== undefined && type !== 'object' && type !== 'array'

class Schemas {
  readonly #definitions: Readonly<Record<string, Schema>>

  constructor(definitions: Readonly<Record<string, Schema>>) {
    this.#definitions = definitions
  }

  referred(reference: string): Schema {
    return this.#definitions[reference.replace('#/definitions/', '')] ?? anything
  }

  /** Through references, lists and maps to an object or a leaf, with the descriptions on the way. */
  walk(schema: Schema): { readonly leaf: Schema; readonly descriptions: readonly string[] } {
    const descriptions = [schema.description ?? '']
    let leaf = schema
    for (;;) {
      const next = leaf.$ref ? this.referred(leaf.$ref) : elementOf(leaf)
      if (!next) return { leaf, descriptions }
      leaf = next
      descriptions.push(leaf.description ?? '')
    }
  }

  objectOf(schema: Schema): Schema | undefined {
    const { leaf } = this.walk(schema)
    return leaf.properties ? leaf : undefined
  }

  /** "string", "Object", "[]Object", "map[string]string"; nothing for what may be anything. */
  typeName(schema: Schema): string {
    if (schema.$ref) return this.typeName(this.referred(schema.$ref))
    if (schema.properties) return 'Object'
    const element = elementOf(schema)
    if (!element) return schema.type ?? ''
    return `${schema.type === 'array' ? '[]' : 'map[string]'}${this.typeName(element)}`
  }
}

function indented(text: string, by: number): string[] {
  return filled(text, width - by).map((line) => (line === '' ? '' : ' '.repeat(by) + line))
}

const listItem = /^(\d+\.?|-|\*)\s/

/** Words filled into lines, but for code (four spaces before it), empty lines, items of lists, and what follows a colon. */
function filled(text: string, lineWidth: number): string[] {
  const lines: string[] = []
  let current = ''
  const end = (): void => {
    if (current !== '') lines.push(current)
    current = ''
  }
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter((word) => word !== '')
    if (line.startsWith('    ')) {
      end()
      lines.push(line)
      continue
    }
    if (words.length === 0) {
      const begun = lines.length > 0
      end()
      if (begun) lines.push('')
      continue
    }
    if (current.endsWith(':') || listItem.test(line.trim())) end()
    for (const word of words) {
      if (current !== '' && current.length + 1 + word.length > lineWidth) end()
      current += current === '' ? word : ` ${word}`
    }
  }
  end()
  return lines
}

function fields(schemas: Schemas, of: Schema): string[] {
  return Object.entries(of.properties ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, each]) => [
      `${' '.repeat(fieldIndent)}${key}\t<${schemas.typeName(each)}>${of.required?.includes(key) ? ' -required-' : ''}`,
      ...(each.description ? indented(each.description, descriptionIndent) : []),
      '',
    ])
}

/** A type that is inside itself is told once. */
function allFields(schemas: Schemas, of: Schema, indent: number, above: readonly string[] = []): string[] {
  return Object.entries(of.properties ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, each]) => {
      const line = `${' '.repeat(indent)}${key}\t<${schemas.typeName(each)}>`
      const seen = [...above]
      let inner: Schema | undefined = each
      while (inner && !inner.properties) {
        if (inner.$ref) {
          if (seen.includes(inner.$ref)) return [line]
          seen.push(inner.$ref)
          inner = schemas.referred(inner.$ref)
        } else inner = elementOf(inner)
      }
      return inner ? [line, ...allFields(schemas, inner, indent + fieldIndent, seen)] : [line]
    })
}
