/** Pod affinity terms made ready for matching (upstream's framework.AffinityTerm). */
import type { Pod, PodAffinityTerm } from '#api/gen/core/v1.ts'
import { nothing, type Labels, type Selector, selectorFromLabelSelector } from '#apimachinery/labels.ts'

export interface AffinityTerm {
  readonly topologyKey: string
  readonly selector: Selector
  readonly namespaces: ReadonlySet<string>
  readonly namespaceSelector: Selector
  /** 0 for a required term. */
  readonly weight: number
}

export interface AffinityTerms {
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly AffinityTerm[]
  readonly preferredAntiAffinity: readonly AffinityTerm[]
}

const none: AffinityTerms = { affinity: [], antiAffinity: [], preferredAffinity: [], preferredAntiAffinity: [] }

export function affinityTermsOf({ metadata, spec }: Pod): AffinityTerms {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return none
  const { namespace = '' } = metadata
  const required = (terms: readonly PodAffinityTerm[] = []) => terms.map((term) => compile(term, namespace, 0))
  const preferred = (terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] = []) =>
    terms.map(({ weight, podAffinityTerm }) => compile(podAffinityTerm, namespace, weight))
  return {
    affinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  }
}

/** The API server has taken matchLabelKeys and mismatchLabelKeys into the selector when the pod was made. */
function compile({ topologyKey, labelSelector, namespaces = [], namespaceSelector }: PodAffinityTerm, own: string, weight: number): AffinityTerm {
  return {
    topologyKey,
    selector: selectorFromLabelSelector(labelSelector),
    namespaces: new Set(namespaces.length === 0 && !namespaceSelector ? [own] : namespaces),
    namespaceSelector: namespaceSelector ? selectorFromLabelSelector(namespaceSelector) : nothing,
    weight,
  }
}

export function termMatches(term: AffinityTerm, namespace: string, labels: Labels | undefined, namespaceLabels: Labels | undefined): boolean {
  return (term.namespaces.has(namespace) || term.namespaceSelector.matches(namespaceLabels)) && term.selector.matches(labels)
}
