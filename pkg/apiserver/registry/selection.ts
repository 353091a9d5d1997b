/** Label and field selectors of a request, as one test over the cache's extracted facts. */
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { parseLabelSelector, SelectorError } from '#apimachinery/labels.ts'
import { badRequest } from '#apimachinery/status-error.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import type { View } from './view.ts'

export interface Selection {
  /** undefined: everything. */
  readonly matches: ((object: CachedObject) => boolean) | undefined
  /** The one name that can match. */
  readonly name: string | undefined
  /** The one namespace that can match. */
  readonly namespace: string | undefined
}

export function parseSelection(view: View, query: URLSearchParams, name: string): Selection {
  const { definition } = view
  try {
    const labels = parseLabelSelector(query.get('labelSelector') ?? '')
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '')
    for (const { field } of fields.requirements) {
      if (!supports(view, field)) throw badRequest(unsupported(view, field))
    }
    const selectedName = fields.requiresExactMatch('metadata.name')
    if (name !== '' && !fields.isEmpty && selectedName !== name) throw badRequest("fieldSelector metadata.name doesn't match requested name")
    const only = name !== '' ? name : selectedName
    const namespace = definition.namespaced ? fields.requiresExactMatch('metadata.namespace') : undefined
    if (labels.isEmpty && fields.isEmpty) {
      return { matches: name === '' ? undefined : (object) => view.facts(object).name === name, name: only, namespace }
    }
    return {
      matches: (object) => {
        const facts = view.facts(object)
        return (name === '' || facts.name === name) && labels.matches(facts.labels) && fields.matches(facts.fields)
      },
      name: only,
      namespace,
    }
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message, error)
    throw error
  }
}

/** Which fields a kind offers is known from what it extracts of an empty object. */
const offered = new WeakMap<View, ReadonlySet<string>>()

function supports(view: View, field: string): boolean {
  let fields = offered.get(view)
  if (!fields) {
    const isNamespace = view.definition.kind === 'Namespace' && view.definition.group === ''
    fields = new Set(['metadata.name', ...(isNamespace ? [] : ['metadata.namespace']), ...fieldsOf(view)])
    offered.set(view, fields)
  }
  return fields.has(field)
}

function fieldsOf({ definition }: View): string[] {
  if (!definition.selectableFields) return []
  const hollow: any = new Proxy({}, { get: (_, property) => (typeof property === 'symbol' ? undefined : property === 'toString' ? () => '' : hollowChild()) })
  try {
    return Object.keys(definition.selectableFields(hollow))
  } catch {
    return []
  }
}

/** Parts of the empty object: structs are there and empty. */
function hollowChild(): unknown {
  return {}
}

function unsupported({ definition, apiVersion }: View, field: string): string {
  // Kinds with conversions of their own say it this way; others the general way.
  const plain = ['Pod', 'Node', 'ReplicationController', 'Event', 'Namespace', 'Secret', 'Service']
  if (plain.includes(definition.kind) && definition.group === '') return `field label not supported: ${field}`
  if (definition.kind === 'Job') return `field label ${JSON.stringify(field)} not supported for Job`
  if (definition.kind === 'ResourceSlice') return `field label not supported for ${apiVersion}, Kind=ResourceSlice: ${field}`
  return apiVersion === 'v1' || definition.selectableFields === undefined
    ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`
}
