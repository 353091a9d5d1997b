/** kubectl diff: what apply would change, shown by an outside diff. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cloneJson } from '#apimachinery/json-value.ts'
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { apiVersionOf, parseApiVersion } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, usageError } from '../errors.ts'
import { withoutManagedFields } from '../printers/index.ts'
import { toYaml } from '../printers/yaml.ts'
import { fieldManagerFlag, fileFlags, type Item, selectorFlag } from '../resources/types.ts'
import { getItem, hasFiles, manifestItems } from '../resources/visit.ts'
import { createObject, patchObject, lastApplied } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { threeWay, warnIfDeleting } from './apply/live.ts'
import { allowedKinds, eachPrunable, prunedKinds } from './apply/prune.ts'

export const command: Command = {
  summary: 'Diff configurations specified by file name or stdin between the current online configuration, and the configuration as it would be if applied.',
  usage: '-f FILENAME',
  examples: ['kubectl diff -f pod.json', 'cat service.yaml | kubectl diff -f -'],
  flags: [
    ...fileFlags('contains the configuration to diff'),
    selectorFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    { name: 'concurrency', type: 'int', default: '1', usage: 'Number of objects to process in parallel' },
    { name: 'force-conflicts', type: 'bool', default: 'false', usage: 'With --server-side: take over fields that others own' },
    { name: 'prune', type: 'bool', default: 'false', usage: 'Include resources that would be deleted by pruning' },
    { name: 'prune-allowlist', type: 'stringArray', usage: 'Kinds to prune instead of the default ones' },
    { name: 'server-side', type: 'bool', default: 'false', usage: 'Apply runs in the server instead of the client' },
    { name: 'show-managed-fields', type: 'bool', default: 'false', usage: 'Keep managedFields in the comparison' },
    { name: 'show-secrets', type: 'bool', default: 'false', usage: 'Show the values of secrets' },
  ],
  // 0: nothing differs, 1: something does, 2: it failed.
  failureCode: 2,
  // Or else what was compared, secrets among it, would stay in the folders of both states.
  whenInterrupted: () => 'dies',
  run,
}

async function run(invocation: Invocation): Promise<number> {
  const { args, flags, path, io, signal } = invocation
  if (args.length > 0) throw usageError(path, `Unexpected args: [${args.join(' ')}]`)
  if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) throw new CommandError('error: --force-conflicts only works with --server-side')
  if (flags.bool('prune')) allowedKinds(await invocation.session.catalog(), invocation)
  const selector = parseLabelSelector(flags.string('selector'))
  const items = (await manifestItems(invocation)).filter(({ object }) => selector.matches(object.metadata?.labels))
  const within = io.env.TMPDIR || tmpdir()
  const folders = { live: mkdtempSync(join(within, 'LIVE-')), merged: mkdtempSync(join(within, 'MERGED-')) }
  try {
    const found: any[] = []
    for (const item of items) {
      const { live, merged } = await twoStates(invocation, item)
      write(invocation, folders, item, live, merged)
      if (live) found.push(live)
      warnIfDeleting(invocation, live)
    }
    if (flags.bool('prune')) await writePruned(invocation, folders.live, items, found)
    return await outsideDiff(io, signal, folders.live, folders.merged)
  } finally {
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true })
  }
}

/** What apply --prune would delete is in the live folder alone. A failure is told of, and what was found before it is shown. */
async function writePruned(invocation: Invocation, folder: string, items: readonly Item[], kept: readonly any[]): Promise<void> {
  const namespaces = new Set(items.flatMap(({ namespace }) => namespace ?? []))
  const kinds = await prunedKinds(invocation, true)
  try {
    await eachPrunable(invocation, { kinds, namespaces, kept }, (item) => {
      // The kinds that a list answers with stand at the list alone.
      const object = { apiVersion: apiVersionOf(item.resource), kind: item.resource.kind, ...item.object }
      writeFileSync(join(folder, fileOf(item, object)), toYaml(hidesSecrets(invocation, item) ? masked(undefined, object)[1] : object), { mode: 0o600 })
    })
  } catch (error) {
    const told = (error as Error).message.replace(/^error: /, '')
    invocation.err(`W0000 00:00:00.000000       0 diff.go:760] pruning failed and could not be evaluated err: ${told}\n`)
  }
}

