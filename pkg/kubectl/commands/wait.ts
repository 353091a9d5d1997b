/** kubectl wait: for a condition, a value, creation or deletion. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered } from '../errors.ts'
import { compileJsonPath, printed, relaxedPath } from '../jsonpath/evaluate.ts'
import { outputFlags } from '../printers/index.ts'
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, type Item, localFlag, selectorFlag } from '../resources/types.ts'
import { localNeedsFiles, nothingGiven } from '../resources/args.ts'
import { objectChanges } from '../resources/object-changes.ts'
import { hasFiles, visit, visitInTurn } from '../resources/visit.ts'
import { pause } from '../resources/wait-gone.ts'
import { outcomePrinter } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'

type Check = (object: any) => boolean

export const command: Command = {
  summary: 'Wait for a specific condition on one or many resources.',
  usage:
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  examples: ['kubectl wait --for=condition=Ready pod/busybox1', 'kubectl wait --for=delete pod/busybox1 --timeout=60s'],
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource.').flatMap((flag) =>
      flag.name === 'kustomize' ? [] : [flag.name === 'recursive' ? { ...flag, default: 'true' } : flag],
    ),
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    localFlag,
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types' },
    { name: 'for', type: 'stringArray', usage: "The condition to wait on: [create|delete|condition=NAME[=VALUE]|jsonpath='{EXPRESSION}'[=VALUE]]" },
    { name: 'timeout', type: 'duration', default: '30s', usage: 'How long to wait; zero checks once, negative waits a week' },
  ],
  whenInterrupted: () => 'fails',
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation
  const wanted = flags.list('for')
  if (wanted.length === 0) throw new CommandError('error: unrecognized condition: []')
  const checks = wanted.map(checkOf)
  if (flags.bool('local') && args.length > 0) throw new CommandError(`error: ${localNeedsFiles}`)
  if (args.length === 0 && !hasFiles(invocation)) throw nothingGiven()
  const timeout = flags.duration('timeout')
  const deadline = invocation.now() + (timeout < 0 ? 7 * 24 * 3_600_000 : timeout)
  const print = await outcomePrinter(invocation)
  if (checks.includes('create')) await untilCreated(invocation, deadline)
  const untilDeleted = checks.includes('delete')
  const errors: unknown[] = []
  let count = 0
  const gather = (error: unknown): void => {
    if (!untilDeleted || !isNotFound(error)) errors.push(error)
  }
  for await (const item of visitInTurn(invocation, { onError: gather })) {
    count++
    try {
      // The time is shared: once it is over, nothing more is looked at.
      if (count > 1 && timeout > 0 && invocation.now() >= deadline) throw timedOut(invocation, item)
      for (const check of checks) {
        print(check === 'create' ? item.object : await until(invocation, item, check === 'delete' ? undefined : check, deadline), 'condition met')
      }
    } catch (error) {
      gather(error)
    }
  }
  throwGathered(errors)
  if (count === 0 && !untilDeleted) throw new CommandError('error: no matching resources found')
}

function checkOf(wanted: string): Check | 'create' | 'delete' {
  const word = wanted.toLowerCase()
  if (word === 'create' || word === 'delete') return word
  if (wanted.startsWith('condition=')) {
    const [, name = '', value = 'true'] = /^condition=([^=]*)(?:=(.*))?$/.exec(wanted) ?? []
    return (object) =>
      (object.status?.conditions ?? []).some(
        (each: any) =>
          String(each.type).toLowerCase() === name.toLowerCase() &&
          String(each.status).toLowerCase() === value.toLowerCase() &&
          !(object.status?.observedGeneration !== undefined && object.status.observedGeneration < (object.metadata?.generation ?? 0)),
      )
  }
  if (wanted.startsWith('jsonpath=')) {
    const [expression = '', value, ...more] = splitAtEquals(wanted.slice('jsonpath='.length))
    if (more.length > 0)
      throw new CommandError("error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'")
    const relaxed = relaxedPath(expression)
    const bare = value?.replace(/^['"]+|['"]+$/g, '')
    if (bare === '') throw new CommandError("error: jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3")
    if (expression === '') throw new CommandError('error: jsonpath expression cannot be empty')
    const path = compileJsonPath(relaxed, { allowMissingKeys: true })
    return (object) => {
      const found = path.find(object)[0] ?? []
      if (bare === undefined) return found.length > 0
      if (found.length > 1) throw new CommandError('error: given jsonpath expression matches more than one value')
      if (found.length === 1 && typeof found[0] === 'object' && found[0] !== null)
        throw new CommandError('error: jsonpath leads to a nested object or list which is not supported')
      return found.length === 1 && printed(found[0]) === bare
    }
  }
  throw new CommandError(`error: unrecognized condition: ${JSON.stringify(wanted)}`)
}

/** At each single "=": two of them are part of a filter. */
const splitAtEquals = (text: string): string[] =>
  text
    .replaceAll('==', '\0')
    .split('=')
    .map((part) => part.replaceAll('\0', '=='))

function timedOut({ flags }: Invocation, { resource, name }: Item): Error {
  return new Error(`${flags.duration('timeout') === 0 ? 'condition not met for' : 'timed out waiting for the condition on'} ${resource.plural}/${name}`)
}

/** Without a check, until it is gone. */
async function until(invocation: Invocation, item: Item, check: Check | undefined, deadline: number): Promise<any> {
  const { uid } = item.object.metadata
  if (invocation.flags.duration('timeout') === 0) {
    if (check?.(item.object)) return item.object
    throw timedOut(invocation, item)
  }
  for await (const object of objectChanges(invocation, item, deadline)) {
    if (check && object && check(object)) return object
    if (!check && object?.metadata.uid !== uid) return item.object
  }
  throw timedOut(invocation, item)
}

/** One that is missing is waited for; that several are is told at once, as upstream does. */
async function untilCreated(invocation: Invocation, deadline: number): Promise<void> {
  for (;;) {
    const errors: unknown[] = []
    const { length } = await visit(invocation, { onError: (error) => errors.push(error) })
    if (errors.length > 1 || errors.some((error) => !isNotFound(error))) throwGathered(errors)
    if (length > 0 && errors.length === 0) return
    if (invocation.now() >= deadline) throw new CommandError('error: timed out waiting for the condition')
    await pause(invocation, 200)
  }
}
