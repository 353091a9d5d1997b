/** What a namespace being deleted says of its progress, in upstream's words. */
import type { NamespaceCondition } from '#api/gen/core/v1.ts'
import { withCondition } from '../workload/conditions.ts'
import type { Remaining } from './content.ts'

export function conditionsOf(
  current: readonly NamespaceCondition[] | undefined,
  failures: ReadonlyMap<string, Error>,
  { counts, finalizers, errors }: Remaining,
  nowMs: number,
): NamespaceCondition[] {
  const failed = [...failures].map(([groupVersion, error]) => `${groupVersion}: ${error.message}`)
  const next = [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      failed.length > 0,
      ['DiscoveryFailed', `Discovery failed for some groups, ${failed.length} failing: ${failed.join(', ')}`],
      ['ResourcesDiscovered', 'All resources successfully discovered'],
    ),
    condition('NamespaceDeletionGroupVersionParsingFailure', false, ['', ''], ['ParsedGroupVersions', 'All legacy kube types successfully parsed']),
    condition(
      'NamespaceDeletionContentFailure',
      errors.length > 0,
      ['ContentDeletionFailed', `Failed to delete all resource types, ${errors.length} remaining: ${errors.map(({ message }) => message).join(', ')}`],
      ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    ),
    condition(
      'NamespaceContentRemaining',
      counts.size > 0,
      ['SomeResourcesRemain', `Some resources are remaining: ${listed(counts, (name, count) => `${name} has ${count} resource instances`)}`],
      ['ContentRemoved', 'All content successfully removed'],
    ),
    condition(
      'NamespaceFinalizersRemaining',
      finalizers.size > 0,
      [
        'SomeFinalizersRemain',
        `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
      ],
      ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ),
  ]
  let conditions = [...(current ?? [])]
  for (const each of next) {
    const before = conditions.find(({ type }) => type === each.type)
    // The counts in a message change while the reason stays; they must not be stale.
    if (before && before.status === each.status && before.message !== each.message)
      conditions = conditions.map((one) => (one === before ? { ...before, ...each } : one))
    else conditions = withCondition(conditions, each, nowMs)
  }
  return conditions
}

type Text = readonly [reason: string, message: string]

function condition(type: string, isSo: boolean, yes: Text, no: Text): Omit<NamespaceCondition, 'lastTransitionTime'> {
  const [reason, message] = isSo ? yes : no
  return { type, status: isSo ? 'True' : 'False', reason, message }
}

function listed(counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(', ')
}
