/** The layout of explain from an OpenAPI v3 document (upstream's plaintext template, said in code). */
import type { ResourceRef } from '#apimachinery/object.ts'
import { CommandError } from '../../errors.ts'
import { indent, wrap } from './wrap.ts'

interface Context {
  readonly document: any
  readonly recursive: boolean
}

/** `body` is undefined when the path leads nowhere. */
export function explainText(document: any, of: ResourceRef, path: readonly string[], recursive: boolean): { head: string; body: string | undefined } {
  const schema = Object.values<any>(document.components?.schemas ?? {}).find((each) =>
    each['x-kubernetes-group-version-kind']?.some((gvk: any) => gvk.kind === of.kind && gvk.version === of.version && (gvk.group ?? '') === of.group),
  )
  if (!schema) throw new CommandError(`error: GVR (${of.group}/${of.version}, Resource=${of.plural}) not found in OpenAPI schema`)
  const head = `${of.group ? `GROUP:      ${of.group}\n` : ''}KIND:       ${of.kind}\nVERSION:    ${of.version}\n\n`
  return { head, body: output({ document, recursive }, schema, path, new Set()) }
}

function resolve({ document }: Context, schema: any): any {
  if (!schema.$ref) return schema
  let found = document
  for (const part of String(schema.$ref).replace(/^#\//, '').split('/')) found = found?.[part]
  return found ?? schema
}

const isSchema = (value: unknown): value is object => typeof value === 'object' && value !== null

function output(context: Context, schema: any, path: readonly string[], seen: ReadonlySet<string>): string | undefined {
  const resolved = resolve(context, schema)
  const [name, ...rest] = path
  if (name === undefined) {
    const fields = fieldList(context, resolved, 1, new Set())
    const described = indent(wrap(description(context, resolved, new Set()) || '<empty>', 76), 4)
    return `DESCRIPTION:\n${described}\n${externalDocs(resolved)}${fields ? `FIELDS:\n${fields}` : ''}`
  }
  if (schema.$ref && seen.has(schema.$ref)) return undefined
  const next = schema.$ref ? new Set([...seen, schema.$ref]) : seen
  if (resolved.properties?.[name]) {
    const inner = resolved.properties[name]
    const head = rest.length === 0 ? `FIELD: ${name} <${typeName(context, inner)}>\n${longEnum(inner)}\n\n` : ''
    const below = output(context, inner, rest, new Set())
    return below === undefined ? undefined : head + below
  }
  if (resolved.items) return output(context, resolved.items, path, next)
  if (isSchema(resolved.additionalProperties)) return output(context, resolved.additionalProperties, path, next)
  for (const alternative of resolved.allOf ?? []) {
    const found = output(context, alternative, path, next)
    if (found !== undefined) return found
  }
  return undefined
}

function externalDocs({ externalDocs: docs }: any): string {
  if (!docs) return ''
  return `\nEXTERNAL DOCS:\n${docs.description ? `${indent(wrap(docs.description, 76), 4)}\n` : ''}${docs.url ? `    URL: ${docs.url}\n` : ''}`
}

function description(context: Context, schema: any, seen: ReadonlySet<any>): string {
  const resolved = resolve(context, schema)
  if (seen.has(resolved)) return ''
  const next = new Set([...seen, resolved])
  const parts = [
    ...(resolved.allOf ?? []),
    ...(resolved.items ? [resolved.items] : []),
    ...(isSchema(resolved.additionalProperties) ? [resolved.additionalProperties] : []),
  ]
  return `${resolved.description ? `${resolved.description}\n` : ''}${parts.map((each) => description(context, each, next)).join('')}`
}

function fieldList(context: Context, schema: any, level: number, seen: ReadonlySet<string>): string {
  if (schema.$ref && seen.has(schema.$ref)) return ''
  const next = schema.$ref ? new Set([...seen, schema.$ref]) : seen
  const resolved = resolve(context, schema)
  const fields = Object.keys(resolved.properties ?? {})
    .sort()
    .map((name) => field(context, resolved, name, level) + (context.recursive ? fieldList(context, resolved.properties[name], level + 1, next) : ''))
  const parts = [
    ...(resolved.allOf ?? []),
    ...(resolved.items ? [resolved.items] : []),
    ...(isSchema(resolved.additionalProperties) ? [resolved.additionalProperties] : []),
  ]
  return fields.join('') + parts.map((each) => fieldList(context, each, level, next)).join('')
}

function field(context: Context, schema: any, name: string, level: number): string {
  const of = schema.properties[name]
  const margin = level * 2
  const line = `${indent(name, margin)}\t<${typeName(context, of)}>${schema.required?.includes(name) ? ' -required-' : ''}${shortEnum(of, margin)}\n`
  if (context.recursive) return line
  const docs = of.externalDocs
  const more = docs
    ? `\n${indent('EXTERNAL DOCS:', margin + 2)}\n${docs.description ? `${indent(wrap(docs.description, 76 - margin), margin + 4)}\n` : ''}${docs.url ? `${indent(`URL: ${docs.url}`, margin + 4)}\n` : ''}`
    : ''
  return `${line}${indent(wrap(of.description || '<no description>', 78 - margin), margin + 2)}\n${more}\n`
}

function typeName(context: Context, schema: any): string {
  if (schema.items) return `[]${typeName(context, schema.items)}`
  if (isSchema(schema.additionalProperties)) return `map[string]${typeName(context, schema.additionalProperties)}`
  if (schema.allOf?.length === 1 && !schema.properties) return typeName(context, schema.allOf[0])
  if (schema.$ref) {
    const found = resolve(context, schema)
    if (found !== schema && found.type && found.type !== 'object') return found.type
    return schema.$ref.split('/').at(-1).split('.').at(-1) || 'Object'
  }
  return !schema.type || schema.type === 'object' ? 'Object' : schema.type
}

const shown = (value: unknown): string => (value === '' ? '""' : String(value))

function longEnum({ enum: values }: any): string {
  return values ? `ENUM:${values.map((each: unknown) => `\n    ${shown(each)}`).join('')}` : ''
}

function shortEnum({ enum: values }: any, margin: number): string {
  if (!values) return ''
  const few = values.slice(0, 4).map(shown).join(', ')
  return `\n${' '.repeat(margin)}enum: ${few}${values.length > 4 ? ', ....' : ''}`
}
