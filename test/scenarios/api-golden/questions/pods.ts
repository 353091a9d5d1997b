/** Pods as they are created: their spec in three parts. */
import { createEach } from '../mutations.ts'
import type { Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'
import { containersPod, placedPod, volumesPod } from './pod-base.ts'

const base = '/api/v1/namespaces/golden/pods'

const named = (pod: { metadata: object }, name: string) => ({ ...pod, metadata: { ...pod.metadata, name } })

export const pods: Questionnaire = {
  setup: [...inNamespace],
  questions: [
    ...createEach('containers', base, named(containersPod, 'new'), { skip: ['metadata'] }),
    ...createEach('placed', base, named(placedPod, 'new'), { skip: ['metadata'] }),
  ],
}

export const podVolumes: Questionnaire = {
  setup: [...inNamespace],
  questions: [...createEach('volumes', base, named(volumesPod, 'new'), { skip: ['metadata', 'spec.containers'] })],
}
