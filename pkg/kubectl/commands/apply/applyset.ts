/**
 * apply --applyset (KEP 3659, alpha, behind KUBECTL_APPLYSET=true): an object of the cluster, the parent, keeps which kinds
 * and namespaces a set of applied objects has; members carry a label, and what carries it but was not applied goes.
 */
import { createHash } from 'node:crypto'
import { apiVersionOf } from '#apimachinery/object.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { ApiResource, Catalog } from '../../catalog/types.ts'
import { CommandError, messageForError } from '../../errors.ts'
import type { Item } from '../../resources/types.ts'
import { getItem, listItems } from '../../resources/visit.ts'
import { type DryRun, patchObject } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import { clientVersion } from '../version.ts'
import { removePruned } from './prune.ts'

const tool = 'kubectl'
const fieldManager = `${tool}-applyset`
const idLabel = 'applyset.kubernetes.io/id'
const partOfLabel = 'applyset.kubernetes.io/part-of'
const parentTypeLabel = 'applyset.kubernetes.io/is-parent-type'
const toolingAnnotation = 'applyset.kubernetes.io/tooling'
const namespacesAnnotation = 'applyset.kubernetes.io/additional-namespaces'
const kindsAnnotation = 'applyset.kubernetes.io/contains-group-kinds'
/** What kubectl 1.27 wrote; it goes with the next write. */
const oldResourcesAnnotation = 'applyset.kubernetes.io/contains-group-resources'

export interface Parent {
  readonly resource: ApiResource
  readonly name: string
  /** Only what -n says: a namespace of the kubeconfig does not count. */
  readonly namespace: string
}

interface Members {
  /** By "Kind.group". */
  readonly kinds: ReadonlyMap<string, ApiResource>
  readonly namespaces: ReadonlySet<string>
}

const none: Members = { kinds: new Map(), namespaces: new Set() }

/** Of "[RESOURCE][.GROUP]/NAME"; a Secret when only a name is given. Throws in upstream's words. */
export async function parentOf({ session }: Invocation, text: string): Promise<Parent> {
  const catalog = await session.catalog()
  const refuse = (why: string): never => {
    throw new CommandError(`error: invalid parent reference ${JSON.stringify(text)}: ${why}`)
  }
  const slash = text.indexOf('/')
  const name = text.slice(slash + 1)
  if (name === '') refuse('name cannot be blank')
  const [plural = '', ...group] = (slash < 0 ? 'secrets' : text.slice(0, slash)).split('.')
  const resource = resourceOf(catalog, plural, group.join('.')) ?? refuse(noResource(plural, group.join('.')))
  const { namespace, namespaceGiven } = await session.connection()
  return { resource, name, namespace: resource.namespaced && namespaceGiven ? namespace : '' }
}

function resourceOf(catalog: Catalog, plural: string, group: string): ApiResource | undefined {
  try {
    return catalog.resolve(group === '' ? plural : `${plural}.${group}`)
  } catch (error) {
    if (error instanceof CommandError) return undefined
    throw error
  }
}

const noResource = (plural: string, group: string): string => `no matches for ${group}/, Resource=${plural}`

/** The label's value: a hash of the parent's name, namespace, kind and group. */
export function applySetId({ name, namespace, resource }: Parent): string {
  const hash = createHash('sha256').update([name, namespace, resource.kind, resource.group].join('.')).digest('base64url')
  return `applyset-${hash}-v1`
}

const isBuiltInParent = ({ resource: { group, version, plural } }: Parent): boolean =>
  group === '' && version === 'v1' && (plural === 'secrets' || plural === 'configmaps')

/** Throws when the object may not be a parent. */
export async function checkParent(invocation: Invocation, parent: Parent): Promise<void> {
  const wrong: string[] = []
  const { resource } = parent
  if (resource.namespaced && parent.namespace === '') wrong.push('namespace is required to use namespace-scoped ApplySet')
  if (!isBuiltInParent(parent)) {
    const definitions = (await invocation.session.catalog()).byKind('apiextensions.k8s.io/v1', 'CustomResourceDefinition')
    let permitted: string[] = []
    try {
      permitted = definitions ? (await listItems(invocation, definitions, undefined, { selector: parentTypeLabel })).map(({ name }) => name) : []
    } catch (error) {
      wrong.push(`identifying allowed custom resource parent types: ${(error as Error).message}`)
    }
    if (!permitted.includes(`${resource.plural}.${resource.group}`))
      wrong.push(`resource ${JSON.stringify(`${apiVersionText(resource)}, Resource=${resource.plural}`)} is not permitted as an ApplySet parent`)
  }
  if (wrong.length > 0) throw new CommandError(`error: ${wrong.length === 1 ? wrong[0] : `[${wrong.join(', ')}]`}`)
}

