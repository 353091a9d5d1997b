/** ReplicationController: ReplicaSet's forerunner. In: ReplicationControllers, pods. Out: pods, status. Upstream: pkg/controller/replication. */
import { replicationControllers } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { matchNothing, selectorOfMap } from '#client/selector.ts'
import type { Controller } from '#runtime/types.ts'
import { replicasController } from '../replica-set/replicas.ts'

export function replicationController(): Controller {
  return replicasController({
    name: 'replicationcontroller-controller',
    account: 'replication-controller',
    eventSource: 'replication-controller',
    resource: replicationControllers as ResourceRef<any>,
    selectorOf: ({ spec }) => (Object.keys(spec.selector ?? {}).length === 0 ? matchNothing : selectorOfMap(spec.selector)),
    templateOf: ({ spec }) => spec.template,
  })
}
