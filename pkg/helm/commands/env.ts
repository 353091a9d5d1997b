/** `helm env` */
import { environmentOf } from '../environment.ts'
import type { Command } from '../types.ts'

export const env: Command = {
  usage: '[flags]',
  about: 'Prints the environment that helm works in; with a name, its value alone.',
  arguments: { max: 1 },
  async run({ settings, flags, args, out }) {
    const all = environmentOf(settings, flags)
    if (args.length > 0) out(`${all[args[0]!] ?? ''}\n`)
    else for (const name of Object.keys(all).sort()) out(`${name}=${JSON.stringify(all[name])}\n`)
  },
}