const apiVersionText = ({ group, version }: ApiResource): string => `${group}/${version}`

export interface ApplySet {
  /** The objects of the files with the label of the set's members. */
  labelled(items: readonly Item[]): Item[]
  /** Before anything is applied the parent covers what was and what will be, so that nothing is lost when it is broken off. */
  begin(items: readonly Item[]): Promise<void>
  /** After all was applied: what is in the set no longer goes, then the parent is told so. */
  finish(applied: readonly Item[], print: (object: any, operation: string) => void): Promise<void>
}

export function createApplySet(invocation: Invocation, parent: Parent, dryRun: DryRun): ApplySet {
  const id = applySetId(parent)
  const shown = JSON.stringify(`${parent.resource.plural}.${parent.resource.group}/${parent.name}`)
  let before = none
  let after = none

  const write = async ({ kinds, namespaces }: Members): Promise<void> => {
    if (dryRun === 'client') return
    const { resource, name, namespace } = parent
    const body = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: {
        name,
        ...(namespace === '' ? {} : { namespace }),
        annotations: {
          [toolingAnnotation]: `${tool}/${clientVersion}`,
          [kindsAnnotation]: [...kinds.keys()].sort().join(','),
          [namespacesAnnotation]: [...namespaces]
            .filter((each) => each !== namespace)
            .sort()
            .join(','),
        },
        labels: { [idLabel]: id },
      },
    }
    const send = (force: boolean): Promise<any> => patchObject(invocation, { resource, namespace, name }, 'apply', body, { dryRun, fieldManager, force })
    try {
      await send(false).catch((error) => {
        if (!isConflict(error)) throw error
        invocation.err(
          `W0000 00:00:00.000000       0 applyset.go:447] WARNING: failed to update ApplySet: ${(error as Error).message}\nApplySet field manager ${fieldManager} should own these fields. Retrying with conflicts forced.\n`,
        )
        return send(true)
      })
    } catch (error) {
      throw new CommandError(`error: failed to update ApplySet: ${(error as Error).message}`)
    }
  }

  return {
    labelled: (items) =>
      items.map((item) => {
        const { metadata } = item.object
        if (metadata.labels?.[partOfLabel] !== undefined)
          throw new CommandError(`error: ApplySet label ${JSON.stringify(partOfLabel)} already set in input data`)
        return { ...item, object: { ...item.object, metadata: { ...metadata, labels: { ...metadata.labels, [partOfLabel]: id } } } }
      }),
    async begin(items) {
      before = await readMembers(invocation, parent, id, shown)
      after = {
        kinds: new Map(items.map(({ resource }) => [groupKind(resource), resource])),
        namespaces: new Set(items.flatMap(({ namespace }) => namespace || [])),
      }
      await write({ kinds: new Map([...before.kinds, ...after.kinds]), namespaces: new Set([...before.namespaces, ...after.namespaces]) })
    },
    async finish(applied, print) {
      const kept = new Set(applied.map(({ object }) => object.metadata?.uid))
      for (const item of await membersOf(invocation, before, `${partOfLabel}=${id}`)) {
        if (kept.has(item.object.metadata.uid)) continue
        try {
          await removePruned(invocation, item, dryRun)
        } catch (error) {
          const where = item.namespace ? `${item.namespace}/` : ''
          throw new CommandError(`error: pruning ${groupKind(item.resource)} ${where}${item.name}: ${(error as Error).message}`)
        }
        print(item.object, 'pruned')
      }
      try {
        await write(after)
      } catch (error) {
        throw new CommandError(`error: apply and prune succeeded, but ApplySet update failed: ${messageForError(error).replace(/^error: /, '')}`)
      }
    },
  }
}

const groupKind = ({ group, kind }: ApiResource): string => (group === '' ? kind : `${kind}.${group}`)

