/** k8ts why KIND/NAME: in plain words, why it is pending, crashing, not ready, unreachable or stuck in deletion. */
import { queryString, resourcePath } from '#client/paths.ts'
import { CommandError } from '../errors.ts'
import { escapeTerminal } from '../printers/terminal.ts'
import { allNamespacesFlag } from '../resources/types.ts'
import { visit } from '../resources/visit.ts'
import type { Command, Invocation } from '../types.ts'
import { why, whyText } from '../why/index.ts'
import type { Reader } from '../why/types.ts'

export const command: Command = {
  summary: 'Say in plain words why something is pending, crashing, not ready, unreachable or stuck in deletion.',
  usage: 'KIND/NAME ...',
  examples: ['kubectl why pod/web', 'kubectl why deployment/web -n shop', 'kubectl why namespace/old'],
  flags: [allNamespacesFlag],
  async run(invocation) {
    const { args, out } = invocation
    if (args.length === 0) throw new CommandError('error: name something: KIND/NAME')
    const reader = readerOf(invocation)
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

function readerOf(invocation: Invocation): Reader {
  const { session, now } = invocation
  const quietly = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read()
    } catch {
      return otherwise
    }
  }
  const resourceOf = async (apiVersion: string, kind: string) => {
    const found = (await session.catalog()).byKind(apiVersion, kind)
    if (!found) throw new CommandError(`error: no matches for kind ${kind}`)
    return found
  }
  const withKind = (apiVersion: string, kind: string) => (item: any) => ({ ...item, apiVersion, kind })
  const events = new Map<string, Promise<any[]>>()
  return {
    now,
    get: (apiVersion, kind, namespace, name) =>
      quietly(async () => session.json({ method: 'GET', path: resourcePath(await resourceOf(apiVersion, kind), { namespace, name }) }), undefined),
    list: (apiVersion, kind, namespace, selector, fieldSelector) =>
      quietly(async () => {
        const path = resourcePath(await resourceOf(apiVersion, kind), { namespace }) + queryString({ labelSelector: selector, fieldSelector, limit: 500 })
        return (await session.json({ method: 'GET', path })).items.map(withKind(apiVersion, kind))
      }, []),
    events(object) {
      const { uid, name, namespace } = object.metadata
      const key = uid ?? `${namespace}/${name}`
      const known = events.get(key)
      if (known) return known
      const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
      const fieldSelector = `involvedObject.name=${name},involvedObject.kind=${object.kind}`
      const time = (event: any): string => event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.metadata?.creationTimestamp ?? ''
      const reading = quietly(async () => {
        const { items } = await session.json({ method: 'GET', path: `/api/v1${scope}/events${queryString({ fieldSelector, limit: 500 })}` })
        return items.toSorted((a: any, b: any) => (time(a) < time(b) ? -1 : 1))
      }, [])
      events.set(key, reading)
      return reading
    },
    lastWords: ({ metadata }, container, previous) =>
      quietly(async () => {
        const path = `/api/v1/namespaces/${encodeURIComponent(metadata.namespace)}/pods/${encodeURIComponent(metadata.name)}/log`
        const response = await (await session.client()).request({
          method: 'GET',
          path: path + queryString({ container, previous, tailLines: 3, limitBytes: 4096 }),
        })
        return response.status === 200 ? await response.text() : ''
      }, ''),
  }
}
