/** Every controller, in the order they are started. Registration is this list and nothing else. */
import type { Controller } from '#runtime/types.ts'
import { deploymentController } from './deployment/index.ts'
import { endpointSliceController } from './endpoint-slice/index.ts'
import { endpointsController } from './endpoints/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { replicationController } from './replication-controller/index.ts'
import type { ControllerSettings } from './types.ts'

export const controllerFactories: readonly ((settings: ControllerSettings) => Controller)[] = [
  deploymentController,
  replicaSetController,
  replicationController,
  endpointSliceController,
  endpointsController,
]
