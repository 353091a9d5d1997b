/** One owner is named once (apiserver's dedupOwnerReferencesAndAddWarning). */
import { semanticEqual } from '#api/semantic-equal.ts'
import type { KubeObject, OwnerReference } from '#apimachinery/object.ts'
import type { Operation } from './operation.ts'

/** Takes out references that are there already, and warns of them. Creations and updates are looked at before mutating admission too, patches only after it. */
export function dropDuplicateOwners(operation: Operation, { metadata }: KubeObject, when: 'as given' | 'after admission'): void {
  const references = metadata.ownerReferences ?? []
  if (references.length < 2) return
  const kept: OwnerReference[] = []
  const duplicates: string[] = []
  for (const reference of references) {
    if (kept.some((each) => semanticEqual(each, reference))) duplicates.push(reference.uid)
    else kept.push(reference)
  }
  if (duplicates.length === 0) return
  metadata.ownerReferences = kept
  const after = when === 'after admission' ? ' after mutating admission happens' : ''
  operation.warn(
    `.metadata.ownerReferences contains duplicate entries${after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`,
  )
}
