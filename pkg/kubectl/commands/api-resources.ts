/** kubectl api-resources. */
import { apiVersionOf } from '#apimachinery/object.ts'
import { CommandError, usageError } from '../errors.ts'
import { alignTabs, tableColumns } from '../printers/tab-writer.ts'
import { printerOf } from '../printers/index.ts'
import type { ApiResource } from '../catalog/types.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Print the supported API resources on the server.',
  flags: [
    { name: 'api-group', type: 'string', usage: 'Limit to resources in the specified API group' },
    { name: 'cached', type: 'bool', default: 'false', usage: 'Use the cached list of resources if available' },
    { name: 'categories', type: 'stringSlice', usage: 'Limit to resources that belong to the specified categories' },
    { name: 'namespaced', type: 'bool', default: 'true', usage: 'Limit to namespaced resources, or with false to others' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'Do not print headers' },
    { name: 'output', short: 'o', type: 'string', usage: 'Output format: json, yaml, kyaml, name, wide' },
    { name: 'show-managed-fields', type: 'bool', default: 'false', usage: 'Keep managedFields when printing objects in JSON or YAML' },
    { name: 'sort-by', type: 'string', usage: "Sort by 'name' or 'kind'" },
    { name: 'verbs', type: 'stringSlice', usage: 'Limit to resources that support the specified verbs' },
  ],
  async run(invocation) {
    const { flags, args, path, session, out } = invocation
    const format = flags.string('output')
    if (args.length > 0) throw usageError(path, `unexpected arguments: [${args.join(' ')}]`)
    const isTable = format === '' || format === 'wide'
    if (!isTable && !['json', 'kyaml', 'name', 'yaml'].includes(format))
      throw new CommandError(
        `error: unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: json,kyaml,name,wide,yaml`,
      )
    if (!['', 'name', 'kind'].includes(flags.string('sort-by'))) throw new CommandError('error: --sort-by accepts only name or kind')
    const catalog = await session.catalog({ fresh: !flags.bool('cached') })
    let found = catalog.resources.filter(({ preferred, verbs }) => preferred && verbs.length > 0)
    if (flags.changed('api-group')) found = found.filter(({ group }) => group === flags.string('api-group'))
    if (flags.changed('namespaced')) found = found.filter(({ namespaced }) => namespaced === flags.bool('namespaced'))
    if (flags.list('verbs').length > 0) found = found.filter(({ verbs }) => flags.list('verbs').every((verb) => verbs.includes(verb)))
    if (flags.list('categories').length > 0)
      found = found.filter(({ categories }) => flags.list('categories').every((category) => categories.includes(category)))
    const by = flags.string('sort-by')
    const key = ({ group, plural, kind }: (typeof found)[number]): string => (by === 'kind' ? kind : by === 'name' ? plural : `${group}\u0000${plural}`)
    found = found.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    if (!isTable && format !== 'name') {
      const print = await printerOf(invocation, 'plain', { typed: true })
      return out(print!({ apiVersion: 'v1', groupVersion: '', kind: 'APIResourceList', resources: found.length > 0 ? found.map(described) : null }))
    }
    if (format === 'name') return out(found.map(({ plural, group }) => `${plural}${group ? `.${group}` : ''}\n`).join(''))
    const rows = found.map((each) =>
      [
        each.plural,
        each.shortNames.join(','),
        apiVersionOf(each),
        each.namespaced,
        each.kind,
        ...(format === 'wide' ? [each.verbs.join(','), each.categories.join(',')] : []),
      ].join('\t'),
    )
    if (!flags.bool('no-headers'))
      rows.unshift(['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(format === 'wide' ? ['VERBS', 'CATEGORIES'] : [])].join('\t'))
    out(`${alignTabs(rows.join('\n'), tableColumns)}\n`)
    if (catalog.failures.size > 0)
      throw new CommandError(
        `error: unable to retrieve the complete list of server APIs: ${[...catalog.failures].map(([name, error]) => `${name}: ${error.message}`).join(', ')}`,
      )
  },
}

/** As discovery tells it, with group and version beside it. */
function described({ plural, singular, namespaced, group, version, kind, verbs, shortNames, categories }: ApiResource): object {
  return {
    categories: categories.length > 0 ? categories : undefined,
    group: group || undefined,
    kind,
    name: plural,
    namespaced,
    shortNames: shortNames.length > 0 ? shortNames : undefined,
    singularName: singular,
    verbs,
    version,
  }
}
