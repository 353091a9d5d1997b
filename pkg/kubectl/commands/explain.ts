/** kubectl explain: what the server's OpenAPI documents say of a kind or a field. */
import { apiVersionOf, parseApiVersion } from '#apimachinery/object.ts'
import { groupVersionPath } from '#client/paths.ts'
import { CommandError } from '../errors.ts'
import type { Command } from '../types.ts'
import { explainText } from './explain/plaintext.ts'
import { explainOldText } from './explain/openapi-v2.ts'

const suggestion = 'Use "kubectl api-resources" for a complete list of supported resources.'

export const command: Command = {
  summary: 'Describe fields and structure of various resources.',
  usage: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  examples: ['kubectl explain pods', 'kubectl explain pods.spec.containers', 'kubectl explain deployment --recursive'],
  flags: [
    { name: 'api-version', type: 'string', usage: 'Explain this version of the API (group/version)' },
    { name: 'output', short: 'o', type: 'string', default: 'plaintext', usage: 'Format of the explanation: plaintext or plaintext-openapiv2' },
    { name: 'recursive', short: 'R', type: 'bool', default: 'false', usage: 'Print the fields of fields' },
  ],
  async run({ args, flags, session, out }) {
    if (args.length === 0) throw new CommandError(`error: You must specify the type of resource to explain. ${suggestion}\n`)
    if (args.length > 1) throw new CommandError('error: We accept only this format: explain RESOURCE\n')
    const catalog = await session.catalog()
    const wanted = flags.string('api-version')
    // "deployments.apps.spec" may name a group: the longest beginning that is a resource counts, as upstream has it without --api-version.
    const words = args[0]!.replace(/^\.|\.$/g, '').split('.')
    let resource: ReturnType<typeof catalog.find>
    let taken = 1
    if (wanted === '') {
      for (let count = words.length; count > 0 && !resource; count--) {
        const found = catalog.find(words.slice(0, count).join('.'))
        if (
          found &&
          (count === 1 || words.slice(1, count).join('.') === found.group || words.slice(1, count).join('.') === `${found.version}.${found.group}`)
        ) {
          resource = found
          taken = count
        }
      }
    } else resource = catalog.find(words[0]!)
    if (!resource) {
      // A catalog from the disk is doubted first.
      try {
        catalog.resolve(words[0]!)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
      }
    }
    if (!resource) throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(words[0])}`, 1, { bare: true })
    const of = wanted === '' ? resource : { ...resource, ...parseApiVersion(wanted) }
    const path = words.slice(taken)
    const format = flags.string('output')
    if (format === 'plaintext-openapiv2') {
      return out(explainOldText(await session.json({ method: 'GET', path: '/openapi/v2' }), of, path, flags.bool('recursive')))
    }
    const index = await session.json({ method: 'GET', path: '/openapi/v3' })
    const entry = index.paths?.[groupVersionPath(of).slice(1)]
    if (!entry) throw new CommandError(`error: couldn't find resource for "${apiVersionOf(of)}, Resource=${of.plural}"`)
    if (format !== 'plaintext') throw new CommandError(`error: unrecognized format: ${format}`)
    const { head, body } = explainText(await session.json({ method: 'GET', path: entry.serverRelativeURL }), of, path, flags.bool('recursive'))
    out(head)
    if (body === undefined) throw new CommandError(`error: field ${JSON.stringify(path.at(-1))} does not exist`)
    out(`${body}\n`)
  },
}
