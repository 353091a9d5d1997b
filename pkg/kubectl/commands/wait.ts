/** kubectl wait: for a condition, a value, creation or deletion. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { resourcePath } from '#client/paths.ts'
import { CommandError, throwGathered } from '../errors.ts'
import { compileJsonPath, printed, relaxedPath } from '../jsonpath/evaluate.ts'
import { outputFlags } from '../printers/index.ts'
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, type Item, localFlag, selectorFlag } from '../resources/types.ts'
import { nothingGiven } from '../resources/args.ts'
import { hasFiles, visit } from '../resources/visit.ts'
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
  if (args.length === 0 && !hasFiles(invocation)) throw nothingGiven()
  const timeout = flags.duration('timeout')
  const deadline = invocation.now() + (timeout < 0 ? 7 * 24 * 3_600_000 : timeout)
  const print = await outcomePrinter(invocation)
  if (checks.includes('create')) await untilCreated(invocation, deadline)
  let items: Item[]
  try {
    items = await visit(invocation)
  } catch (error) {
    if (checks.includes('delete') && isNotFound(error)) return
    throw error
  }
  if (items.length === 0) {
    if (checks.includes('delete')) return
    throw new CommandError('error: no matching resources found')
  }
  const errors: unknown[] = []
  for (const [index, item] of items.entries()) {
    try {
      // The time is shared: once it is over, nothing more is looked at.
      if (index > 0 && timeout > 0 && invocation.now() >= deadline) throw timedOut(invocation, item)
      for (const check of checks) {
        print(check === 'create' ? item.object : await until(invocation, item, check === 'delete' ? undefined : check, deadline), 'condition met')
      }
    } catch (error) {
      errors.push(error)
    }
  }
  throwGathered(errors)
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
    const [, expression = '', value] = /^jsonpath=(\{.*?\}|[^={]+)(?:=(.*))?$/s.exec(wanted) ?? []
    if (expression === '')
      throw new CommandError("error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'")
    if (value === '') throw new CommandError("error: jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3")
    const path = compileJsonPath(expression.startsWith('{') ? expression : relaxedPath(expression), { allowMissingKeys: true })
    return (object) => {
      const found = path.find(object)[0] ?? []
      if (value === undefined) return found.length > 0
      if (found.length > 1) throw new CommandError('error: given jsonpath expression matches more than one value')
      if (found.length === 1 && typeof found[0] === 'object' && found[0] !== null)
        throw new CommandError('error: jsonpath leads to a nested object or list which is not supported')
      return found.length === 1 && printed(found[0]) === value.replace(/^"(.*)"$/, '$1')
    }
  }
  throw new CommandError(`error: unrecognized condition: ${JSON.stringify(wanted)}`)
}

function timedOut({ flags }: Invocation, { resource, name }: Item): Error {
  return new Error(`${flags.duration('timeout') === 0 ? 'condition not met for' : 'timed out waiting for the condition on'} ${resource.plural}/${name}`)
}

async function until(invocation: Invocation, item: Item, check: Check | undefined, deadline: number): Promise<any> {
  const path = resourcePath(item.resource, { namespace: item.namespace, name: item.name })
  let object = item.object
  for (let waitMs = 50; ; waitMs = Math.min(1000, waitMs * 1.5)) {
    if (check?.(object)) return object
    if (invocation.now() >= deadline) throw timedOut(invocation, item)
    await pause(invocation, Math.min(waitMs, Math.max(1, deadline - invocation.now())))
    try {
      object = await invocation.session.json({ method: 'GET', path })
      if (!check && object.metadata.uid !== item.object.metadata.uid) return item.object
    } catch (error) {
      if (isNotFound(error) && !check) return item.object
      throw error
    }
  }
}

async function untilCreated(invocation: Invocation, deadline: number): Promise<Item[]> {
  for (;;) {
    try {
      const items = await visit(invocation)
      if (items.length > 0) return items
    } catch (error) {
      if (!isNotFound(error)) throw error
      if (invocation.now() >= deadline) throw new CommandError('error: timed out waiting for the condition')
    }
    if (invocation.now() >= deadline) throw new CommandError('error: timed out waiting for the condition')
    await pause(invocation, 200)
  }
}
