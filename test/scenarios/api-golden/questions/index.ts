/** Every list of questions, by the name of its record. */
import type { Questionnaire } from '../types.ts'
import { apps } from './apps.ts'
import { bootstrap } from './bootstrap.ts'
import { discovery } from './discovery.ts'
import { requests } from './requests.ts'

export const questionnaires: Readonly<Record<string, Questionnaire>> = {
  apps,
  bootstrap,
  discovery,
  requests,
}
