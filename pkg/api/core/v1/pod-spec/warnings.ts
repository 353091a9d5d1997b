/** What the server warns of in a pod's spec although it accepts it (upstream: pkg/api/pod/warnings.go). */
import { type FieldPath, path } from '#apimachinery/field-error.ts'
import { isDns1123Label } from '#apimachinery/names.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import type { PodSpec, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { ipWarnings } from '../../../ip-warnings.ts'
import { fractionWarnings } from '../fraction-warnings.ts'
import { deprecatedLabel, selectorTermWarnings } from '../node-label-warnings.ts'
import { containerWarnings, portWarnings, seccompWarning } from './warnings-containers.ts'
import { volumeWarnings } from './warnings-volumes.ts'

type Annotations = Readonly<Record<string, string>>

/** `at` is the whole's path: nothing for a pod, "template" for one. */
export function podWarnings(spec: PodSpec, metadata: Pick<ObjectMeta, 'annotations'> | undefined, at: FieldPath): string[] {
  const annotations = metadata?.annotations ?? {}
  const here = at.child('spec')
  return [
    ...placementWarnings(spec, here),
    ...annotationWarnings(annotations, at),
    ...volumeWarnings(spec.volumes ?? [], here.child('volumes')),
    ...listWarnings(spec, here),
    ...fractionWarnings(spec.overhead, ['memory', 'ephemeral-storage'], here.child('overhead')),
    ...(!spec.securityContext?.seccompProfile && seccompAnnotation in annotations ? [seccompWarning(seccompAnnotation, at)] : []),
    ...containerWarnings(spec, annotations, at),
    ...portWarnings(spec, here),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${here.child('terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, here.child('affinity')),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, position) => ipWarnings(here.child('dnsConfig', 'nameservers').index(position), ip)),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, position) => ipWarnings(here.child('hostAliases').index(position).child('ip'), ip ?? '')),
  ]
}

const seccompAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'

function placementWarnings({ nodeSelector, affinity, topologySpreadConstraints }: PodSpec, at: FieldPath): string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: needed, preferredDuringSchedulingIgnoredDuringExecution: preferred } = affinity?.nodeAffinity ?? {}
  const nodesAt = at.child('affinity', 'nodeAffinity')
  const neededAt = nodesAt.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
  const preferredAt = nodesAt.child('preferredDuringSchedulingIgnoredDuringExecution')
  return [
    ...Object.keys(nodeSelector ?? {}).flatMap((key) => (deprecatedLabel(key) ? [`${at.child('nodeSelector').key(key)}: ${deprecatedLabel(key)}`] : [])),
    ...(needed?.nodeSelectorTerms ?? []).flatMap((term, position) => selectorTermWarnings(term, neededAt.index(position))),
    ...(preferred ?? []).flatMap(({ preference }, position) => selectorTermWarnings(preference, preferredAt.index(position).child('preference'), true)),
    ...(topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, position) => {
      const here = at.child('topologySpreadConstraints').index(position)
      const message = deprecatedLabel(topologyKey)
      return [
        ...(message ? [`${here.child('topologyKey')}: ${topologyKey} is ${message}`] : []),
        ...(labelSelector ? [] : [`${here.child('labelSelector')}: ${matchesNothing}`]),
      ]
    }),
  ]
}

const matchesNothing = 'a null labelSelector results in matching no pod'

const oldAnnotations: Annotations = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}

function annotationWarnings(annotations: Annotations, at: FieldPath): string[] {
  return Object.entries(oldAnnotations).flatMap(([key, message]) => (key in annotations ? [`${at.child('metadata', 'annotations').key(key)}: ${message}`] : []))
}

function listWarnings({ hostAliases, imagePullSecrets }: PodSpec, at: FieldPath): string[] {
  const [aliasesAt, secretsAt] = [at.child('hostAliases'), at.child('imagePullSecrets')]
  return [
    ...repeated((hostAliases ?? []).map(({ ip }) => ip ?? '')).map(
      ([ip, position]) => `${aliasesAt.index(position).child('ip')}: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...repeated((imagePullSecrets ?? []).map(({ name }) => name ?? '')).map(
      ([name, position]) => `${secretsAt.index(position).child('name')}: duplicate name ${JSON.stringify(name)}`,
    ),
    ...(imagePullSecrets ?? []).flatMap(({ name }, position) => (name ? [] : [`${secretsAt.index(position).child('name')}: invalid empty name ""`])),
  ]
}

function repeated(values: readonly string[]): [string, number][] {
  return values.flatMap((value, position): [string, number][] => (values.indexOf(value) < position ? [[value, position]] : []))
}

function affinityWarnings({ affinity }: PodSpec, at: FieldPath): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const { requiredDuringSchedulingIgnoredDuringExecution: needed, preferredDuringSchedulingIgnoredDuringExecution: preferred } = affinity?.[kind] ?? {}
    const here = at.child(kind)
    return [
      ...(needed ?? []).flatMap(({ labelSelector }, position) =>
        labelSelector ? [] : [`${here.child('requiredDuringSchedulingIgnoredDuringExecution').index(position).child('labelSelector')}: ${matchesNothing}`],
      ),
      ...(preferred ?? []).flatMap(({ podAffinityTerm }, position) => {
        const termAt = here.child('preferredDuringSchedulingIgnoredDuringExecution').index(position).child('podAffinityTerm', 'labelSelector')
        return podAffinityTerm?.labelSelector ? [] : [`${termAt}: ${matchesNothing}`]
      }),
    ]
  })
}

type HasTemplate = { readonly metadata?: { readonly name?: string; readonly generation?: number }; readonly spec: { readonly template: PodTemplateSpec } }

/** For workloads: at creation, and when their spec changes. */
export function templateWarnings(object: HasTemplate, old?: HasTemplate): string[] {
  const { template } = object.spec
  // Whatever of the spec it was that changed.
  if (old) return object.metadata?.generation === old.metadata?.generation ? [] : podWarnings(template.spec, template.metadata, path('spec', 'template'))
  return [...nameWarnings(object.metadata?.name, 'Pod names and hostnames'), ...podWarnings(template.spec, template.metadata, path('spec', 'template'))]
}

/** Names that are no DNS labels are allowed where they become hosts' names, but ask for trouble. */
export function nameWarnings(name: string | undefined, use: string): string[] {
  const messages = isDns1123Label(name ?? '')
  if (!name || messages.length === 0) return []
  return [`metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`]
}
