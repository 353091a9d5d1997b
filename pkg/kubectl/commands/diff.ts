/** kubectl diff: what apply would change, shown by an outside diff. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cloneJson } from '#apimachinery/json-value.ts'
import { parseApiVersion } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, errorText, SilentExit, usageError } from '../errors.ts'
import { withoutManagedFields } from '../printers/index.ts'
import { toYaml } from '../printers/yaml.ts'
import { fieldManagerFlag, fileFlags, type Item, selectorFlag } from '../resources/types.ts'
import { getItem, hasFiles, manifestItems } from '../resources/visit.ts'
import { createObject, patchObject, lastApplied } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { threeWay } from './apply/live.ts'

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
  /** 0: nothing differs, 1: something does, more: it failed. */
  async run(invocation) {
    try {
      return await run(invocation)
    } catch (error) {
      if (error instanceof SilentExit || (error instanceof CommandError && error.exitCode > 1)) throw error
      invocation.err(errorText(error))
      throw new SilentExit(2)
    }
  },
}

async function run(invocation: Invocation): Promise<number> {
  const { args, flags, path, io } = invocation
  if (args.length > 0) throw usageError(path, `Unexpected args: [${args.join(' ')}]`)
  if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) throw new CommandError('error: --force-conflicts only works with --server-side')
  const folders = { live: mkdtempSync(join(tmpdir(), 'LIVE-')), merged: mkdtempSync(join(tmpdir(), 'MERGED-')) }
  try {
    const { parseLabelSelector } = await import('#apimachinery/labels.ts')
    const selector = parseLabelSelector(flags.string('selector'))
    for (const item of await manifestItems(invocation)) {
      if (!selector.matches(item.object.metadata?.labels)) continue
      const { live, merged } = await twoStates(invocation, item)
      write(invocation, folders, item, live, merged)
    }
    return await outsideDiff(io, folders.live, folders.merged)
  } finally {
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true })
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

function write({ flags }: Invocation, folders: { live: string; merged: string }, { resource, name, namespace }: Item, before: any, after: any): void {
  const shown = (object: any): any => (flags.bool('show-managed-fields') ? object : withoutManagedFields(object))
  const [live, merged] = resource.kind === 'Secret' && resource.version === 'v1' && !flags.bool('show-secrets') ? masked(before, after) : [before, after]
  const { group, version } = parseApiVersion(after.apiVersion)
  const file = `${group ? `${group}.` : ''}${version}.${after.kind}.${namespace ?? ''}.${name}`.replace(/[/\\]/g, '_')
  writeFileSync(join(folders.live, file), live ? toYaml(shown(live)) : '', { mode: 0o600 })
  writeFileSync(join(folders.merged, file), toYaml(shown(merged)), { mode: 0o600 })
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

/** KUBECTL_EXTERNAL_DIFF may hold flags; words with anything but letters, digits, dashes and equals are left out, as upstream does. */
function outsideDiff(io: Invocation['io'], live: string, merged: string): Promise<number> {
  const [program = 'diff', ...rest] = (io.env.KUBECTL_EXTERNAL_DIFF ?? '').split(' ').filter(Boolean)
  const custom = Boolean(io.env.KUBECTL_EXTERNAL_DIFF)
  const options = custom ? rest.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word)) : ['-u', '-N']
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...options, live, merged], { env: io.env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (chunk: Buffer) => io.stdout.write(chunk))
    child.stderr.on('data', (chunk: Buffer) => io.stderr.write(chunk))
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CommandError(
          `error: failed to run ${JSON.stringify(program)}: ${error.code === 'ENOENT' ? `exec: ${JSON.stringify(program)}: executable file not found in $PATH` : error.message}`,
        ),
      ),
    )
    child.once('close', (code) => {
      if (code === 0 || code === 1) resolve(code)
      else reject(new CommandError(`error: exit status ${code}`, code ?? 2))
    })
  })
}
