/** The kinds of events.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { event } from './event.ts'

export const eventsDefinitions: readonly ResourceDefinition[] = [event]
