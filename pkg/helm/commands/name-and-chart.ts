/** The name of a release and its chart, out of the arguments and --generate-name or --name-template. */
import { basename } from 'node:path'
import { TemplateSet } from '#template/template-set.ts'
import { sprigFunctions } from '#template/sprig/index.ts'
import { CommandError, type Invocation } from '../types.ts'

export function nameAndChart({ args, flags }: Invocation, preset = ''): { name: string; reference: string } {
  if (args.length > 2) throw new CommandError(`expected at most two arguments, unexpected arguments: ${args.slice(2).join(', ')}`)
  const template = flags.string('name-template')
  if (args.length === 2) {
    if (flags.bool('generate-name')) throw new CommandError('cannot set --generate-name and also specify a name')
    if (template !== '') throw new CommandError('cannot set --name-template and also specify a name')
    return { name: args[0]!, reference: args[1]! }
  }
  const reference = args[0]!
  if (template !== '') return { name: nameFrom(template), reference }
  if (preset !== '') return { name: preset, reference }
  if (!flags.bool('generate-name')) throw new CommandError('must either provide a name or specify --generate-name')
  const base = (basename(reference) || 'chart').split('.')[0] || 'chart'
  return { name: `${base}-${Math.floor(Date.now() / 1000)}`, reference }
}

export function nameFrom(template: string): string {
  const set = new TemplateSet({ functions: sprigFunctions() })
  set.parse('name-template', template)
  return set.execute('name-template', undefined)
}
