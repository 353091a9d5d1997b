/** kubectl set env: variables of containers, from the line, from stdin, from ConfigMaps and Secrets; --list, --resolve. */
import { isEnvVarName } from '#apimachinery/names.ts'
import { CommandError } from '../../errors.ts'
import { readAll } from '../../resources/files.ts'
import { visit } from '../../resources/visit.ts'
import { escapeTerminal } from '../../printers/terminal.ts'
import { warningLine } from '../../warnings.ts'
import type { Item } from '../../resources/types.ts'
import type { Command, Invocation } from '../../types.ts'
import { applyChange, containersFlag, containersOf, podSpecOf, resourcesAndPairs, setFlags, setItems } from './change.ts'
import { referenceText, referenceValues } from './env-references.ts'

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: any
}

export const command: Command = {
  summary: 'Update environment variables on a pod template.',
  usage: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  examples: ['kubectl set env deployment/registry STORAGE_DIR=/local', 'kubectl set env deployment/sample-build --list', 'kubectl set env pods --all --list'],
  flags: [
    ...setFlags,
    containersFlag,
    { name: 'env', short: 'e', type: 'stringArray', usage: 'A key=value pair of an environment variable to set' },
    { name: 'from', type: 'string', usage: 'The resource from which to take environment variables' },
    { name: 'keys', type: 'stringSlice', usage: 'Only these keys of what --from names' },
    { name: 'list', type: 'bool', default: 'false', usage: 'Display the environment instead of changing it' },
    { name: 'overwrite', type: 'bool', default: 'true', usage: 'Allow values to be overwritten' },
    { name: 'prefix', type: 'string', usage: 'Put before the names of all variables' },
    { name: 'resolve', type: 'bool', default: 'false', usage: 'With --list, show the values that references lead to' },
  ],
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation
  const { resources, pairs } = resourcesAndPairs(args, (arg) => /^.+=.*$/s.test(arg) || arg.endsWith('-'), 'environment variable')
  // Upstream looks for -f alone.
  if (resources.length === 0 && flags.list('filename').length === 0)
    throw new CommandError('error: one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (flags.bool('list') && flags.string('output') !== '') throw new CommandError('error: --list and --output may not be specified together')
  if (flags.list('keys').length > 0 && flags.string('from') === '')
    throw new CommandError('error: when specifying --keys, a configmap or secret must be provided with --from')
  const { set, remove } = await parsed(invocation, [...flags.list('env'), ...pairs])
  if (flags.string('from') !== '') set.push(...(await fromResource(invocation)))
  const prefix = flags.string('prefix')
  const variables = set.map((each) => ({ ...each, name: prefix + each.name }))
  const items = await setItems(invocation, resources)
  if (flags.bool('list')) return listAll(invocation, items, variables, remove)
  await applyChange(invocation, items, {
    past: 'env updated',
    refused: 'failed to patch env update to pod template:',
    change(copy, item) {
      const containers = containersOf(podSpecOf(copy, item), flags.string('containers'))
      if (containers.length === 0) warnNone(invocation, item)
      for (const container of containers) {
        if (!flags.bool('overwrite')) refuseOverwrites(container.env ?? [], variables)
        container.env = updated(container.env ?? [], variables, remove)
        if (container.env.length === 0) delete container.env
      }
    },
  })
}

function warnNone({ flags, err, io }: Invocation, { object, name }: Item): void {
  err(warningLine(`${object.kind}/${name} does not have any containers matching ${JSON.stringify(flags.string('containers'))}`, io))
}

async function parsed({ io }: Invocation, words: readonly string[]): Promise<{ set: Variable[]; remove: string[] }> {
  const set: Variable[] = []
  const remove: string[] = []
  for (const word of words) {
    const at = word.indexOf('=')
    if (word === '-') set.push(...fileVariables(await readAll(io.stdin)))
    else if (at >= 0) {
      const name = word.slice(0, at)
      const problems = isEnvVarName(name)
      if (problems.length > 0) throw new CommandError(`error: ${JSON.stringify(name)} is not a valid key name: ${problems.join(';')}`)
      set.push({ name, value: word.slice(at + 1) })
    } else if (word.endsWith('-')) remove.push(word.slice(0, -1))
    else throw new CommandError(`error: unknown environment variable: ${word}`)
  }
  if (remove.some((name) => set.some((each) => each.name === name && words.includes(`${name}=${each.value}`))))
    throw new CommandError('error: can not both modify and remove the same environment variable in the same command')
  return { set, remove }
}

function fileVariables(text: string): Variable[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, ''))
    .filter((line) => line.includes('='))
    .map((line) => ({ name: line.slice(0, line.indexOf('=')), value: line.slice(line.indexOf('=') + 1) }))
}

