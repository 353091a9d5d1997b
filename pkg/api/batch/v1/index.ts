/** The kinds of batch. */
import type { ResourceDefinition } from '#api/types.ts'
import { cronJob } from './cron-job.ts'
import { job } from './job.ts'

export const batchDefinitions: readonly ResourceDefinition[] = [cronJob, job]
