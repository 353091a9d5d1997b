/** All scenarios, a file a group; those first that take longest. */
import type { Scenario } from '../types.ts'
import { autoscalerScenarios } from './autoscalers.ts'
import { clusterScenarios } from './cluster.ts'
import { cronJobScenarios } from './cron-jobs.ts'
import { deviceScenarios } from './devices.ts'
import { garbageScenarios } from './garbage.ts'
import { jobScenarios } from './jobs.ts'
import { joiningScenarios } from './joining.ts'
import { moreWorkloadScenarios } from './more-workloads.ts'
import { nodeScenarios } from './nodes.ts'
import { policyScenarios } from './policies.ts'
import { rolloutScenarios } from './rollouts.ts'
import { serviceScenarios } from './services.ts'
import { storageScenarios } from './storage.ts'
import { workloadScenarios } from './workloads.ts'

export const scenarios: readonly Scenario[] = [
  ...autoscalerScenarios,
  ...nodeScenarios,
  ...workloadScenarios,
  ...moreWorkloadScenarios,
  ...rolloutScenarios,
  ...jobScenarios,
  ...cronJobScenarios,
  ...serviceScenarios,
  ...clusterScenarios,
  ...policyScenarios,
  ...storageScenarios,
  ...deviceScenarios,
  ...garbageScenarios,
  ...joiningScenarios,
]
