/**
 * The hashes in the names of ReplicaSets and ControllerRevisions, equal to upstream's: who takes a cluster over from kube-controller-manager,
 * or gives it back, rolls nothing anew. Upstream: controller.ComputeHash, history.HashControllerRevision, rand.SafeEncodeString.
 */
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { fnv1, fnv1a } from '#base/fnv.ts'
import { templateDump } from './template-dump/index.ts'

/** Of a Deployment's or DaemonSet's template. `collisionCount` gives another name when two templates once had the same. */
export function templateHash(template: PodTemplateSpec, collisionCount?: number | null): string {
  const dump = Buffer.from(templateDump(template))
  if (collisionCount === undefined || collisionCount === null) return safeEncode(fnv1a(dump))
  const count = Buffer.alloc(8)
  count.writeUInt32LE(collisionCount)
  return safeEncode(fnv1a(Buffer.concat([dump, count])))
}

/** Of a ControllerRevision's data as Go writes it. */
export function revisionHash(data: string, collisionCount?: number): string {
  return safeEncode(fnv1(data + (collisionCount ?? '')))
}

/** No vowels, so that no word comes of it. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

function safeEncode(hash: number): string {
  return [...String(hash)].map((each) => alphabet[each.charCodeAt(0) % alphabet.length]).join('')
}
