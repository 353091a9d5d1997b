/** kubectl api-versions. */
import { apiVersionOf } from '#apimachinery/object.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Print the supported API versions on the server, in the form of "group/version".',
  async run({ session, out }) {
    const { groupVersions } = await session.catalog()
    out(
      groupVersions
        .map(apiVersionOf)
        .sort()
        .map((each) => `${each}\n`)
        .join(''),
    )
  },
}
