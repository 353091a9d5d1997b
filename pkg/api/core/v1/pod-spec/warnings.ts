/** What the server warns of in a pod's spec although it accepts it (upstream: pkg/api/pod/warnings.go). */
import { type FieldPath, path } from '#apimachinery/field-error.ts'
import type { Container, PodSpec, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

export function podSpecWarnings(spec: PodSpec, at: FieldPath): string[] {
  const warnings = Object.keys(spec.nodeSelector ?? {}).flatMap((key) =>
    deprecatedNodeLabels[key] ? [`${at.child('nodeSelector').key(key)}: ${deprecatedNodeLabels[key]}`] : [],
  )
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(`${at.child('terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`)
  for (const group of ['initContainers', 'containers'] as const) {
    for (const [position, container] of (spec[group] ?? []).entries()) warnings.push(...containerWarnings(container, at.child(group).index(position)))
  }
  return warnings
}

function containerWarnings({ env, ports }: Container, at: FieldPath): string[] {
  const warnings: string[] = []
  const names = new Set<string>()
  for (const [position, { name, value, valueFrom }] of (env ?? []).entries()) {
    const refersToItself = !valueFrom && (value ?? '').includes(`$(${name})`)
    if (names.has(name) && !refersToItself)
      warnings.push(`${at.child('env').index(position)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`)
    names.add(name)
  }
  const known = new Map<string, FieldPath>()
  for (const [position, { containerPort, protocol, hostIP, hostPort }] of (ports ?? []).entries()) {
    const here = at.child('ports').index(position)
    const key = `${containerPort}/${protocol}/${hostIP ?? ''}/${hostPort ?? 0}`
    const earlier = known.get(key)
    if (earlier) warnings.push(`${here}: duplicate port definition with ${earlier}`)
    else known.set(key, here)
  }
  return warnings
}

type HasTemplate = { readonly spec: { readonly template: PodTemplateSpec } }

/** For workloads: at creation, and when the template changes. */
export function templateWarnings({ spec: { template } }: HasTemplate, old?: HasTemplate): string[] {
  if (old && semanticEqual(template, old.spec.template)) return []
  return podSpecWarnings(template.spec, path('spec', 'template', 'spec'))
}
