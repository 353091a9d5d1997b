/** A Job's pods: how they are made, and what became of them. */
import type { Job } from '#api/gen/batch/v1.ts'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { jobs } from '#api/gen/resources.ts'
import type { Draft } from '#apimachinery/object.ts'
import { controllerRef } from '../workload/owner.ts'
import { podFromTemplate } from '../workload/pod-control.ts'

/** Keeps an ended pod until it has been counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
const indexName = 'batch.kubernetes.io/job-completion-index'
const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count'

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed'

export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexName]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** How often the pod's index had failed before it. */
export function failuresBefore({ metadata }: Pod): number {
  return Number(metadata.annotations?.[failureCountAnnotation] ?? 0) || 0
}

export const isTracked = ({ metadata }: Pod): boolean => (metadata.finalizers ?? []).includes(trackingFinalizer)

/** As it is once it has been adopted. */
export const tracked = (pod: Pod): Pod =>
  isTracked(pod) ? pod : { ...pod, metadata: { ...pod.metadata, finalizers: [...(pod.metadata.finalizers ?? []), trackingFinalizer] } }

/** With podReplacementPolicy Failed a pod on its way out is not replaced before it has ended. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || (spec.podReplacementPolicy === undefined && spec.podFailurePolicy !== undefined)
}

export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === 'Failed') return true
  if (replacesOnlyFailed(job)) return false
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded'
}

export const hasSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded'

export function newJobPod(job: Job, index: number | undefined, failures: number | undefined): Draft<Pod> {
  const pod = podFromTemplate(job.spec.template, job, controllerRef(job, jobs))
  const { labels, annotations, finalizers = [] } = pod.metadata!
  const base = { ...pod.metadata, finalizers: [...finalizers, trackingFinalizer] as string[] }
  if (index === undefined) return { ...pod, metadata: base }
  const text = String(index)
  const template = job.spec.template.spec!
  return {
    metadata: {
      ...base,
      generateName: `${job.metadata.name}-${text}-`,
      labels: { ...labels, [indexName]: text },
      annotations: { ...annotations, [indexName]: text, ...(failures === undefined ? {} : { [failureCountAnnotation]: String(failures) }) },
    },
    spec: {
      ...template,
      hostname: `${job.metadata.name}-${text}`,
      containers: template.containers.map(withIndex),
      ...(template.initContainers ? { initContainers: template.initContainers.map(withIndex) } : {}),
    },
  }
}

function withIndex(container: Container): Container {
  const name = 'JOB_COMPLETION_INDEX'
  if (container.env?.some((each) => each.name === name)) return container
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${indexName}']` }
  return { ...container, env: [...(container.env ?? []), { name, valueFrom: { fieldRef } }] }
}
