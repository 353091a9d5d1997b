/** ReplicaSet: as many pods of a template as asked for. In: ReplicaSets, pods. Out: pods, ReplicaSet status. Upstream: pkg/controller/replicaset. */
import { replicaSets } from '#api/gen/resources.ts'
import { selectorOf } from '#client/selector.ts'
import type { Controller } from '#runtime/types.ts'
import { controllerOf } from '../workload/owner.ts'
import { DeletionMetrics } from './metrics.ts'
import { replicasController } from './replicas.ts'

export function replicaSetController(): Controller {
  const metrics = new DeletionMetrics()
  return replicasController({
    name: 'replicaset-controller',
    account: 'replicaset-controller',
    eventSource: 'replicaset-controller',
    resource: replicaSets,
    metrics: metrics.set,
    chose: (...chosen) => metrics.chose(...chosen),
    selectorOf: (owner) => selectorOf(owner.spec.selector),
    templateOf: (owner) => owner.spec.template,
    countsTerminating: true,
    family(owner, { cache }) {
      const deployment = controllerOf(owner)
      return deployment
        ? cache(replicaSets)
            .byIndex('controller', deployment.uid)
            .map((each) => each.metadata.uid)
        : [owner.metadata.uid]
    },
  })
}
