/** The commands of helm, in the order of its help. */
import type { Command } from '../types.ts'
import { template } from './template.ts'

export const commands: readonly Command[] = [template]
