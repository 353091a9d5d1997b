/** The cloud's controllers, in the order they are started. Registration is this list and nothing else. */
import type { Controller } from '#runtime/types.ts'
import { cloudNodeController } from './node/index.ts'
import { cloudNodeLifecycleController } from './node-lifecycle/index.ts'
import { routeController } from './route/index.ts'
import { serviceController } from './service/index.ts'
import type { CloudSettings } from './types.ts'

/** Answers nothing where the provider has no such part. */
export type CloudControllerFactory = (settings: CloudSettings) => Controller | undefined

export const cloudControllerFactories: readonly CloudControllerFactory[] = [
  cloudNodeController,
  cloudNodeLifecycleController,
  serviceController,
  routeController,
]
