/** explain --output plaintext-openapiv2: the older layout, from the OpenAPI v2 document. */
import { apiVersionOf, type ResourceRef } from '#apimachinery/object.ts'
import { CommandError } from '../../errors.ts'
import { wrap } from './wrap.ts'

const width = 80

export function explainOldText(document: any, of: ResourceRef, path: readonly string[], recursive: boolean): string {
  const definitions = document.definitions ?? {}
  const root = Object.values<any>(definitions).find((each) =>
    each['x-kubernetes-group-version-kind']?.some((gvk: any) => gvk.kind === of.kind && gvk.version === of.version && (gvk.group ?? '') === of.group),
  )
  if (!root) throw new CommandError(`error: couldn't find resource for "${apiVersionOf(of)}, Kind=${of.kind}"`)
  const resolve = (schema: any): any =>
    schema?.$ref ? { ...definitions[schema.$ref.replace('#/definitions/', '')], name: schema.$ref.split('.').at(-1) } : schema
  const element = (schema: any): any => {
    let found = resolve(schema)
    while (found?.items || typeof found?.additionalProperties === 'object') found = resolve(found.items ?? found.additionalProperties)
    return found
  }
  const typeName = (schema: any): string => {
    if (schema.items) return `[]${typeName(schema.items)}`
    if (typeof schema.additionalProperties === 'object') return `map[string]${typeName(schema.additionalProperties)}`
    const found = resolve(schema)
    if (schema.$ref && (!found.type || found.type === 'object')) return found.name
    return !found.type || found.type === 'object' ? 'Object' : found.type
  }
  let schema: any = root
  let field: any
  let name = ''
  for (const part of path) {
    const next = element(schema)?.properties?.[part]
    if (!next) throw new CommandError(`error: field ${JSON.stringify(part)} does not exist`)
    field = next
    schema = next
    name = part
  }
  const kind = element(schema)
  const lines = [`KIND:     ${of.kind}`, `VERSION:  ${apiVersionOf(of)}`, '']
  const indented = (text: string, by: number): string[] =>
    wrap(text.trim(), width - by)
      .split('\n')
      .map((line) => (' '.repeat(by) + line).trimEnd())
  if (field) {
    const label = kind?.properties ? 'RESOURCE' : 'FIELD'
    lines.push(label === 'FIELD' ? `${label}:    ${name} <${typeName(field)}>` : `${label}: ${name} <${typeName(field)}>`, '')
  }
  lines.push(
    'DESCRIPTION:',
    ...[field?.description, field?.description === kind?.description ? undefined : kind?.description]
      .filter(Boolean)
      .flatMap((text, at) => [...(at > 0 ? [''] : []), ...indented(text, 5)]),
  )
  if (!field?.description && !kind?.description) lines.push('     <empty>')
  if (kind?.properties) {
    lines.push('', 'FIELDS:')
    const list = (of: any, level: number, seen: readonly any[]): void => {
      for (const key of Object.keys(of.properties).sort()) {
        const each = of.properties[key]
        lines.push(`${' '.repeat(3 + level * 3)}${key}\t<${typeName(each)}>${of.required?.includes(key) ? ' -required-' : ''}`)
        if (recursive) {
          const inner = element(each)
          if (inner?.properties && !seen.includes(inner.name)) list(inner, level + 1, [...seen, inner.name])
        } else lines.push(...indented(each.description || '<no description>', 5), '')
      }
    }
    list(kind, 0, [kind.name])
  }
  return `${lines.join('\n')}\n`
}
