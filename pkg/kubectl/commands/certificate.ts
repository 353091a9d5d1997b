/** kubectl certificate: approve, deny. */
import { CommandError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { resourcePath } from '#client/paths.ts'
import { fileFlags } from '../resources/types.ts'
import { hasFiles, forEachItem } from '../resources/visit.ts'
import { outcomePrinter } from '../resources/write.ts'
import type { Command, CommandEntry } from '../types.ts'

function deciding(name: string, type: 'Approved' | 'Denied', past: string): CommandEntry {
  const other = type === 'Approved' ? 'Denied' : 'Approved'
  const summary = `${name === 'approve' ? 'Approve' : 'Deny'} a certificate signing request`
  const command: Command = {
    summary: `${summary}.`,
    usage: '(-f FILENAME | NAME)',
    flags: [
      ...outputFlags,
      ...fileFlags('identifying the resource to update'),
      { name: 'force', type: 'bool', default: 'false', usage: 'Update the CSR even if it is already decided' },
    ],
    async run(invocation) {
      const { args, flags, session, now, out } = invocation
      if (args.length === 0 && !hasFiles(invocation)) throw new CommandError('error: one or more CSRs must be specified as <name> or -f <filename>')
      const print = await outcomePrinter(invocation, { typed: true })
      const found = await forEachItem(
        invocation,
        { args: args.length > 0 ? ['certificatesigningrequests.certificates.k8s.io', ...args] : [] },
        async (item) => {
          const conditions: any[] = item.object.status?.conditions ?? []
          if (conditions.some((each) => each.type === other))
            throw new CommandError(`error: certificate signing request ${JSON.stringify(item.name)} is already ${other}`)
          let object = item.object
          if (!conditions.some((each) => each.type === type) || flags.bool('force')) {
            const time = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z')
            const decided = {
              type,
              status: 'True',
              reason: `Kubectl${name === 'approve' ? 'Approve' : 'Deny'}`,
              message: `This CSR was ${past} by kubectl certificate ${name}.`,
              lastUpdateTime: time,
            }
            const next = { ...object, status: { ...object.status, conditions: [...conditions.filter((each) => each.type !== type), decided] } }
            const path = resourcePath(item.resource, { name: item.name, subresource: 'approval' })
            object = await session.json({ method: 'PUT', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(next) })
          }
          print(object, past)
        },
      )
      if (found === 0) out('No resources found\n')
    },
  }
  return { name, summary, load: async () => command }
}

export const command: Command = {
  summary: 'Modify certificate resources.',
  usage: 'SUBCOMMAND',
  alone: { stream: 'stdout', code: 0 },
  subcommands: [deciding('approve', 'Approved', 'approved'), deciding('deny', 'Denied', 'denied')],
}
