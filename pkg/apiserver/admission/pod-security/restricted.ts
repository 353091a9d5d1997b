/** The restricted level: hardened pods (docs: "Pod Security Standards"). In order of id. */
import { checkProcMount } from './baseline.ts'
import { type Check, containersOf, hasUserNamespace, isWindows, named, plural, quoted, setters, sorted } from './check.ts'
import { seccompRestricted } from './seccomp.ts'

const allowPrivilegeEscalation: Check = {
  id: 'allowPrivilegeEscalation',
  since: 8,
  check(pod, minor) {
    if (minor >= 25 && isWindows(pod)) return undefined
    const bad = containersOf(pod).filter((each) => each.securityContext?.allowPrivilegeEscalation !== false)
    if (bad.length === 0) return undefined
    return {
      reason: 'allowPrivilegeEscalation != false',
      detail: `${named(bad.map((each) => each.name))} must set securityContext.allowPrivilegeEscalation=false`,
    }
  },
}

const capabilities: Check = {
  id: 'capabilities_restricted',
  since: 22,
  overrides: 'capabilities_baseline',
  check(pod, minor) {
    if (minor >= 25 && isWindows(pod)) return undefined
    const containers = containersOf(pod)
    const keeping = containers.filter((each) => !each.securityContext?.capabilities?.drop?.includes('ALL'))
    const extra = (added: readonly string[] = []): string[] => added.filter((each) => each !== 'NET_BIND_SERVICE')
    const adding = containers.filter((each) => extra(each.securityContext?.capabilities?.add).length > 0)
    const details = [
      ...(keeping.length > 0 ? [`${named(keeping.map((each) => each.name))} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(adding.length > 0
        ? [
            `${named(adding.map((each) => each.name))} must not include ${quoted(sorted(adding.flatMap((each) => extra(each.securityContext?.capabilities?.add))))} in securityContext.capabilities.add`,
          ]
        : []),
    ]
    return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined
  },
}

const allowedVolumes = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'])

const restrictedVolumes: Check = {
  id: 'restrictedVolumes',
  overrides: 'hostPathVolumes',
  check({ spec }) {
    const typeOf = (volume: object): string => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'
    const bad = (spec.volumes ?? []).filter((each) => !allowedVolumes.has(typeOf(each)))
    if (bad.length === 0) return undefined
    const types = sorted(bad.map(typeOf))
    const use = bad.length === 1 ? 'uses' : 'use'
    return {
      reason: 'restricted volume types',
      detail: `${plural('volume', bad.length)} ${quoted(bad.map((each) => each.name))} ${use} ${plural('restricted volume type', types.length)} ${quoted(types)}`,
    }
  },
}

const runAsNonRoot: Check = {
  id: 'runAsNonRoot',
  check(pod, minor) {
    if (minor >= 35 && hasUserNamespace(pod)) return undefined
    const ofPod = pod.spec.securityContext?.runAsNonRoot
    const containers = containersOf(pod)
    const reason = 'runAsNonRoot != true'
    const bad = containers.filter((each) => each.securityContext?.runAsNonRoot === false)
    const who = setters(
      ofPod === false,
      bad.map((each) => each.name),
    )
    if (who.length > 0) return { reason, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` }
    const unset = ofPod ? [] : containers.filter((each) => each.securityContext?.runAsNonRoot === undefined)
    if (unset.length === 0) return undefined
    return { reason, detail: `pod or ${named(unset.map((each) => each.name))} must set securityContext.runAsNonRoot=true` }
  },
}

const runAsUser: Check = {
  id: 'runAsUser',
  since: 23,
  check(pod, minor) {
    if (minor >= 35 && hasUserNamespace(pod)) return undefined
    const bad = containersOf(pod).filter((each) => each.securityContext?.runAsUser === 0)
    const who = setters(
      pod.spec.securityContext?.runAsUser === 0,
      bad.map((each) => each.name),
    )
    return who.length > 0 ? { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` } : undefined
  },
}

export const restrictedChecks: readonly Check[] = [
  allowPrivilegeEscalation,
  capabilities,
  { id: 'procMount_restricted', since: 35, overrides: 'procMount', check: checkProcMount },
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
]
