/** All scenarios, a file a group. */
import type { Scenario } from '../types.ts'
import { clusterScenarios } from './cluster.ts'
import { jobScenarios } from './jobs.ts'
import { serviceScenarios } from './services.ts'
import { storageScenarios } from './storage.ts'
import { workloadScenarios } from './workloads.ts'

export const scenarios: readonly Scenario[] = [...workloadScenarios, ...jobScenarios, ...serviceScenarios, ...clusterScenarios, ...storageScenarios]