async function fromResource(invocation: Invocation): Promise<Variable[]> {
  const { flags, err, io } = invocation
  const keys = flags.list('keys')
  const found: Variable[] = []
  for (const { object, name } of await visit(invocation, { args: [flags.string('from')], local: flags.bool('local') })) {
    const source = { ConfigMap: 'configMapKeyRef', Secret: 'secretKeyRef' }[object.kind as string]
    if (!source) throw new CommandError('error: unsupported resource specified in --from')
    for (const key of Object.keys(object.data ?? {}).sort()) {
      if (keys.length > 0 && !keys.includes(key)) continue
      const variable = key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase()
      if (variable !== key) err(warningLine(`key ${key} transferred to ${variable}`, io))
      found.push({ name: variable, valueFrom: { [source]: { key, name } } })
    }
  }
  return found
}

/** What was there keeps its place; what is new comes after it. */
function updated(existing: readonly Variable[], variables: readonly Variable[], remove: readonly string[]): Variable[] {
  const covered = new Set(remove)
  const out: Variable[] = []
  for (const each of existing) {
    if (covered.has(each.name)) continue
    const newer = variables.find(({ name }) => name === each.name)
    if (newer) covered.add(each.name)
    out.push(newer ?? each)
  }
  for (const each of variables) {
    if (covered.has(each.name)) continue
    covered.add(each.name)
    out.push(each)
  }
  return out
}

function refuseOverwrites(existing: readonly Variable[], variables: readonly Variable[]): void {
  for (const { name } of variables) {
    const known = existing.find((each) => each.name === name)
    if (known) throw new Error(`'${name}' already has a value (${known.value ?? ''}), and --overwrite is false`)
  }
}

async function listAll(invocation: Invocation, items: readonly Item[], variables: readonly Variable[], remove: readonly string[]): Promise<void> {
  const { flags, out, err } = invocation
  const resolve = flags.bool('resolve') ? referenceValues(invocation) : undefined
  for (const item of items) {
    let containers: any[]
    try {
      containers = containersOf(podSpecOf(item.object, item), flags.string('containers'))
    } catch {
      continue
    }
    if (containers.length === 0) warnNone(invocation, item)
    for (const container of containers) {
      out(`# ${item.object.kind} ${item.name}, container ${container.name}\n`)
      const failures = new Map<string, string[]>()
      for (const { name, value = '', valueFrom } of updated(container.env ?? [], variables, remove)) {
        if (!valueFrom) {
          out(`${name}=${escapeTerminal(value)}\n`)
          continue
        }
        try {
          if (resolve) {
            out(`${name}=${escapeTerminal(String(await resolve(valueFrom, item.object, container)))}\n`)
            continue
          }
        } catch (error) {
          const { message } = error as Error
          failures.set(message, [...(failures.get(message) ?? []), name])
        }
        out(`# ${name} from ${referenceText(valueFrom)}\n`)
      }
      const told = [...failures].map(([message, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${message}\n`)
      for (const line of told.sort()) err(line)
    }
  }
}
