/**
 * ClusterRoles put together from others by label (upstream's clusterrole-aggregation controller; docs: "Aggregated
 * ClusterRoles").
 */
import { clusterRoles } from '#api/gen/resources.ts'
import type { ClusterRole, PolicyRule } from '#api/gen/rbac/v1.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { selectorOf } from '#client/selector.ts'
import type { ReadAccess } from '../cached-reader.ts'

/** The rules that `role` should have: those of every role its selectors match, each once, in order of role name. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const byText = new Map<string, PolicyRule>()
  const ordered = [...all].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1))
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selects = selectorOf(selector)
    for (const each of ordered)
      if (each.metadata.name !== role.metadata.name && selects(each.metadata.labels)) for (const rule of each.rules ?? []) byText.set(ruleKey(rule), rule)
  }
  return [...byText.values()]
}

/** A rule's text, whatever the order of its fields. */
function ruleKey({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): string {
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs])
}

/** The controller manager aggregates too: only a difference in what is granted is worth a write, or the two would take turns. */
function sameRules(a: readonly PolicyRule[], b: readonly PolicyRule[]): boolean {
  const texts = new Set(b.map(ruleKey))
  return a.length === b.length && a.every((rule) => texts.has(ruleKey(rule)))
}

/** Keeps aggregated roles up to date until `signal` aborts. Call before the informers start. */
export function startRoleAggregation({ informers, client }: ReadAccess, signal: AbortSignal, log: Logger = silentLogger): void {
  const informer = informers.informer(clusterRoles)
  let running = false
  let again = false

  async function pass(): Promise<void> {
    const all = informer.list()
    for (const role of all) {
      if (!role.aggregationRule || signal.aborted) continue
      const rules = aggregatedRules(role, all)
      if (sameRules(rules, role.rules ?? [])) continue
      try {
        await client.update(clusterRoles, { ...role, rules })
      } catch (error) {
        // The change that got in first brings us back here.
        if (!isConflict(error) && !isNotFound(error)) log.error('cannot aggregate a cluster role', { name: role.metadata.name, error })
      }
    }
  }

  /** One pass at a time; events during it cause one more. */
  async function run(): Promise<void> {
    again = true
    if (running) return
    running = true
    while (again && !signal.aborted) {
      again = false
      await pass()
    }
    running = false
  }

  const remove = informer.addHandler({
    onAdd: (_, initial) => void (initial || run()),
    onUpdate: () => void run(),
    onDelete: () => void run(),
  })
  signal.addEventListener('abort', remove, { once: true })
}
