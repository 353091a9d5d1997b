/** Finding a resource by what a user calls it (client-go's priority mapper and shortcut expander). */
import { parseApiVersion } from '#apimachinery/object.ts'
import { CommandError } from '../errors.ts'
import type { ApiResource, Catalog } from './types.ts'

/** `warn` is told, once a name, that a short name could also mean something else. */
export function createCatalog(from: Pick<Catalog, 'resources' | 'groupVersions' | 'failures'>, warn?: (text: string) => void): Catalog {
  // Preferred versions first, in the order of groups, so that the first match is the right one.
  const ordered = [...from.resources.filter(({ preferred }) => preferred), ...from.resources.filter(({ preferred }) => !preferred)]
  const told = new Set<string>()
  const catalog: Catalog = {
    ...from,
    find: (text) => findByText(ordered, text),
    resolve(text) {
      const found = catalog.find(text)
      if (found && warn)
        for (const other of otherMeanings(ordered, found, text))
          told.has(text) || warn(`short name ${JSON.stringify(text)} could also match lower priority resource ${other.plural}.${other.group}`)
      told.add(text)
      if (found) return found
      throw new CommandError(`error: the server doesn't have a resource type ${JSON.stringify(firstPart(text))}`)
    },
    byKind(apiVersion, kind) {
      const { group, version } = parseApiVersion(apiVersion)
      return ordered.find((each) => each.kind === kind && each.group === group && each.version === version)
    },
    category(name) {
      const found = ordered.filter(({ categories, preferred, verbs }) => preferred && categories.includes(name) && verbs.includes('list'))
      return found.length > 0 ? found : undefined
    },
  }
  return catalog
}

function otherMeanings(all: readonly ApiResource[], found: ApiResource, text: string): ApiResource[] {
  if (!found.shortNames.includes(text)) return []
  return all.filter((each) => each.preferred && each.shortNames.includes(text) && each.group !== found.group)
}

const firstPart = (text: string): string => text.split('.')[0]!

function findByText(all: readonly ApiResource[], given: string): ApiResource | undefined {
  const text = given.toLowerCase()
  if (text === '') return undefined
  const [name = '', ...rest] = text.split('.')
  if (rest.length === 0) return findName(all, name)
  // "deployments.v1.apps" names a version; "deployments.apps" does not.
  const versioned =
    rest.length > 1 || /^v\d/.test(rest[0]!)
      ? findName(
          all.filter((each) => each.version === rest[0] && each.group === rest.slice(1).join('.')),
          name,
        )
      : undefined
  if (versioned) return versioned
  // A version that is not served does not hide the resource.
  if (/^v\d/.test(rest[0]!) && rest.length > 1) {
    return findName(
      all.filter((each) => each.group === rest.slice(1).join('.')),
      name,
    )
  }
  const group = rest.join('.')
  return (
    findName(
      all.filter((each) => each.group === group),
      name,
    ) ??
    findName(
      all.filter((each) => each.group.startsWith(group)),
      name,
    )
  )
}

function findName(among: readonly ApiResource[], name: string): ApiResource | undefined {
  return (
    among.find(({ plural }) => plural === name) ??
    among.find(({ singular, kind }) => singular === name || kind.toLowerCase() === name) ??
    among.find(({ shortNames }) => shortNames.includes(name))
  )
}
