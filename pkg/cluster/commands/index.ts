/** The launcher's commands, in the order in which help shows them. */
import { agent } from './agent.ts'
import type { Command } from './command.ts'
import { deleteCluster } from './delete.ts'
import { down } from './down.ts'
import { helm } from './helm.ts'
import { image } from './image.ts'
import { kubectl, why } from './kubectl.ts'
import { logs } from './logs.ts'
import { node } from './node.ts'
import { server } from './server.ts'
import { status } from './status.ts'
import { token } from './token.ts'
import { up } from './up.ts'
import { version } from './version.ts'

export const commands: readonly Command[] = [up, down, deleteCluster, status, logs, image, node, kubectl, why, helm, server, agent, token, version]
