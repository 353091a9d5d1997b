/** What the values of flags may be; one that is not here takes files. */
import type { Invocation } from '../types.ts'
import { type Completer, nothing, words } from './types.ts'

/** The chart stands after the release's name, where there is one. */
const chartOf: Readonly<Record<string, (invocation: Invocation) => string | undefined>> = {
  'helm install': ({ args, flags }) => args[flags.bool('generate-name') ? 0 : 1],
  'helm template': ({ args, flags }) => args[flags.bool('generate-name') ? 0 : 1],
  'helm upgrade': ({ args }) => args[1],
  'helm pull': ({ args }) => args[0],
}

const versions: Completer = async (invocation) => {
  const reference = chartOf[invocation.path] ? chartOf[invocation.path]!(invocation) : invocation.args[0]
  return (await import('./charts.ts')).completeVersions(invocation, reference)
}

const contexts: Completer = async ({ flags, session }) => {
  const { configPlaces, loadMerged, prepareToRead } = await import('#kubectl/config/files.ts')
  const places = configPlaces(flags.string('kubeconfig'), session.env, session.cwd)
  await prepareToRead(places)
  const merged = loadMerged(places)
  return words([...merged.contexts].map(([name, { value }]) => `${name}\t${(value as { cluster?: string }).cluster ?? ''}`))
}

const color: Completer = () => words(['never', 'auto', 'always'])

export const flagCompleters: Readonly<Record<string, Completer>> = {
  color,
  colour: color,
  'kube-context': contexts,
  namespace: async (invocation) => (await import('./releases.ts')).completeNamespaces(invocation),
  output: () => words(['json\tOutput result in JSON format', 'table\tOutput result in human-readable format', 'yaml\tOutput result in YAML format']),
  revision: async (invocation) => (invocation.args.length === 1 ? (await import('./releases.ts')).completeRevisions(invocation, invocation.args[0]!) : nothing),
  version: versions,
}
