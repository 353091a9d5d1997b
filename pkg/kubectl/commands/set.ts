/** kubectl set: image, env, resources, serviceaccount, selector. */
import { CommandError, usageError } from '../errors.ts'
import type { FlagSpec } from '../flags/types.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, localFlag, selectorFlag } from '../resources/types.ts'
import { visit } from '../resources/visit.ts'
import { changeObject, dryRunOf, outcomePrinter } from '../resources/write.ts'
import type { Command, CommandEntry, Invocation } from '../types.ts'

const common: readonly FlagSpec[] = [
  ...outputFlags,
  ...fileFlags('identifying the resource to change'),
  selectorFlag,
  dryRunFlag,
  localFlag,
  fieldManagerFlag('kubectl-set'),
  { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources, in the namespace of the specified resource types' },
]

const containersFlag: FlagSpec = { name: 'containers', short: 'c', type: 'string', default: '*', usage: 'Names of containers to change; may use wildcards' }

/** The pod spec inside a workload. */
function podSpecOf(object: any): any {
  return object.kind === 'Pod' ? object.spec : object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec?.template?.spec
}

function changing(
  name: string,
  summary: string,
  past: string,
  flags: readonly FlagSpec[],
  change: (copy: any, values: readonly string[], invocation: Invocation) => void,
  needsValues = true,
): CommandEntry {
  const isValue = (arg: string): boolean => arg.includes('=') || (name === 'env' && arg.endsWith('-'))
  const command: Command = {
    summary: `${summary}.`,
    usage: '(-f FILENAME | TYPE NAME) ...',
    flags: [...common, ...flags],
    async run(invocation) {
      const { args, path } = invocation
      const trailing = name === 'serviceaccount' || name === 'selector'
      const values = trailing ? args.slice(-1) : args.filter(isValue)
      const resources = trailing ? args.slice(0, -1) : args.filter((arg) => !isValue(arg))
      if (needsValues && values.length === 0)
        throw usageError(path, name === 'image' ? 'at least one image update is required' : 'at least one value is required')
      const dryRun = dryRunOf(invocation)
      const print = await outcomePrinter(invocation)
      const local = invocation.flags.bool('local')
      for (const item of await visit(invocation, { args: resources, allowList: invocation.flags.bool('all'), local })) {
        const changed = await changeObject(invocation, item, (copy) => change(copy, values, invocation), { dryRun, local })
        if (changed) print(changed, past)
      }
    },
  }
  return { name, summary, load: async () => command }
}

function containersOf(spec: any, pattern: string): any[] {
  const expression = new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(({ name }: any) => expression.test(name))
}

function specFor(copy: any): any {
  const spec = podSpecOf(copy)
  if (!spec) throw new CommandError(`error: ${copy.kind} does not have a pod template`)
  return spec
}

export const command: Command = {
  summary: 'Configure application resources.',
  subcommands: [
    changing(
      'env',
      'Update environment variables on a pod template',
      'env updated',
      [
        containersFlag,
        { name: 'env', short: 'e', type: 'stringArray', usage: 'Environment variables to set' },
        { name: 'overwrite', type: 'bool', default: 'true', usage: 'Allow values to be overwritten' },
      ],
      (copy, values, { flags }) => {
        for (const container of containersOf(specFor(copy), flags.string('containers'))) {
          for (const value of [...values, ...flags.list('env')]) {
            const removing = !value.includes('=')
            const name = removing ? value.slice(0, -1) : value.slice(0, value.indexOf('='))
            const env: any[] = (container.env ?? []).filter((each: any) => !removing || each.name !== name)
            const known = env.find((each) => each.name === name)
            if (known) {
              known.value = value.slice(name.length + 1)
              delete known.valueFrom
            } else if (!removing) env.push({ name, value: value.slice(name.length + 1) })
            container.env = env
            if (env.length === 0) delete container.env
          }
        }
      },
      false,
    ),
    changing('image', 'Update the image of a pod template', 'image updated', [], (copy, values) => {
      const spec = specFor(copy)
      for (const value of values) {
        const name = value.slice(0, value.indexOf('='))
        const found = containersOf(spec, name)
        if (found.length === 0) throw new CommandError(`error: unable to find container named ${JSON.stringify(name)}`)
        for (const container of found) container.image = value.slice(name.length + 1)
      }
    }),
    changing(
      'resources',
      'Update resource requests/limits on objects with pod templates',
      'resource requirements updated',
      [
        containersFlag,
        { name: 'limits', type: 'string', usage: "Limits, like 'cpu=100m,memory=256Mi'" },
        { name: 'requests', type: 'string', usage: "Requests, like 'cpu=100m,memory=256Mi'" },
      ],
      (copy, _, { flags }) => {
        const read = (text: string): Record<string, string> =>
          Object.fromEntries(
            text
              .split(',')
              .filter(Boolean)
              .map((pair) => pair.split('=') as [string, string]),
          )
        if (flags.string('limits') === '' && flags.string('requests') === '')
          throw new CommandError('error: you must specify an update to requests or limits (in the form of --requests/--limits)')
        for (const container of containersOf(specFor(copy), flags.string('containers'))) {
          container.resources ??= {}
          for (const kind of ['limits', 'requests'] as const)
            if (flags.string(kind) !== '') container.resources[kind] = { ...container.resources[kind], ...read(flags.string(kind)) }
        }
      },
      false,
    ),
    changing('serviceaccount', 'Update the service account of a resource', 'serviceaccount updated', [], (copy, [name]) => {
      Object.assign(specFor(copy), { serviceAccountName: name, serviceAccount: name })
    }),
    changing('selector', 'Set the selector on a resource', 'selector updated', [], (copy, [text = '']) => {
      if (copy.kind !== 'Service') throw new CommandError(`error: setting a selector is only supported for Services`)
      copy.spec.selector = Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]))
    }),
  ],
}
