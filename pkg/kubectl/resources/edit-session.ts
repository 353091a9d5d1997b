/** What edit, create --edit and apply edit-last-applied share: an editor, again and again, until the server takes what it left. */
import { equalJson } from '#apimachinery/json-value.ts'
import { isInvalid, isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { CommandError, messageForError, SilentExit } from '../errors.ts'
import { withoutManagedFields } from '../printers/index.ts'
import { kindName } from '../printers/kind-name.ts'
import { toJson } from '../printers/json.ts'
import { toYaml } from '../printers/yaml.ts'
import type { Invocation } from '../types.ts'
import { editFile, removeEdited } from './editor.ts'
import { documentsOf } from './files.ts'
import { itemOf } from './visit.ts'
import type { Item } from './types.ts'

const banners = {
  object: `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`,
  lastApplied: `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`,
} as const

export interface EditSession {
  readonly banner: keyof typeof banners
  /** Shown together, as a list where there are several. */
  readonly items: readonly Item[]
  /** The edited object with that which it was; throws what the server says. */
  submit(edited: Item, original: Item): Promise<void>
  /** True: what the server refuses is opened again; false: it ends the command. */
  readonly retries: boolean
}

interface Reason {
  readonly head: string
  readonly other?: readonly string[]
}

/** Throws what ends the command; a file that holds changes then stays, and where is told. */
export async function editUntilDone(invocation: Invocation, session: EditSession): Promise<void> {
  const { flags, err } = invocation
  const format = flags.string('output')
  if (!['', 'json', 'kyaml', 'yaml'].includes(format))
    throw new CommandError(`error: unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: json,kyaml,yaml`)
  const asJson = format === 'json'
  const suffix = asJson ? '.json' : '.yaml'
  const original = session.items.length === 1 ? session.items[0]!.object : listOf(session.items)
  const shown = flags.has('show-managed-fields') && flags.bool('show-managed-fields') ? original : withoutManagedFields(original)
  let body = asJson ? `${toJson(shown)}\n` : toYaml(shown)
  let reasons: readonly Reason[] = []
  let last = ''
  for (;;) {
    invocation.signal.throwIfAborted()
    const header = asJson ? '' : banners[session.banner] + reasons.map(reasonText).join('')
    const offered = header + body
    const { text, file } = await editFile(
      invocation,
      flags.has('windows-line-endings') && flags.bool('windows-line-endings') ? offered.replaceAll('\n', '\r\n') : offered,
      suffix,
    ).catch((error) => {
      if (last !== '') err(`A copy of your changes has been stored to ${JSON.stringify(last)}\n`)
      throw error
    })
    if (last !== '') removeEdited(last)
    last = file
    const keep = (error: unknown): never => {
      err(`A copy of your changes has been stored to ${JSON.stringify(file)}\n`)
      throw error
    }
    if (reasons.length > 0 && (await sameText(body, text))) keep(new CommandError('error: Edit cancelled, no valid changes were saved.'))
    if (await sameText(body, text)) return done(invocation, file, 'Edit cancelled, no changes made.\n')
    if (withoutComments(text).trim() === '') return done(invocation, file, 'Edit cancelled, saved file was empty.\n')
    body = withoutComments(text)
    let edited: Item[]
    try {
      edited = await editedItems(invocation, text, session.items)
    } catch (error) {
      const problem = await syntaxProblem(invocation, body)
      if (problem === undefined) reasons = [{ head: `The edited file had a syntax error: ${messageForError(error).replace(/^error: /, '')}` }]
      else {
        const name = nameOf(session.items[0]!)
        err(`error: ${name} is invalid\n`)
        reasons = [{ head: `${name} was not valid`, other: [`<nil>: Invalid value: "The edited file failed validation": ${problem}`] }]
      }
      continue
    }
    const results = await submitAll(invocation, session, edited).catch(keep)
    if (results.retryable > 0) {
      err(`You can run \`kubectl replace -f ${file}\` to try this update again.\n`)
      throw new SilentExit()
    }
    if (results.notFound > 0) {
      err(`The edits you made on deleted resources have been saved to ${JSON.stringify(file)}\n`)
      throw new SilentExit()
    }
    if (results.reasons.length === 0) return removeEdited(file)
    reasons = results.reasons
  }
}

function done({ err }: Invocation, file: string, words: string): void {
  removeEdited(file)
  err(words)
}

const listOf = (items: readonly Item[]): any => ({ apiVersion: 'v1', items: items.map(({ object }) => object), kind: 'List', metadata: {} })

const withoutComments = (text: string): string => text.replace(/^[ \t]*#.*\n?/gm, '')

/** The same object, however it is written; where one is no YAML, the same text. */
async function sameText(before: string, after: string): Promise<boolean> {
  const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
  try {
    return equalJson(parseYaml(before).value as never, parseYaml(after).value as never)
  } catch {
    return withoutComments(before).trim() === withoutComments(after).trim()
  }
}

async function editedItems(invocation: Invocation, text: string, originals: readonly Item[]): Promise<Item[]> {
  const catalog = await invocation.session.catalog()
  return (await documentsOf(text, 'edited-file')).map(({ object }) => {
    // A subresource has a kind of its own, and is written where it was read.
    const same = originals.find((each) => each.object.apiVersion === object.apiVersion && each.object.kind === object.kind)
    const resource = same?.resource ?? catalog.byKind(object.apiVersion, object.kind)
    if (!resource)
      throw new CommandError(
        `error: unable to recognize "edited-file": no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`,
      )
    return itemOf(resource, { ...object, metadata: { ...object.metadata } })
  })
}

/** What --validate says of a text that is no YAML: its lines are counted without the comments. */
async function syntaxProblem({ flags }: Invocation, body: string): Promise<string | undefined> {
  if (!flags.has('validate') || ['false', 'ignore'].includes(flags.string('validate'))) return undefined
  try {
    await documentsOf(body, 'edited-file')
    return undefined
  } catch (error) {
    return /yaml: .*$/s.exec(messageForError(error))?.[0]
  }
}

/** 'deployments.apps "web"'. */
const nameOf = ({ resource: { group, plural }, name }: Item): string => `${group === '' ? plural : `${plural}.${group}`} ${JSON.stringify(name)}`

interface Results {
  readonly reasons: readonly Reason[]
  readonly retryable: number
  readonly notFound: number
}

async function submitAll(invocation: Invocation, { items, submit, retries }: EditSession, edited: readonly Item[]): Promise<Results> {
  const namespace = await invocation.session.namespace()
  for (const { resource, object } of edited) {
    if (!resource.namespaced) continue
    object.metadata.namespace ||= namespace
    if (object.metadata.namespace !== namespace && !items.some((each) => each.namespace === object.metadata.namespace))
      throw new CommandError(
        `error: the namespace from the provided object ${JSON.stringify(object.metadata.namespace)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${object.metadata.namespace}' to perform this operation.`,
      )
  }
  const reasons: Reason[] = []
  let retryable = 0
  let notFound = 0
  for (const item of edited) {
    const original = items.find(({ object }) => object.metadata?.uid === item.object.metadata.uid)
    if (!original) throw new CommandError(`error: no original object found for ${kindName(item.object)}`)
    const { managedFields } = original.object.metadata ?? {}
    const object = managedFields && !item.object.metadata.managedFields ? { ...item.object, metadata: { ...item.object.metadata, managedFields } } : item.object
    try {
      await submit({ ...item, object, namespace: item.resource.namespaced ? object.metadata.namespace : undefined }, original)
    } catch (error) {
      if (!retries || !(error instanceof StatusError)) throw error
      const name = nameOf(item)
      if (isInvalid(error)) {
        reasons.push({ head: `${name} was not valid`, other: (error.details?.causes ?? []).map(({ field = '', message = '' }) => `${field}: ${message}`) })
        invocation.err(`error: ${name} is invalid\n`)
      } else if (isNotFound(error)) {
        notFound++
        invocation.err(`error: ${name} could not be found on the server\n`)
      } else {
        retryable++
        invocation.err(`error: ${name} could not be patched: ${error.message}\n`)
      }
    }
  }
  return { reasons, retryable, notFound }
}

function reasonText({ head, other = [] }: Reason): string {
  const hashed = (text: string): string => text.replace(/\n(?=[^#])/g, '\n# ')
  return `# ${hashed(head)}${other.length > 0 ? ':' : ''}\n${other.map((each) => `# * ${hashed(each)}\n`).join('')}#\n`
}
