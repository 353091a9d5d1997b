/** The launcher's commands, in the order in which help shows them. */
import type { Command } from './command.ts'
import { deleteCluster } from './delete.ts'
import { down } from './down.ts'
import { image } from './image.ts'
import { kubectl } from './kubectl.ts'
import { logs } from './logs.ts'
import { status } from './status.ts'
import { up } from './up.ts'
import { version } from './version.ts'

export const commands: readonly Command[] = [up, down, deleteCluster, status, logs, image, kubectl, version]
