/** kubectl patch. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { equalJson } from '#apimachinery/json-value.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { CommandError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, localFlag, type Item } from '../resources/types.ts'
import { causePatch, recordFlag } from '../resources/change-cause.ts'
import { forEachItem } from '../resources/visit.ts'
import { dryRunOf, outcomePrinter, patchObject, patchTypes } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { patchedLocally } from './apply/live.ts'

export const command: Command = {
  summary: 'Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.',
  usage: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  examples: [`kubectl patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'`],
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to update'),
    dryRunFlag,
    localFlag,
    recordFlag,
    fieldManagerFlag('kubectl-patch'),
    { name: 'patch', short: 'p', type: 'string', usage: 'The patch to be applied to the resource, JSON or YAML' },
    { name: 'patch-file', type: 'string', usage: 'A file containing a patch' },
    { name: 'subresource', type: 'string', usage: 'Patch this subresource' },
    { name: 'type', type: 'string', default: 'strategic', usage: 'The type of patch: json, merge or strategic' },
  ],
  async run(invocation) {
    const { flags } = invocation
    if (invocation.args.length === 0 && flags.list('filename').length === 0 && flags.string('patch') === '' && flags.string('patch-file') === '')
      throw new CommandError('error: must specify --patch or --patch-file containing the contents of the patch')
    const type = flags.string('type').toLowerCase()
    if (type !== 'json' && type !== 'merge' && type !== 'strategic')
      throw new CommandError(`error: --type must be one of [json merge strategic], not ${JSON.stringify(flags.string('type'))}`)
    const patch = await patchOf(invocation)
    const dryRun = dryRunOf(invocation)
    const print = await outcomePrinter(invocation, { tellsDryRun: false })
    const local = flags.bool('local') || dryRun === 'client'
    await forEachItem(invocation, { local: flags.bool('local'), asGiven: true }, async (item) => {
      const object = local
        ? await locally(item, type, patch)
        : await patchObject(invocation, item, type, patch, { dryRun, subresource: flags.string('subresource') }).catch((error) => {
            throw withType(error, item, type)
          })
      const cause = local ? undefined : causePatch(invocation, object)
      const recorded =
        cause && (await patchObject(invocation, item, 'merge', cause, { dryRun, subresource: flags.string('subresource') }).catch(() => undefined))
      print(recorded ?? object, equalJson(object, item.object) ? 'patched (no change)' : 'patched')
    })
  },
}

async function locally({ object, resource }: Item, type: 'json' | 'merge' | 'strategic', patch: unknown): Promise<any> {
  if (typeof patch === 'string') throw new CommandError('error: invalid JSON document')
  if (type === 'strategic') {
    const { lookupType } = await import('#api/scheme.ts')
    if (!lookupType(object.apiVersion, object.kind))
      throw new CommandError(`error: strategic merge patch is not supported for ${apiVersionOf(resource)}, Kind=${resource.kind} locally, try --type merge`)
  }
  try {
    return await patchedLocally(object, type, patch)
  } catch (error) {
    if (!(error instanceof StatusError) || type !== 'json') throw error
    throw new CommandError(`error: ${jsonPatchProblem(object, patch) ?? error.message}`)
  }
}

/** In the words of the original's JSON patch: a path that leads nowhere. */
function jsonPatchProblem(object: any, patch: unknown): string | undefined {
  for (const { op, path } of Array.isArray(patch) ? patch : []) {
    if (op !== 'remove' && op !== 'replace') continue
    const steps = String(path)
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = steps.pop() ?? ''
    const parent = steps.reduce<any>((at, step) => at?.[step], object)
    if (typeof parent !== 'object' || parent === null) return `error in ${op} for path: '${path}': Unable to ${op} nonexistent key: ${last}: missing value`
    if (!Object.hasOwn(parent, last))
      return `error in ${op} for path: '${path}': ${op === 'remove' ? 'Unable to remove nonexistent key' : 'replace operation does not apply: doc is missing key'}: ${op === 'remove' ? last : path}: missing value`
  }
  return undefined
}

/** What takes no such patch is named, as upstream has it. */
function withType(error: unknown, { resource }: Item, type: keyof typeof patchTypes): unknown {
  if (!(error instanceof StatusError) || error.reason !== 'UnsupportedMediaType') return error
  return new CommandError(`error: ${patchTypes[type]} is not supported by ${apiVersionOf(resource)}, Kind=${resource.kind}: ${error.message}`)
}

async function patchOf({ flags, io }: Invocation): Promise<unknown> {
  const [text, file] = [flags.string('patch'), flags.string('patch-file')]
  if (text === '' && file === '') throw new CommandError('error: must specify --patch or --patch-file containing the contents of the patch')
  if (text !== '' && file !== '') throw new CommandError('error: cannot specify --patch and --patch-file together')
  if (/^\s*[[{]/.test(text)) return parsedJson(text)
  const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
  let source = text
  if (file !== '') {
    try {
      source = readFileSync(resolve(io.cwd, file), 'utf8')
    } catch {
      throw new CommandError(`error: unable to read patch file: open ${file}: no such file or directory`)
    }
  }
  try {
    return parseYaml(source).value
  } catch (error) {
    throw new CommandError(`error: unable to parse ${JSON.stringify(text || file)}: ${(error as Error).message}`)
  }
}

/** JSON goes as it is written, so that the server says what is wrong with it. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
