/** Rendered files cut into documents, and these sorted into hooks and what is installed. */
import { compareText, isDictionary } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { installOrder, sortByKind } from './kind-order.ts'
import type { Hook, HookEvent, Manifest, ManifestHead } from './types.ts'

const events: Readonly<Record<string, HookEvent>> = {
  'pre-install': 'pre-install',
  'post-install': 'post-install',
  'pre-delete': 'pre-delete',
  'post-delete': 'post-delete',
  'pre-upgrade': 'pre-upgrade',
  'post-upgrade': 'post-upgrade',
  'pre-rollback': 'pre-rollback',
  'post-rollback': 'post-rollback',
  test: 'test',
  'test-success': 'test',
}

/** The documents of a file, without those that are empty. */
export function splitManifests(text: string): string[] {
  return text
    .trimStart()
    .split(/^---[ \t]*/m)
    .filter((document) => document.trim() !== '')
    .map((document) => document.trimStart())
}

const goKind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : isDictionary(value) ? 'object' : typeof value

function text(value: unknown, field: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(value)} into Go struct field ${field} of type string`)
}

function headOf(path: string, document: string): ManifestHead {
  try {
    const read = decodeYaml(document)
    if (read === null) return { apiVersion: '', kind: '', name: '', annotations: {} }
    if (!isDictionary(read))
      throw new Error(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(read)} into Go value of type util.SimpleHead`)
    const metadata = isDictionary(read.metadata) ? read.metadata : {}
    const annotations = isDictionary(metadata.annotations) ? metadata.annotations : {}
    return {
      apiVersion: text(read.apiVersion, 'SimpleHead.apiVersion'),
      kind: text(read.kind, 'SimpleHead.kind'),
      name: text(metadata.name, 'SimpleHead.metadata.name'),
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, text(value, 'SimpleHead.metadata.annotations')])),
    }
  } catch (error) {
    throw new Error(`YAML parse error on ${path}: ${(error as Error).message}`, { cause: error })
  }
}

const words = (value: string | undefined): string[] => (value === undefined ? [] : value.split(',').map((each) => each.trim().toLowerCase()))

/** undefined for a hook that Helm does not know, which it leaves out. */
function hookOf(path: string, manifest: string, { kind, name, annotations }: ManifestHead): Hook | undefined {
  const named = words(annotations['helm.sh/hook'])
  if (named.some((each) => !Object.hasOwn(events, each))) return undefined
  const weight = annotations['helm.sh/hook-weight'] ?? ''
  return {
    name,
    kind,
    path,
    manifest,
    events: named.map((each) => events[each]!),
    weight: /^[+-]?[0-9]+$/.test(weight) ? Number(weight) : 0,
    deletePolicies: words(annotations['helm.sh/hook-delete-policy']),
    outputLogPolicies: words(annotations['helm.sh/hook-output-log-policy']),
  }
}

export interface SortedManifests {
  readonly hooks: Hook[]
  readonly manifests: Manifest[]
  /** What the hooks are called for that were left out. */
  readonly unknownHooks: string[]
}

/** Takes rendered files by path. Throws when a document is no YAML. */
export function sortManifests(files: ReadonlyMap<string, string>, order: readonly string[] = installOrder): SortedManifests {
  const hooks: Hook[] = []
  const manifests: Manifest[] = []
  const unknownHooks: string[] = []
  for (const path of [...files.keys()].sort(compareText)) {
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('_')) continue
    for (const content of splitManifests(files.get(path)!)) {
      const head = headOf(path, content)
      if (!Object.hasOwn(head.annotations, 'helm.sh/hook')) {
        manifests.push({ path, content, head })
        continue
      }
      const hook = hookOf(path, content, head)
      if (hook) hooks.push(hook)
      else unknownHooks.push(head.annotations['helm.sh/hook']!)
    }
  }
  return { unknownHooks, hooks: sortByKind(hooks, ({ kind }) => kind, order), manifests: sortByKind(manifests, ({ head }) => head.kind, order) }
}