async function twoStates(invocation: Invocation, item: Item): Promise<{ live: any; merged: any }> {
  const { flags } = invocation
  let live: any
  try {
    live = (await getItem(invocation, item.resource, item.namespace, item.name)).object
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  if (flags.bool('server-side')) {
    const fieldManager = flags.changed('field-manager') ? flags.string('field-manager') : 'kubectl'
    return { live, merged: await patchObject(invocation, item, 'apply', item.object, { dryRun: 'server', fieldManager, force: flags.bool('force-conflicts') }) }
  }
  const modified = withoutLastApplied(item.object)
  if (!live) return { live, merged: await createObject(invocation, item, { dryRun: 'server' }) }
  const { type, patch } = await threeWay(live, modified)
  return { live, merged: Object.keys(patch).length === 0 ? live : await patchObject(invocation, item, type, patch, { dryRun: 'server' }) }
}

/** What is compared is what the user wrote: the annotation itself stays as it is. */
function withoutLastApplied(object: any): any {
  const copy = cloneJson(object)
  const { [lastApplied]: _, ...annotations } = copy.metadata?.annotations ?? {}
  copy.metadata = { ...copy.metadata, annotations }
  return copy
}

function write(invocation: Invocation, folders: { live: string; merged: string }, item: Item, before: any, after: any): void {
  const shown = (object: any): any => (invocation.flags.bool('show-managed-fields') ? object : withoutManagedFields(object))
  const [live, merged] = hidesSecrets(invocation, item) ? masked(before, after) : [before, after]
  const file = fileOf(item, after)
  writeFileSync(join(folders.live, file), live ? toYaml(shown(live)) : hidesSecrets(invocation, item) ? 'null\n' : '', { mode: 0o600 })
  writeFileSync(join(folders.merged, file), toYaml(shown(merged)), { mode: 0o600 })
}

function fileOf({ namespace, name }: Item, { apiVersion, kind }: any): string {
  const { group, version } = parseApiVersion(apiVersion)
  return `${group ? `${group}.` : ''}${version}.${kind}.${namespace ?? ''}.${name}`.replace(/[/\\]/g, '_')
}

function hidesSecrets({ flags }: Invocation, { resource }: Item): boolean {
  return resource.kind === 'Secret' && resource.version === 'v1' && !flags.bool('show-secrets')
}

/** Values of secrets are not shown: only whether they differ. */
function masked(before: any, after: any): [any, any] {
  const [live, merged] = [before && cloneJson(before), cloneJson(after)]
  const strip = (object: any): void => {
    if (object?.metadata?.annotations) delete object.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']
  }
  strip(live)
  strip(merged)
  for (const key of new Set([...Object.keys(live?.data ?? {}), ...Object.keys(merged.data ?? {})])) {
    const [was, is] = [live?.data?.[key], merged.data?.[key]]
    const differs = was !== undefined && is !== undefined && was !== is
    if (was !== undefined) live.data[key] = differs ? '*** (before)' : '***'
    if (is !== undefined) merged.data[key] = differs ? '*** (after)' : '***'
  }
  return [live, merged]
}

/**
 * KUBECTL_EXTERNAL_DIFF is split at each blank, no quotes; its words come after the two folders, and those with anything
 * but letters, digits, dashes and equals are left out.
 */
function diffLine(external: string | undefined, folders: readonly string[]): readonly [program: string, args: readonly string[]] {
  if (!external) return ['diff', ['-u', '-N', ...folders]]
  const [program = '', ...words] = external.split(' ')
  return [program, [...folders, ...words.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word))]]
}

/** 0 and 1 are the program's answer; anything else, and a program that cannot run or is killed, is a failure. */
function outsideDiff(io: Invocation['io'], signal: AbortSignal, ...folders: readonly string[]): Promise<number> {
  const [program, args] = diffLine(io.env.KUBECTL_EXTERNAL_DIFF, folders)
  const failed = (why: string): CommandError => new CommandError(`error: failed to run ${JSON.stringify(program)}: ${why}`)
  if (program === '') return Promise.reject(failed('exec: no command'))
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: io.env as NodeJS.ProcessEnv, cwd: io.cwd, stdio: ['ignore', 'pipe', 'pipe'], signal })
    child.stdout.on('data', (chunk: Buffer) => io.stdout.write(chunk))
    child.stderr.on('data', (chunk: Buffer) => io.stderr.write(chunk))
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(failed(error.code === 'ENOENT' || error.code === 'EACCES' ? 'executable file not found in $PATH' : error.message)),
    )
    child.once('close', (code, killedBy) => {
      if (code === 0 || code === 1) resolve(code)
      else reject(failed(killedBy ? `signal: ${killedBy}` : `exit status ${code}`))
    })
  })
}
