/** k8ts why KIND/NAME: in plain words, why it is pending, crashing, not ready, unreachable or stuck in deletion. */
import { CommandError } from '../errors.ts'
import { escapeTerminal } from '../printers/terminal.ts'
import { allNamespacesFlag } from '../resources/types.ts'
import { visit } from '../resources/visit.ts'
import type { Command } from '../types.ts'
import { why, whyText } from '../why/index.ts'
import { createReader } from '../why/reader.ts'

export const command: Command = {
  summary: 'Say in plain words why something is pending, crashing, not ready, unreachable or stuck in deletion.',
  usage: 'KIND/NAME ...',
  examples: ['kubectl why pod/web', 'kubectl why deployment/web -n shop', 'kubectl why namespace/old'],
  flags: [allNamespacesFlag],
  async run(invocation) {
    const { args, out, session, now } = invocation
    if (args.length === 0) throw new CommandError('error: name something: KIND/NAME')
    const reader = createReader({ client: session.client, catalog: session.catalog, now })
    for (const { object, resource, name } of await visit(invocation)) {
      const findings = await why(object, reader)
      out(
        findings.length === 0
          ? `${resource.kind} ${escapeTerminal(name)}: nothing is wrong with it that its state and events tell of.\n`
          : escaped(whyText(findings)),
      )
    }
  },
}

/** Line ends are ours; everything else that could drive a terminal came from the cluster. */
function escaped(text: string): string {
  return text.split('\n').map(escapeTerminal).join('\n')
}
