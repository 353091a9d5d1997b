/** What the arguments of each command may be; one that is not here takes files. */
import { type Completer, type Completions, directives, files, noMore, nothing, words } from './types.ts'

const charts = () => import('./charts.ts')
const releases = () => import('./releases.ts')

const oneRelease: Completer = async (invocation) => (invocation.args.length > 0 ? noMore : (await releases()).completeReleases(invocation))
const onlyFile: Completer = ({ args }) => (args.length > 0 ? noMore : files)
const none: Completer = () => noMore
const oneChart: Completer = async (invocation, typed) => (invocation.args.length > 0 ? noMore : (await charts()).completeCharts(invocation, typed))

const namedChart: Completer = async (invocation, typed) => {
  const before = invocation.flags.bool('generate-name') ? 0 : 1
  return invocation.args.length === before ? (await charts()).completeCharts(invocation, typed) : nothing
}

const repositories: Completer = async (invocation) => (await charts()).completeRepositories(invocation)

const plugins: Completer = async ({ args, settings }) => {
  const { findPlugins } = await import('../plugin/load.ts')
  const found = findPlugins(settings.plugins).filter(({ name, type }) => type === 'cli/v1' && !args.includes(name))
  return words(found.map(({ name, summary }) => `${name}\t${summary}`))
}

async function environment({ args, session, flags, settings }: Parameters<Completer>[0]): Promise<Completions> {
  if (args.length > 0) return noMore
  const { environmentOf } = await import('../environment.ts')
  return words(Object.keys(environmentOf({ ...settings, env: session.env }, flags)).sort())
}

export const argumentCompleters: Readonly<Record<string, Completer>> = {
  'helm completion bash': none,
  'helm completion fish': none,
  'helm completion powershell': none,
  'helm completion zsh': none,
  'helm create': onlyFile,
  'helm env': environment,
  'helm get all': oneRelease,
  'helm get hooks': oneRelease,
  'helm get manifest': oneRelease,
  'helm get metadata': oneRelease,
  'helm get notes': oneRelease,
  'helm get values': oneRelease,
  'helm history': oneRelease,
  'helm install': namedChart,
  'helm list': none,
  'helm plugin install': onlyFile,
  'helm plugin list': none,
  'helm plugin uninstall': plugins,
  'helm plugin update': plugins,
  'helm pull': async (invocation, typed) => (invocation.args.length > 0 ? nothing : (await charts()).completeCharts(invocation, typed, false)),
  'helm push': ({ args }) =>
    args.length === 0 ? files : args.length === 1 ? { words: ['oci://'], directive: directives.noFiles | directives.noSpace } : noMore,
  'helm registry login': () => nothing,
  'helm registry logout': () => nothing,
  'helm repo add': ({ args }) => (args.length > 1 ? noMore : nothing),
  'helm repo index': onlyFile,
  'helm repo list': none,
  'helm repo remove': repositories,
  'helm repo update': repositories,
  'helm rollback': async (invocation) => {
    const [name, revision] = invocation.args
    if (revision !== undefined) return noMore
    return name === undefined ? (await releases()).completeReleases(invocation) : (await releases()).completeRevisions(invocation, name)
  },
  'helm show all': oneChart,
  'helm show chart': oneChart,
  'helm show crds': oneChart,
  'helm show readme': oneChart,
  'helm show values': oneChart,
  'helm status': oneRelease,
  'helm template': namedChart,
  'helm test': oneRelease,
  'helm uninstall': async (invocation) => (await releases()).completeReleases(invocation),
  'helm upgrade': async (invocation, typed) => {
    const { length } = invocation.args
    if (length === 0) return (await releases()).completeReleases(invocation)
    return length === 1 ? (await charts()).completeCharts(invocation, typed) : noMore
  },
  'helm verify': onlyFile,
  'helm version': none,
}