/** What the parent says that the set has; nothing when it is yet to be made. Throws when it is another tool's or set's. */
async function readMembers(invocation: Invocation, parent: Parent, id: string, shown: string): Promise<Members> {
  let object: any
  try {
    object = (await getItem(invocation, parent.resource, parent.namespace, parent.name)).object
  } catch (error) {
    if (!isNotFound(error)) throw new CommandError(`error: failed to fetch ApplySet parent object ${shown}: ${(error as Error).message}`)
    if (!isBuiltInParent(parent)) throw new CommandError('error: custom resource ApplySet parents cannot be created automatically')
    return none
  }
  const { annotations = {}, labels = {} } = object.metadata
  const tooling: string | undefined = annotations[toolingAnnotation]
  if (tooling === undefined)
    throw new CommandError(`error: ApplySet parent object ${shown} already exists and is missing required annotation ${JSON.stringify(toolingAnnotation)}`)
  const owner = tooling.includes('/') ? tooling.slice(0, tooling.lastIndexOf('/')) : tooling
  if (owner !== tool)
    throw new CommandError(
      `error: ApplySet parent object ${shown} already exists and is managed by tooling ${JSON.stringify(owner)} instead of ${JSON.stringify(tool)}`,
    )
  const found: string | undefined = labels[idLabel]
  if (found === undefined) throw new CommandError(`error: ApplySet parent object ${shown} exists and does not have required label ${idLabel}`)
  if (found !== id)
    throw new CommandError(
      `error: ApplySet parent object ${shown} exists and has incorrect value for label ${JSON.stringify(idLabel)} (got: ${found}, want: ${id})`,
    )
  const refuse = (why: string): never => {
    throw new CommandError(`error: parsing ApplySet annotation on ${shown}: ${why}`)
  }
  const kinds = readKinds(await invocation.session.catalog({ fresh: true }), annotations, refuse)
  const namespaces = new Set(
    String(annotations[namespacesAnnotation] ?? '')
      .split(',')
      .filter(Boolean),
  )
  if (parent.namespace !== '') namespaces.add(parent.namespace)
  return { kinds, namespaces }
}

function readKinds(catalog: Catalog, annotations: Record<string, string>, refuse: (why: string) => never): Map<string, ApiResource> {
  const split = (text: string): [string, string][] =>
    text.split(',').map((each) => (each.includes('.') ? [each.slice(0, each.indexOf('.')), each.slice(each.indexOf('.') + 1)] : [each, '']))
  const text = annotations[kindsAnnotation]
  const found = new Map<string, ApiResource>()
  if (text === undefined) {
    const old = annotations[oldResourcesAnnotation]
    if (!old) return refuse(`kubectl requires the ${JSON.stringify(kindsAnnotation)} annotation to be set on all ApplySet parent objects`)
    for (const [plural, group] of split(old)) {
      const resource = resourceOf(catalog, plural, group)
      if (!resource) return refuse(`invalid group resource in ${JSON.stringify(oldResourcesAnnotation)} annotation: ${noResource(plural, group)}`)
      found.set(groupKind(resource), resource)
    }
    return found
  }
  if (text === '') return found
  for (const [kind, group] of split(text)) {
    const served = catalog.resources.filter((each) => each.kind === kind && each.group === group)
    const resource = served.find(({ preferred }) => preferred) ?? served[0]
    if (!resource)
      return refuse(
        `could not find mapping for kind in ${JSON.stringify(kindsAnnotation)} annotation: no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`,
      )
    found.set(groupKind(resource), resource)
  }
  return found
}

async function membersOf(invocation: Invocation, { kinds, namespaces }: Members, selector: string): Promise<Item[]> {
  // A namespace last: with it would go what is to be told one by one.
  const inOrder = [...kinds.values()].sort((one, other) => Number(other.namespaced) - Number(one.namespaced))
  const asked = inOrder.flatMap((resource) => (resource.namespaced ? [...namespaces] : [undefined]).map((namespace) => ({ resource, namespace })))
  const found: Item[] = []
  for (const { resource, namespace } of asked) {
    try {
      found.push(...(await listItems(invocation, resource, namespace, { selector })))
    } catch (error) {
      throw new CommandError(`error: listing ${resource.group}/${resource.version}, Kind=${resource.kind} objects for pruning: ${(error as Error).message}`)
    }
  }
  return found
}
