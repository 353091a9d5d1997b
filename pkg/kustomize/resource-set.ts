/** The objects of a build, in order; no two of one id (sigs.k8s.io/kustomize `resmap`). */
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { KustomizeError } from './errors.ts'
import { effectiveNamespace, formatId, type ResId, sameId } from './res-id.ts'
import { annotationsOf, labelsOf, type Resource } from './resource.ts'
import type { TargetPattern } from './types.ts'

export class ResourceSet {
  list: Resource[] = []

  append(resource: Resource): void {
    const { id } = resource
    if (this.list.some((each) => sameId(each.id, id))) throw new KustomizeError(`may not add resource with an already registered id: ${formatId(id)}`)
    this.list.push(resource)
  }

  appendAll(resources: readonly Resource[]): void {
    for (const each of resources) this.append(each)
  }

  /** Adds what a generator made, or merges it into what stands there, as its behavior says. */
  absorb(resource: Resource): void {
    const { id } = resource
    const matches = this.byAnyId((each) => sameId(each, id))
    if (matches.length > 1)
      throw new KustomizeError(`found multiple objects ${matches.map((each) => formatId(each.id))} that could accept merge of ${formatId(id)}`)
    const [old] = matches
    const joins = resource.behavior === 'merge' || resource.behavior === 'replace'
    if (old === undefined) {
      if (joins) throw new KustomizeError(`id ${formatId(id)} does not exist; cannot merge or replace`)
      this.append(resource)
      return
    }
    if (!joins) throw new KustomizeError(`id ${formatId(id)} exists; can not use behavior: '${resource.behavior}', behavior must be merge or replace`)
    this.list[this.list.indexOf(old)] = joined(old, resource)
  }

  byAnyId(matches: (id: ResId) => boolean): Resource[] {
    return this.list.filter((each) => !each.isDeleted && each.ids.some(matches))
  }

  /** The one object that a patch without a target means. */
  targetOf(patchId: ResId): Resource {
    const found = this.byAnyId((each) => sameId(each, patchId))
    if (found.length === 1) return found[0]!
    throw new KustomizeError(
      `${found.length > 1 ? 'multiple' : 'no'} matches for Id ${formatId(patchId)}; failed to find unique target for patch ${formatId(patchId)}`,
    )
  }

  select(target: TargetPattern): Resource[] {
    const pattern = compile(target)
    return this.list.filter((each) => {
      const [current, original] = [each.id, each.originalId]
      return (
        (pattern.namespace(effectiveNamespace(original)) || pattern.namespace(effectiveNamespace(current))) &&
        (pattern.name(original.name) || pattern.name(current.name)) &&
        pattern.gvk(current) &&
        pattern.selectors(each.object)
      )
    })
  }

  dropDeleted(): void {
    this.list = this.list.filter((each) => !each.isDeleted)
  }
}

function joined(old: Resource, made: Resource): Resource {
  const result = made.copy()
  const { labels: _labels, annotations: _annotations, ...rest } = made.object.metadata
  const labels = { ...labelsOf(old.object), ...labelsOf(made.object) }
  const annotations = { ...annotationsOf(old.object), ...annotationsOf(made.object) }
  result.object.metadata = {
    ...rest,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    name: old.name,
    ...(old.object.metadata.namespace ? { namespace: old.object.metadata.namespace } : {}),
  }
  result.previous.splice(0, result.previous.length, ...old.previous)
  result.prefixes = [...old.prefixes]
  result.suffixes = [...old.suffixes]
  result.behavior = old.behavior
  result.needsHash = old.needsHash && made.needsHash
  result.variables.splice(0, result.variables.length, ...old.variables)
  if (made.behavior === 'merge') {
    for (const field of ['data', 'binaryData']) {
      const both = { ...old.object[field], ...made.object[field] }
      if (Object.keys(both).length > 0) result.object[field] = both
    }
    result.origin = old.origin ?? made.origin
  }
  return result
}

export interface CompiledPattern {
  gvk(id: { group: string; version: string; kind: string }): boolean
  name(text: string): boolean
  namespace(text: string): boolean
  selectors(object: any): boolean
  readonly isEmpty: boolean
}

/** Throws KustomizeError for a regular expression or selector that cannot be read. */
export function compile(target: TargetPattern): CompiledPattern {
  const part = (text: string | undefined): ((value: string) => boolean) => {
    if (!text) return () => true
    try {
      const pattern = new RegExp(`^(?:${text})$`)
      return (value) => pattern.test(value)
    } catch {
      throw new KustomizeError(`error parsing regexp: ${JSON.stringify(text)}`)
    }
  }
  const [group, version, kind] = [part(target.group), part(target.version), part(target.kind)]
  const [labels, annotations] = [selector(target.labelSelector), selector(target.annotationSelector)]
  return {
    gvk: (id) => group(id.group) && version(id.version) && kind(id.kind),
    name: part(target.name),
    namespace: part(target.namespace),
    selectors: (object) => labels(labelsOf(object)) && annotations(annotationsOf(object)),
    isEmpty: !target.group && !target.version && !target.kind && !target.name && !target.namespace,
  }
}

function selector(text: string | undefined): (values: Record<string, string>) => boolean {
  if (!text) return () => true
  try {
    const parsed = parseLabelSelector(text)
    return (values) => parsed.matches(values)
  } catch (error) {
    throw new KustomizeError((error as Error).message)
  }
}
