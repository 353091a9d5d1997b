/** ControllerRevisions: the history of a template, for DaemonSet and StatefulSet (upstream's pkg/controller/history). */
import type { ControllerRevision } from '#api/gen/apps/v1.ts'
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { controllerRevisions } from '#api/gen/resources.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'
import type { KubeObject, LabelSelector, ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { selectorOf } from '#client/selector.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { claim } from './claim.ts'
import { controllerRef } from './owner.ts'

export const revisionHashLabel = 'controller-revision-hash'
/** Of what a prefix and a hash are made, so that no name is too long. */
const maxPrefixLength = 223

export interface RevisionInput {
  readonly owner: KubeObject
  readonly resource: ResourceRef
  readonly template: PodTemplateSpec
  readonly history: readonly ControllerRevision[]
  readonly collisionCount?: number | undefined
  /** Of the data as Go writes it. */
  readonly hash: (data: string) => string
  /** Under which the revision shows it. */
  readonly hashLabel: string
  /** Called with the new count when the name is another's. */
  readonly onCollision: (collisionCount: number) => Promise<unknown>
}

/** Those that the owner has, and from now on those that it selects and nobody has: what an owner of the name left behind. */
export function claimHistory(owner: KubeObject, resource: ResourceRef, selector: LabelSelector | undefined, { cache, client }: ControllerContext) {
  const { uid, namespace } = owner.metadata
  const revisions = cache(controllerRevisions)
  const candidates = [...revisions.byIndex('controller', uid), ...revisions.byIndex('controller', `orphan/${namespace}`)]
  return claim(candidates, { client, resource: controllerRevisions, owner, ownerResource: resource, matches: selectorOf(selector) })
}

/** The revision of the present template: found, made the newest again, or created. */
export async function syncRevision(input: RevisionInput, { client }: ControllerContext): Promise<ControllerRevision> {
  const { owner, resource, template, history, collisionCount, hashLabel, onCollision } = input
  const text = templatePatch(template)
  const newest = Math.max(0, ...history.map(({ revision }) => revision))
  const equal = history.filter((each) => dataText(each) === text).sort((a, b) => b.revision - a.revision)[0]
  if (equal) return equal.revision === newest ? equal : client.update(controllerRevisions, { ...equal, revision: newest + 1 })
  const hash = input.hash(text)
  const { namespace, name, annotations = {} } = owner.metadata
  const draft = {
    metadata: {
      namespace,
      name: `${name.slice(0, maxPrefixLength)}-${hash}`,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      annotations,
      ownerReferences: [controllerRef(owner, resource)],
    },
    data: JSON.parse(text),
    revision: newest + 1,
  }
  try {
    return await client.create(controllerRevisions, draft as any)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const taken = await client.get(controllerRevisions, { namespace, name: draft.metadata.name })
    if (dataText(taken) === text) return taken
    await onCollision((collisionCount ?? 0) + 1)
    throw error
  }
}

/** What `kubectl rollout undo` applies to go back, byte for byte as upstream's controllers have it. */
function templatePatch(template: PodTemplateSpec): string {
  return kept(template, () => goJson({ spec: { template: { ...template, $patch: 'replace' } } }))
}

function dataText({ data }: ControllerRevision): string {
  return kept(data as object, () => goJson(data))
}

/** Of objects in a cache, which nobody changes. */
const texts = new WeakMap<object, string>()

function kept(of: object, write: () => string): string {
  const known = texts.get(of)
  if (known !== undefined) return known
  const text = write()
  texts.set(of, text)
  return text
}

export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (data as any)?.spec?.template ?? {}
  return template
}

export function hashOf({ metadata }: ControllerRevision): string {
  return metadata.labels?.[revisionHashLabel] ?? ''
}

/** Deletes the oldest that nothing uses, beyond the limit. */
export async function trimHistory(
  history: readonly ControllerRevision[],
  inUse: (revision: ControllerRevision) => boolean,
  limit: number,
  { client }: ControllerContext,
): Promise<void> {
  const unused = history.filter((each) => !inUse(each)).sort((a, b) => a.revision - b.revision)
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    try {
      await client.delete(controllerRevisions, { namespace: metadata.namespace, name: metadata.name })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
