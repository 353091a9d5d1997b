/** kubectl api-versions. */
import { apiVersionOf } from '#apimachinery/object.ts'
import { usageError } from '../errors.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  usage: '',
  summary: 'Print the supported API versions on the server, in the form of "group/version".',
  async run({ session, out, args, path }) {
    if (args.length > 0) throw usageError(path, `unexpected arguments: [${args.join(' ')}]`)
    const { groupVersions } = await session.catalog({ fresh: true })
    out(
      groupVersions
        .map(apiVersionOf)
        .sort()
        .map((each) => `${each}\n`)
        .join(''),
    )
  },
}
