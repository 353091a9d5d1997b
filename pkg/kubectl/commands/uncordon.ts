/** kubectl uncordon. */
import { schedulingCommand } from './nodes.ts'

export const command = schedulingCommand('uncordon', false)
