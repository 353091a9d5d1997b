/** `helm test` */
import { withContext } from '../actions/context.ts'
import { FailedHooks, startHooks } from '../actions/hooks.ts'
import type { ActionContext } from '../actions/types.ts'
import { releaseText } from '../output/release.ts'
import { isValidReleaseName } from '../release/name.ts'
import type { Release } from '../release/release.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { timeoutFlag } from './chart-flags.ts'

interface Filters {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

function filtersOf(given: readonly string[]): Filters {
  const values = (prefix: RegExp): string[] => given.filter((each) => prefix.test(each)).map((each) => each.replace(prefix, ''))
  return { include: values(/^name=/), exclude: values(/^!\s?name=/) }
}

const isChosen = (name: string, { include, exclude }: Filters): boolean => !exclude.includes(name) && (include.length === 0 || include.includes(name))

async function podLogs(invocation: Invocation, context: ActionContext, release: Release, filters: Filters): Promise<void> {
  const client = await context.cluster.client()
  const hooks = release.hooks.filter(({ events, name }) => events.includes('test') && isChosen(name, filters)).toSorted((a, b) => a.weight - b.weight)
  for (const { name } of hooks) {
    const path = `/api/v1/namespaces/${context.namespace}/pods/${name}`
    const response = await client.request({ method: 'GET', path })
    const pod = JSON.parse(await response.text())
    if (response.status >= 400) throw new CommandError(`unable to get pod ${name}: ${pod.message}`)
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      const logs = await client.request({ method: 'GET', path: `${path}/log?container=${container.name}` })
      if (logs.status < 400) invocation.out(`POD LOGS: ${name} (${container.name})\n${await logs.text()}\n`)
      else invocation.log('WARN', `unable to get logs for pod ${name}, container ${container.name}`)
    }
  }
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, out } = invocation
  const filters = filtersOf(flags.list('filter'))
  await withContext(invocation, async (context) => {
    await context.cluster.reachable()
    const [name] = args as [string]
    if (!isValidReleaseName(name)) throw new CommandError(`releaseTest: Release name is invalid: ${name}`)
    const release = await context.storage.last(name)
    const everyHook = release.hooks
    release.hooks = everyHook.filter((hook) => isChosen(hook.name, filters))
    const skipped = everyHook.filter((hook) => !isChosen(hook.name, filters))
    const wait = { strategy: 'watcher' as const, timeoutMs: flags.duration('timeout'), jobs: false }
    let failure: Error | undefined
    let finish: (() => Promise<void>) | undefined
    try {
      finish = await startHooks(context, release, 'test', { wait, serverSide: release.applyMethod === 'ssa' })
    } catch (error) {
      failure = error as Error
      if (error instanceof FailedHooks) finish = error.finish
    }
    release.hooks = [...skipped, ...release.hooks]
    await context.storage.update(release)
    out(releaseText(release, { debug: invocation.settings.debug, hideNotes: true, paint: invocation.paint }))
    if (flags.bool('logs')) {
      out('\n')
      await podLogs(invocation, context, release, filters)
    }
    await finish?.()
    if (failure) throw failure
  })
}

export const test: Command = {
  usage: '[RELEASE] [flags]',
  about: 'Runs the tests of a release: its hooks for "test".',
  arguments: { min: 1, max: 1 },
  flags: [
    timeoutFlag,
    { name: 'logs', type: 'bool', default: 'false', usage: 'print the logs of the test pods, before they are removed' },
    { name: 'filter', type: 'stringSlice', usage: 'tests to run, as name=test, or to leave out, as !name=test' },
  ],
  run,
}
