/** Finalizers without a domain may clash with others'. */
import type { KubeObject } from '#apimachinery/object.ts'

const standard: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

export function finalizerWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  const before = old?.metadata.finalizers ?? []
  const added = (metadata.finalizers ?? []).filter((each) => !before.includes(each) && !each.includes('/') && !standard.has(each))
  return [...new Set(added)].sort().map((each) => {
    const including = each.includes('.') ? ' including a path (/)' : ''
    return `metadata.finalizers: ${JSON.stringify(each)}: prefer a domain-qualified finalizer name${including} to avoid accidental conflicts with other finalizer writers`
  })
}
