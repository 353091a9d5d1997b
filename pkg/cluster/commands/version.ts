import { gitVersion, k8tsVersion } from '../version.ts'
import type { Command } from './command.ts'

export const version: Command = {
  name: 'version',
  summary: 'Shows the versions of k8ts, of the Kubernetes it speaks, and of the runtime.',
  examples: [['k8ts version', '']],
  async run({ print }) {
    print(`k8ts ${k8tsVersion}\nKubernetes ${gitVersion}\nNode.js ${process.version}\n`)
    return 0
  },
}
