/** Every list of questions, by the name of its record. */
import type { Questionnaire } from '../types.ts'

export const questionnaires: Readonly<Record<string, Questionnaire>> = {}
