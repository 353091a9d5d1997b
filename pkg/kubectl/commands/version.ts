/** kubectl version. */
import { CommandError } from '../errors.ts'
import { toJson } from '../printers/json.ts'
import { toYaml } from '../printers/yaml.ts'
import type { Command } from '../types.ts'

export const clientVersion = 'v1.36.0'

export const command: Command = {
  summary: 'Print the client and server version information for the current context.',
  flags: [
    { name: 'client', type: 'bool', default: 'false', usage: 'Shows client version only (no server required)' },
    { name: 'output', short: 'o', type: 'string', usage: "One of 'yaml' or 'json'" },
  ],
  async run({ flags, out, session }) {
    const format = flags.string('output')
    if (format !== '' && format !== 'json' && format !== 'yaml') throw new CommandError("error: --output must be 'yaml' or 'json'")
    const client = {
      major: '1',
      minor: '36',
      gitVersion: clientVersion,
      compiler: 'node',
      platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    }
    let server: any
    let failure: unknown
    if (!flags.bool('client')) {
      try {
        server = await session.json({ method: 'GET', path: '/version' })
      } catch (error) {
        failure = error
      }
    }
    const whole = { clientVersion: client, kustomizeVersion: 'v5.8.1', ...(server ? { serverVersion: server } : {}) }
    if (format === 'json') out(`${toJson(whole, { indent: '  ', ordered: true })}\n`)
    else if (format === 'yaml') out(`${toYaml(whole)}\n`)
    else {
      out(`Client Version: ${clientVersion}\nKustomize Version: v5.8.1\n`)
      if (server) out(`Server Version: ${server.gitVersion}\n`)
    }
    if (failure) throw failure
  },
}
