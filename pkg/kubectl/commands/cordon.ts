/** kubectl cordon. */
import { schedulingCommand } from './nodes.ts'

export const command = schedulingCommand('cordon', true)
