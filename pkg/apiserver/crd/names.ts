/** Which names a definition gets: those that no other of its group has (apiextensions' naming controller). */
import type { CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames } from '#api/gen/apiextensions/v1.ts'

export interface NamesOutcome {
  readonly accepted: CustomResourceDefinitionNames
  readonly condition: Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>
}

export function decideNames(crd: CustomResourceDefinition, others: Iterable<CustomResourceDefinition>): NamesOutcome {
  const resources = new Set<string | undefined>()
  const kinds = new Set<string | undefined>()
  for (const other of others) {
    if (other.spec.group !== crd.spec.group || other.metadata.name === crd.metadata.name) continue
    const { plural, singular, shortNames = [], kind, listKind } = other.status.acceptedNames
    for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name)
    for (const name of [kind, listKind]) if (name) kinds.add(name)
  }
  const wanted = crd.spec.names
  const had = crd.status.acceptedNames
  const accepted: CustomResourceDefinitionNames = { ...had }
  let refused: { reason: string; message: string } | undefined
  const take = <K extends 'plural' | 'singular' | 'kind' | 'listKind'>(key: K, taken: ReadonlySet<string | undefined>, reason: string) => {
    if (wanted[key] !== had[key] && taken.has(wanted[key])) refused = { reason, message: `${JSON.stringify(wanted[key])} is already in use` }
    else accepted[key] = wanted[key]
  }
  take('plural', resources, 'PluralConflict')
  take('singular', resources, 'SingularConflict')
  const clashes = (wanted.shortNames ?? []).filter((name) => !had.shortNames?.includes(name) && resources.has(name))
  if (clashes.length > 0) refused = { reason: 'ShortNamesConflict', message: aggregate(clashes.map((name) => `${JSON.stringify(name)} is already in use`)) }
  else if (wanted.shortNames) accepted.shortNames = wanted.shortNames
  else delete accepted.shortNames
  take('kind', kinds, 'KindConflict')
  take('listKind', kinds, 'ListKindConflict')
  if (wanted.categories) accepted.categories = wanted.categories
  else delete accepted.categories
  const condition = refused
    ? ({ type: 'NamesAccepted', status: 'False', ...refused } as const)
    : ({ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' } as const)
  return { accepted, condition }
}

function aggregate(messages: readonly string[]): string {
  return messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`
}
