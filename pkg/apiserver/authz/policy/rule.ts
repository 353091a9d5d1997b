/** A short notation for rules: "get list watch" on "" of "pods services". */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'

export const read = 'get list watch'
export const write = 'create update patch delete deletecollection'
export const readWrite = `${read} ${write}`
export const readUpdate = 'get list watch update patch'

/** `group` "" is core, written "core" among several. */
export function rule(verbs: string, groups: string, resources: string, resourceNames: readonly string[] = []): PolicyRule {
  return {
    verbs: sorted(verbs),
    apiGroups:
      groups === ''
        ? ['']
        : groups
            .split(' ')
            .map((each) => (each === 'core' ? '' : each))
            .sort(),
    resources: sorted(resources),
    ...(resourceNames.length > 0 ? { resourceNames: [...resourceNames].sort() } : {}),
  }
}

export function urlRule(verbs: string, urls: string): PolicyRule {
  return { verbs: sorted(verbs), nonResourceURLs: sorted(urls) }
}

/** Where Events are: one collection by two names. */
export const eventGroups = 'core events.k8s.io'

export const eventsRule: PolicyRule = rule('create update patch', eventGroups, 'events')

function sorted(text: string): string[] {
  return text.split(' ').sort()
}
