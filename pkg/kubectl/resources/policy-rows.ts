/** RBAC rules as describe and can-i --list show them: one line for each resource, verbs together (component-helpers' rbac.BreakdownRule and CompactRules). */
export interface PolicyRow {
  readonly resource: string
  readonly urls: string
  readonly names: string
  readonly verbs: string
}

interface Simple {
  readonly group?: string
  readonly resource?: string
  readonly url?: string
  readonly name?: string
  readonly verbs: string[]
}

export function policyRows(rules: readonly any[]): PolicyRow[] {
  const merged = new Map<string, Simple>()
  for (const [index, each] of rules.flatMap((rule) => [...breakDown(rule)]).entries()) {
    // Paths are never put together, not even the same ones.
    if (each.url !== undefined) {
      merged.set(`url ${index}`, each)
      continue
    }
    const key = JSON.stringify([each.group, each.resource, each.url, each.name])
    const known = merged.get(key)
    if (known) known.verbs.push(...each.verbs.filter((verb) => !known.verbs.includes(verb)))
    else merged.set(key, { ...each, verbs: [...each.verbs] })
  }
  return [...merged.values()]
    .map((each) => ({ each, key: compareKey(each) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ each }) => ({
      resource: withGroup(each),
      urls: listed(each.url),
      names: listed(each.name),
      verbs: `[${each.verbs.join(' ')}]`,
    }))
}

/** "deployments.apps/scale": the group stands before the subresource. */
function withGroup({ resource = '', group }: Simple): string {
  const [name = '', ...sub] = resource.split('/')
  return [group ? `${name}.${group}` : name, ...(sub.length > 0 ? [sub.join('/')] : [])].join('/')
}

const listed = (text: string | undefined): string => (text === undefined ? '[]' : `[${text}]`)

/** Upstream sorts by the rule's text: "Verbs:[get],APIGroups:[apps],Resources:[deployments],…". */
function compareKey({ group = '', resource = '', url = '', name = '', verbs }: Simple): string {
  return `Verbs:[${verbs.join(' ')}],APIGroups:[${group}],Resources:[${resource}],ResourceNames:[${name}],NonResourceURLs:[${url}]`
}

function* breakDown({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs = [] }: any): Generator<Simple> {
  for (const group of apiGroups) {
    for (const resource of resources) {
      if (resourceNames.length === 0) yield { group, resource, verbs }
      for (const name of resourceNames) yield { group, resource, name, verbs }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) yield { url, verbs: [verb] }
}
