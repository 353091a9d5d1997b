/** kubectl kuberc view. */
import { existsSync } from 'node:fs'
import { kubercPlace } from '../../config/kuberc-file.ts'
import { CommandError } from '../../errors.ts'
import { outputFlags, printerOf } from '../../printers/index.ts'
import { toJson } from '../../printers/json.ts'
import { readAll } from '../../resources/files.ts'
import type { Command } from '../../types.ts'
import { preferenceHead, readPreference, savePreference } from './file.ts'

const option = (command: string, name: string, value: string): object => ({ command, options: [{ default: value, name }] })

export const command: Command = {
  summary: 'Display the contents of the kuberc file in the specified output format.',
  usage: '',
  examples: ['kubectl kuberc view', 'kubectl kuberc view --output json', 'kubectl kuberc view --kuberc /path/to/kuberc'],
  flags: outputFlags.map((flag) => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
  async run(invocation) {
    const { flags, io, out } = invocation
    const place = kubercPlace(flags.string('kuberc'), io)
    if (!place) throw new CommandError('error: KUBERC is disabled via KUBERC=off environment variable')
    if (!existsSync(place.path)) {
      if (place.explicit) throw new CommandError(`error: kuberc file not found at ${place.name}`)
      out(`kuberc file not found at ${place.name}\nWould you like to generate a default kuberc file with recommended options? (y/N): `)
      if (!/^\s*y\s*$/i.test((await readAll(io.stdin)).split('\n')[0]!)) return
      const defaults = [option('apply', 'server-side', 'true'), option('delete', 'interactive', 'true')]
      return savePreference(place, { aliases: null, ...preferenceHead, defaults }, out)
    }
    const preference = await readPreference(place.path)
    const shown = { ...preference, aliases: preference.aliases ?? [], defaults: preference.defaults ?? [] }
    const print = await printerOf(invocation, 'plain')
    out(flags.string('output') === 'json' ? `${toJson(inFieldOrder(shown), { ordered: true })}\n` : print!(shown))
  },
}

/** As upstream's structs stand. */
function inFieldOrder(preference: any): object {
  const { kind, apiVersion, defaults, aliases, credentialPluginPolicy, credentialPluginAllowlist } = preference
  const options = (list: any[] | undefined): any => list?.map(({ name, default: value }) => ({ name, default: value }))
  return {
    kind,
    apiVersion,
    defaults: defaults.map((each: any) => ({ command: each.command, options: options(each.options) ?? null })),
    aliases: aliases.map(({ name, command: of, prependArgs, appendArgs, options: given }: any) => ({
      name,
      command: of,
      prependArgs,
      appendArgs,
      options: options(given),
    })),
    credentialPluginPolicy,
    credentialPluginAllowlist,
  }
}
