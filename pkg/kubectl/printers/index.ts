/** From -o to the text of an object. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import type { FlagSpec } from '../flags/types.ts'
import type { Invocation } from '../types.ts'
import { kindName } from './kind-name.ts'

export type PrintObject = (object: any) => string

export const outputFlags: readonly FlagSpec[] = [
  {
    name: 'output',
    short: 'o',
    type: 'string',
    usage: 'Output format: json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file',
  },
  { name: 'allow-missing-template-keys', type: 'bool', default: 'true', usage: 'Ignore missing fields and map keys in templates' },
  { name: 'show-managed-fields', type: 'bool', default: 'false', usage: 'Keep managedFields when printing objects in JSON or YAML' },
  { name: 'template', type: 'string', usage: 'Template string or path to template file to use with -o=go-template and its kin' },
]

const plainFormats = [
  'go-template',
  'go-template-file',
  'json',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'kyaml',
  'name',
  'template',
  'templatefile',
  'yaml',
]
const getFormats = ['custom-columns', 'custom-columns-file', ...plainFormats.slice(0, 8), ...plainFormats.slice(8, 10), 'wide', 'yaml']

/** As usage lines name them, which is not as errors do. */
export const plainUsage = 'json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file'
export const getUsage = `${plainUsage}|custom-columns|custom-columns-file|wide`

export interface Format {
  readonly name: string
  readonly argument: string
}

/** "jsonpath={.x}" apart; --template given alone means go-template. */
export function formatOf({ flags }: Invocation): Format {
  const output = flags.string('output')
  const template = flags.has('template') ? flags.string('template') : ''
  if (output === '' && template !== '') return { name: 'go-template', argument: template }
  const equals = output.indexOf('=')
  if (equals < 0) return { name: output, argument: template }
  return { name: output.slice(0, equals), argument: output.slice(equals + 1) }
}

/** Undefined for no format, "wide" and custom columns, which are the caller's. */
export async function printerOf(
  invocation: Invocation,
  allowed: 'plain' | 'get' = 'plain',
  { typed = false }: { /** What upstream holds as structs is printed in their order. */ readonly typed?: boolean } = {},
): Promise<PrintObject | undefined> {
  const { name, argument } = formatOf(invocation)
  if (name === '' || (allowed === 'get' && (name === 'wide' || name.startsWith('custom-columns')))) return undefined
  const { flags, io } = invocation
  const fromFile = (): string => {
    try {
      return readFileSync(resolve(io.cwd, argument), 'utf8')
    } catch {
      throw new CommandError(`error: error reading --template ${argument}, open ${argument}: no such file or directory`)
    }
  }
  const clean = (object: any): any => (flags.has('show-managed-fields') && flags.bool('show-managed-fields') ? object : withoutManagedFields(object))
  switch (name) {
    case 'json': {
      const toJson = typed ? (await import('./typed-json.ts')).toTypedJson : (await import('./json.ts')).toJson
      return (object) => `${toJson(clean(object))}\n`
    }
    case 'yaml': {
      const { toYaml } = await import('./yaml.ts')
      let count = 0
      return (object) => `${count++ === 0 ? '' : '---\n'}${toYaml(clean(object))}`
    }
    case 'kyaml': {
      const { toKyaml } = await import('./kyaml.ts')
      if (!typed) return (object) => toKyaml(clean(object))
      const { inTypedOrder } = await import('./typed-json.ts')
      return (object) => {
        const ordered = inTypedOrder(clean(object))
        return toKyaml(ordered ?? clean(object), { ordered: ordered !== undefined })
      }
    }
    case 'name':
      return (object) => (isList(object) ? object.items.map((item: any) => `${kindName(item)}\n`).join('') : `${kindName(object)}\n`)
    case 'jsonpath':
    case 'jsonpath-file':
    case 'jsonpath-as-json':
      return jsonPathPrinter(invocation, name, name === 'jsonpath-file' ? fromFile() : argument)
    case 'go-template':
    case 'template':
      return templatePrinter(invocation, argument)
    case 'go-template-file':
    case 'templatefile':
      return templatePrinter(invocation, fromFile())
  }
  const list = allowed === 'get' ? getFormats : plainFormats
  throw new CommandError(`error: unable to match a printer suitable for the output format ${JSON.stringify(name)}, allowed formats are: ${list.join(',')}`)
}

async function jsonPathPrinter({ flags }: Invocation, name: string, template: string): Promise<PrintObject> {
  if (template === '') throw new CommandError('error: template format specified but no template given')
  const { compileJsonPath } = await import('../jsonpath/evaluate.ts')
  const [{ toJson }, { goSyntax }] = await Promise.all([import('./json.ts'), import('#apimachinery/go-text.ts')])
  const allowMissingKeys = !flags.has('allow-missing-template-keys') || flags.bool('allow-missing-template-keys')
  let path: ReturnType<typeof compileJsonPath>
  try {
    path = compileJsonPath(template, { allowMissingKeys })
  } catch (error) {
    throw new CommandError(`error: error parsing jsonpath ${template}, ${(error as Error).message}`)
  }
  return (object) => {
    try {
      return name === 'jsonpath-as-json' ? `${toJson(path.find(object).flat())}\n` : path.print(object)
    } catch (error) {
      throw new CommandError(
        `error: error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${(error as Error).message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
      )
    }
  }
}

async function templatePrinter({ flags, out }: Invocation, template: string): Promise<PrintObject> {
  if (template === '') throw new CommandError('error: template format specified but no template given')
  const { compileTemplate } = await import('./go-template.ts')
  const allowMissingKeys = !flags.has('allow-missing-template-keys') || flags.bool('allow-missing-template-keys')
  return compileTemplate(template, { allowMissingKeys, print: out })
}

const isList = (object: any): boolean => Array.isArray(object?.items) && String(object.kind ?? '').endsWith('List')

export function withoutManagedFields(object: any): any {
  if (Array.isArray(object?.items)) return { ...object, items: object.items.map(withoutManagedFields) }
  if (!object?.metadata?.managedFields) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
