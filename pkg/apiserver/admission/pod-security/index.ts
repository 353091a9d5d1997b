/** PodSecurity: pods against the level that their namespace's labels enforce, warn of and audit (docs: "Pod Security Admission"). */
import type { Namespace, Pod, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { namespaces, pods } from '#api/gen/resources.ts'
import { toCauses } from '#apimachinery/field-error.ts'
import { internalError, invalid } from '#apimachinery/status-error.ts'
import { cachedReader } from '../../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { refuse } from '../refuse.ts'
import type { AdmissionContext } from '../types.ts'
import type { CheckedPod } from './check.ts'
import { evaluate, violationText } from './evaluate.ts'
import { exemptionWarning, namespaceWarnings } from './namespace-warnings.ts'
import { defaultPodSecurity, type PodSecurityConfiguration } from './configuration.ts'
import { compareLevels, isPrivileged, levelText, type Policy, policyOf } from './policy.ts'

const ignoredSubresources = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])
const controllers = new Set([
  '/replicationcontrollers',
  '/podtemplates',
  'apps/replicasets',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
])

export function podSecurity(context: AdmissionContext, { defaults, exemptions }: PodSecurityConfiguration = defaultPodSecurity): AdmissionPlugin {
  const namespaceReader = cachedReader(context, namespaces)

  /** Who is exempt, and by what. */
  const exempt = ({ namespace, user }: AdmissionAttributes, runtimeClass?: string): string | undefined => {
    if (exemptions.namespaces.includes(namespace)) return 'namespace'
    if (exemptions.usernames.includes(user.name)) return 'user'
    return runtimeClass && exemptions.runtimeClasses.includes(runtimeClass) ? 'runtimeClass' : undefined
  }
  const isExempt = (attributes: AdmissionAttributes, runtimeClass?: string): boolean => {
    const by = exempt(attributes, runtimeClass)
    if (by !== undefined) attributes.annotate?.('pod-security.kubernetes.io/exempt', by)
    return by !== undefined
  }

  async function checkPod(attributes: AdmissionAttributes): Promise<void> {
    if (isExempt(attributes)) return
    const namespace = await namespaceReader.get(undefined, attributes.namespace)
    if (!namespace) throw internalError(`failed to lookup namespace "${attributes.namespace}"`)
    const { policy } = policyOf(namespace.metadata.labels, defaults)
    attributes.annotate?.('pod-security.kubernetes.io/enforce-policy', levelText(policy.enforce))
    if (isPrivileged(policy)) return
    const pod = attributes.object as Pod
    if (attributes.operation === 'UPDATE' && !isSignificant(pod, attributes.oldObject as Pod)) return
    if (!pod.spec || isExempt(attributes, pod.spec.runtimeClassName)) return
    const checked = { metadata: pod.metadata, spec: pod.spec }
    const violations = evaluate(policy.enforce, checked)
    if (violations.length > 0) throw refuse(attributes, `violates PodSecurity "${levelText(policy.enforce)}": ${violationText(violations)}`)
    warn(attributes, policy, checked)
    note(attributes, policy, checked)
  }

  async function checkController(attributes: AdmissionAttributes): Promise<void> {
    if (isExempt(attributes)) return
    const namespace = await namespaceReader.get(undefined, attributes.namespace)
    if (!namespace) return
    const { policy } = policyOf(namespace.metadata.labels, defaults)
    const template = policy.warn.level === 'privileged' && policy.audit.level === 'privileged' ? undefined : templateOf(attributes)
    if (!template?.spec || isExempt(attributes, template.spec.runtimeClassName)) return
    const checked = { metadata: template.metadata ?? {}, spec: template.spec }
    warn(attributes, policy, checked)
    note(attributes, policy, checked)
  }

  async function checkNamespace(attributes: AdmissionAttributes): Promise<void> {
    const { metadata } = attributes.object as Namespace
    const next = policyOf(metadata.labels, defaults)
    const old = attributes.operation === 'UPDATE' ? policyOf((attributes.oldObject as Namespace).metadata.labels, defaults) : undefined
    if (next.errors.length > 0 && JSON.stringify(next.errors) !== JSON.stringify(old?.errors))
      throw invalid({ group: '', kind: 'Namespace' }, attributes.name, toCauses(next.errors))
    const exemption = exemptions.namespaces.includes(metadata.name!) ? exemptionWarning(metadata, next.policy, defaults) : undefined
    if (!old) {
      if (exemption) attributes.warn(exemption)
      return
    }
    const [now, before] = [next.policy.enforce, old.policy.enforce]
    if (now.level === 'privileged' || levelText(now) === levelText(before)) return
    if (now.version === before.version && compareLevels(now.level, before.level) < 0) return
    if (exemptions.namespaces.includes(metadata.name!)) {
      if (exemption) attributes.warn(exemption)
      return
    }
    const name = metadata.name!
    for (const text of namespaceWarnings(name, now, (await context.client.list(pods, { namespace: name })).items)) attributes.warn(text)
  }

  return {
    name: 'PodSecurity',
    handles({ operation, group, resource, subresource }) {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false
      if (group === '' && resource === 'pods') return !ignoredSubresources.has(subresource)
      if (subresource !== '') return false
      return (group === '' && resource === 'namespaces') || controllers.has(`${group}/${resource}`)
    },
    async validate(attributes) {
      const { group, resource } = attributes
      if (group === '' && resource === 'pods') return checkPod(attributes)
      return group === '' && resource === 'namespaces' ? checkNamespace(attributes) : checkController(attributes)
    },
  }
}

function warn(attributes: AdmissionAttributes, { warn: at }: Policy, pod: CheckedPod): void {
  const violations = evaluate(at, pod)
  if (violations.length > 0) attributes.warn(`would violate PodSecurity "${levelText(at)}": ${violationText(violations)}`)
}

/** What the audit log shall know of it. */
function note(attributes: AdmissionAttributes, { audit: at }: Policy, pod: CheckedPod): void {
  if (!attributes.annotate) return
  const violations = evaluate(at, pod)
  if (violations.length === 0) return
  attributes.annotate('pod-security.kubernetes.io/audit-violations', `would violate PodSecurity "${levelText(at)}": ${violationText(violations)}`)
}

function templateOf({ resource, object }: AdmissionAttributes): PodTemplateSpec | undefined {
  const any = object as any
  if (resource === 'podtemplates') return any.template
  return resource === 'cronjobs' ? any.spec?.jobTemplate?.spec?.template : any.spec?.template
}

/** Only images and new containers can change on a pod that is there. */
function isSignificant(pod: Pod, old: Pod): boolean {
  const changed = (next: { image?: string }[] = [], before: { image?: string }[] = []): boolean =>
    next.length !== before.length || next.some((each, index) => each.image !== before[index]!.image)
  if (changed(pod.spec?.containers, old.spec?.containers) || changed(pod.spec?.initContainers, old.spec?.initContainers)) return true
  const known = new Map((old.spec?.ephemeralContainers ?? []).map((each) => [each.name, each.image]))
  return (pod.spec?.ephemeralContainers ?? []).some((each) => known.get(each.name) !== each.image)
}
