/** kubectl's last-applied annotation, by which client-side apply hands over to server-side apply. */
import { isObject } from '../../json-value.ts'
import type { KubeObject } from '../../object.ts'
import type { StatusError } from '../../status-error.ts'
import { compare } from './compare.ts'
import { printPath } from './field-set.ts'
import { fieldsOf } from './fields-of.ts'
import type { MergeType } from './merge-type.ts'
import { goJson } from '../../codec/go-json.ts'
import { readJson } from '../../codec/exact-json.ts'

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function lastAppliedOf(object: KubeObject): unknown {
  const text = object.metadata.annotations?.[LAST_APPLIED]
  if (!text) return undefined
  try {
    return readJson(text)
  } catch {
    return undefined
  }
}

/** True when every conflict is about a field that kubectl itself had set last, and that is still as it was. */
export function allowedByLastApplied(error: StatusError, live: KubeObject, type: MergeType): boolean {
  const last = lastAppliedOf(live)
  const causes = error.details?.causes ?? []
  if (!isObject(last) || causes.length === 0 || last.apiVersion !== live.apiVersion) return false
  const { modified, added, removed } = compare(type, last, live)
  const unchanged = fieldsOf(type, last).difference(modified).difference(added).difference(removed)
  const allowed = new Set([...unchanged.paths()].map(printPath))
  return causes.every(({ reason, field }) => reason === 'FieldManagerConflict' && allowed.has(field ?? ''))
}

/** Keeps the annotation true for clients that still read it. */
export function withLastApplied<T extends KubeObject>(object: T, applied: KubeObject): T {
  const { annotations } = object.metadata
  if (!annotations?.[LAST_APPLIED]) return object
  const { [LAST_APPLIED]: _, ...others } = applied.metadata.annotations ?? {}
  const metadata = applied.metadata.annotations ? { ...applied.metadata, annotations: others } : applied.metadata
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${goJson({ ...applied, metadata })}\n` } } }
}
