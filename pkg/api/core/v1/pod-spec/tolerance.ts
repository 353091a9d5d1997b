/**
 * Rules become stricter, but what is stored must remain changeable: what an object's older state already broke may go on
 * being broken (upstream: GetValidationOptionsFromPodSpecAndMeta of pkg/api/pod).
 */
import { type FieldError, path } from '#apimachinery/field-error.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import type { Affinity, PodSpec } from '#api/gen/core/v1.ts'
import { validateLabelSelector } from '../../../meta/labels.ts'
import { containersWithPaths } from './containers-with-paths.ts'
import { validateDeletionCost } from './validate-annotations.ts'
import { validateNodeSelectorTerm } from './validate-node-selector.ts'
import { validateHugePages } from './validate-resources.ts'
import { validateHostSysctl } from './validate-security-context.ts'
import { localPath } from './validate-volume-files.ts'

interface Old {
  readonly metadata: Pick<ObjectMeta, 'annotations'>
  readonly spec: PodSpec
}

const at = path('spec')

const breaks = {
  deletionCost: ({ metadata }) => validateDeletionCost(metadata.annotations, at),
  hugePagesFraction: ({ spec }) =>
    containersWithPaths(spec, at).flatMap(({ container: { resources } }) =>
      [...Object.entries(resources?.limits ?? {}), ...Object.entries(resources?.requests ?? {})].flatMap(([name, amount]) =>
        validateHugePages(name, amount, at),
      ),
    ),
  /** Only the values: labels of other form were never taken. */
  affinitySelectorValues: ({ spec }) => selectorsOf(spec.affinity).flatMap((selector) => validateLabelSelector(selector, at)),
  nodeAffinityValues: ({ spec }) =>
    (spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term) =>
      validateNodeSelectorTerm(term, at).slice(validateNodeSelectorTerm(term, at, true).length),
    ),
  spreadSelector: ({ spec }) => (spec.topologySpreadConstraints ?? []).flatMap(({ labelSelector }) => validateLabelSelector(labelSelector, at)),
  tokenPath: ({ spec }) =>
    (spec.volumes ?? []).flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap(({ serviceAccountToken: token }) => (token ? localPath(at, token.path) : [])),
    ),
  hostSysctl: ({ spec }) => (spec.securityContext?.sysctls ?? []).flatMap(({ name = '' }) => validateHostSysctl(name, spec, at)),
  /** Any of them: a volume is not labelled by mounting unless the SELinuxMount gate is on. */
  labelsByMount: ({ spec }) => spec.securityContext?.seLinuxChangePolicy !== undefined,
  ownUsersOnHostNetwork: ({ spec }) => spec.hostUsers === false && spec.hostNetwork,
  ownUsersWithDevices: ({ spec }) =>
    spec.hostUsers === false && containersWithPaths(spec, at).some(({ container }) => (container.volumeDevices ?? []).length > 0),
  restartOfInitOnResize: ({ spec }) =>
    (spec.initContainers ?? []).some(
      ({ restartPolicy, resizePolicy }) => restartPolicy !== 'Always' && (resizePolicy ?? []).some((each) => each.restartPolicy === 'RestartContainer'),
    ),
} as const satisfies Readonly<Record<string, (old: Old) => readonly FieldError[] | boolean | undefined>>

export type Tolerates = (what: keyof typeof breaks) => boolean

/** Of a new object. */
export const nothing: Tolerates = () => false

/** Of an update; without an older state as of a new object. */
export function whatBroke(old: Old | undefined): Tolerates {
  if (!old) return nothing
  return (what) => {
    const broken = breaks[what](old)
    return Array.isArray(broken) ? broken.length > 0 : broken === true
  }
}

function selectorsOf({ podAffinity, podAntiAffinity }: Affinity = {}) {
  return [podAffinity, podAntiAffinity].flatMap((each) => {
    const preferred = (each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm)
    const terms = [...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...preferred]
    return terms.flatMap(({ labelSelector, namespaceSelector }) => [labelSelector, namespaceSelector])
  })
}
