/** AdmissionReview, out and back (admission.k8s.io/v1 and v1beta1). */
import { isNilList } from '#apimachinery/nil-list.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { Status } from '#apimachinery/object.ts'
import type { AdmissionAttributes } from '../../types.ts'
import { isNamespace, type Matched } from '../rules.ts'

export interface ReviewSubject {
  readonly matched: Matched
  /** In the version that was matched. */
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
}

export interface ReviewResponse {
  readonly uid?: string
  readonly allowed?: boolean
  readonly status?: Partial<Status>
  readonly patch?: string
  readonly patchType?: string
  readonly auditAnnotations?: Readonly<Record<string, string>>
  readonly warnings?: readonly string[]
}

const optionKinds: Readonly<Record<string, string>> = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' }

/** The request as webhooks and expressions see it. */
export function requestOf(attributes: AdmissionAttributes, { matched, object, oldObject, kind }: ReviewSubject, uid: string): Record<string, unknown> {
  const { operation, resource, subresource, name, namespace, user, dryRun, options } = attributes
  const requestGroup = matched.definition?.group ?? attributes.group
  const requestVersion = matched.definition?.version ?? attributes.version
  // A namespace is in the namespace that it is.
  const shownNamespace = namespace || (isNamespace(attributes) ? name || object?.metadata?.name : undefined)
  const plural = matched.convertTo?.plural ?? resource
  const { name: username, uid: userUid, groups, extra } = user
  const given = options && Object.keys(options).length > 0 ? options : undefined
  const optionKind = optionKinds[operation]
  return {
    uid,
    kind: { group: kind.group, version: kind.version, kind: kind.kind },
    resource: { group: matched.group, version: matched.version, resource: plural },
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: { group: attributes.group, version: attributes.version, kind: attributes.kind },
    requestResource: { group: requestGroup, version: requestVersion, resource },
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name || object?.metadata?.name ? { name: name || object?.metadata?.name } : {}),
    ...(shownNamespace ? { namespace: shownNamespace } : {}),
    operation,
    userInfo: { username, ...(userUid ? { uid: userUid } : {}), groups: [...groups], ...(extra ? { extra } : {}) },
    object: object ? withNulls(object) : null,
    oldObject: oldObject ?? null,
    dryRun,
    options: optionKind ? { ...given, kind: optionKind, apiVersion: 'meta.k8s.io/v1' } : (given ?? null),
  }
}

/** Lists that nobody has given are null to Go. What has none stays the same object. */
function withNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (isNilList(value)) return null
    const items = value.map(withNulls)
    return items.some((each, index) => each !== value[index]) ? items : value
  }
  let copy: Record<string, unknown> | undefined
  for (const [key, each] of Object.entries(value)) {
    const shown = withNulls(each)
    if (shown === each) continue
    copy ??= { ...value }
    copy[key] = shown
  }
  return copy ?? value
}

/** Throws Error with what is wrong with the answer. */
export function readResponse(given: unknown, apiVersion: string, uid: string, mutating: boolean): ReviewResponse {
  const review = given as { kind?: string; apiVersion?: string; response?: ReviewResponse } | null
  const response = review?.response
  if (!response) throw new Error('webhook response was absent')
  if (apiVersion === 'admission.k8s.io/v1') {
    if (response.uid !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`)
    if (review.kind !== 'AdmissionReview' || review.apiVersion !== apiVersion) {
      const [group = '', version = ''] = (review.apiVersion ?? '').split('/')
      throw new Error(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${group}/${version}, Kind=${review.kind ?? ''}`)
    }
    if (mutating && response.patchType === '') throw new Error('webhook returned invalid response.patchType of ""')
    if (mutating && response.patch && response.patchType === undefined) throw new Error('webhook returned response.patch but not response.patchType')
    if (mutating && !response.patch && response.patchType !== undefined) throw new Error('webhook returned response.patchType but not response.patch')
    if (!mutating && response.patch) throw new Error('validating webhook may not return response.patch')
    if (!mutating && response.patchType !== undefined) throw new Error('validating webhook may not return response.patchType')
  }
  return response
}
