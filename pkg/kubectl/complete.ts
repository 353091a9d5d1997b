/**
 * Answers to the shell completion scripts: commands, flags, resource types, names, namespaces, contexts. The last line is
 * the directive that cobra's scripts read: 4, no file names; 0, file names too; 2, no space after the word.
 */
import { basename } from 'node:path'
import { pluginFiles } from './plugins.ts'
import { commands } from './commands/index.ts'
import { configPlaces, loadMerged, prepareToRead } from './config/files.ts'
import { globalFlags } from './flags/global.ts'
import { parseLine } from './flags/parse.ts'
import type { FlagSpec } from './flags/types.ts'
import { createSession, type Session } from './session.ts'
import type { CommandEntry, Streams } from './types.ts'

const directiveNames = {
  0: 'ShellCompDirectiveDefault',
  2: 'ShellCompDirectiveNoSpace',
  4: 'ShellCompDirectiveNoFileComp',
  6: 'ShellCompDirectiveNoSpace, ShellCompDirectiveNoFileComp',
} as const
const directives = { files: 0, noSpace: 2, noFiles: 4 } as const

interface Answer {
  readonly words: readonly (readonly [word: string, about: string])[]
  readonly directive: number
}

const nothing: Answer = { words: [], directive: directives.noFiles }

export async function completeLine(argv: readonly string[], streams: Streams): Promise<number> {
  const words = argv.slice(1)
  const last = words.at(-1) ?? ''
  const { words: found, directive } = await answer(words.slice(0, -1), last, streams).catch(() => nothing)
  const lines = found
    .filter(([word]) => word.startsWith(last))
    .map(([word, about]) => (about && argv[0] === '__complete' ? `${word}\t${about}\n` : `${word}\n`))
  streams.stdout.write(`${lines.join('')}:${directive}\n`)
  streams.stderr.write(`Completion ended with directive: ${directiveNames[directive as keyof typeof directiveNames]}\n`)
  return 0
}

/** Commands that take pods, nodes or files as they stand, rather than a type and names. */
const firstWords: Readonly<Record<string, string>> = {
  logs: 'pods',
  exec: 'pods',
  attach: 'pods',
  'port-forward': 'pods',
  debug: 'pods',
  cp: 'pods',
  cordon: 'nodes',
  uncordon: 'nodes',
  drain: 'nodes',
  'top node': 'nodes',
  'top pod': 'pods',
  'certificate approve': 'certificatesigningrequests',
  'certificate deny': 'certificatesigningrequests',
  'create token': 'serviceaccounts',
}
const types: Readonly<Record<string, readonly string[]>> = {
  rollout: ['deployment', 'daemonset', 'statefulset'],
  scale: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'],
  autoscale: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'],
  taint: ['nodes'],
}
/** Those through which a pod is found, for the commands that take TYPE/NAME as well as a pod. */
const withPods = ['daemonsets', 'deployments', 'pods', 'jobs', 'replicasets', 'replicationcontrollers', 'services', 'statefulsets']
const throughOthers = new Set(['logs', 'exec', 'attach', 'port-forward'])
const formats = [
  'json',
  'yaml',
  'kyaml',
  'name',
  'go-template',
  'go-template-file',
  'template',
  'templatefile',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'custom-columns',
  'custom-columns-file',
  'wide',
]

async function answer(before: readonly string[], last: string, streams: Streams): Promise<Answer> {
  const { path, flags, entries, rest } = await walk(before)
  const [flag, text, lead] = flagMeant(before, last, flags)
  const places = (kubeconfig: string) => configPlaces(kubeconfig, streams.env, streams.cwd)
  const { values, args } = parseLine(flag && !lead ? rest.slice(0, -1) : rest, flags)
  await prepareToRead(places(values.string('kubeconfig')))
  const only = (list: readonly string[]): Answer => ({ words: list.map((word) => [lead + word, ''] as const), directive: directives.noFiles })
  const config = () => loadMerged(places(values.string('kubeconfig')))
  if (flag) {
    switch (flag.name) {
      case 'context':
      case 'cluster':
      case 'user':
        return only([...config()[`${flag.name}s`].keys()].sort())
      case 'output':
        return only(formats)
      case 'dry-run':
        return only(['none', 'server', 'client'])
      case 'filename':
      case 'kustomize':
      case 'kubeconfig':
        return { words: [], directive: directives.files }
    }
  } else if (last.startsWith('-')) return { words: flags.map(({ name, usage }) => [`--${name}`, usage] as const), directive: directives.noFiles }
  if (!flag && entries.length > 0 && args.length === 0)
    return { words: entries === commands ? withPlugins(streams) : entries.map(({ name, summary }) => [name, summary] as const), directive: directives.noFiles }
  if (!flag && /^config (use|delete|rename|set|get)-contexts?$/.test(path)) return only([...config().contexts.keys()].sort())
  if (!flag && path === 'config delete-cluster') return only([...config().clusters.keys()].sort())
  if (!flag && path === 'config delete-user') return only([...config().users.keys()].sort())
  if (!flag && path === 'completion') return only(['bash', 'fish', 'powershell', 'zsh'])
  const session = createSession({ flags: values, env: streams.env, cwd: streams.cwd, warn: () => {} })
  try {
    if (flag?.name === 'namespace') return only(await namesOf(session, 'namespaces'))
    if (flag?.name === 'container' && args[0]) return only(await containersOf(session, args[0]))
    if (flag) return nothing
    return await resources(session, path, args, text)
  } finally {
    session.close()
  }
}

/** Plugins complete as commands do, but those of a command's name. */
function withPlugins({ env }: Streams): (readonly [string, string])[] {
  const own = commands.map(({ name, summary }) => [name, summary] as const)
  const names = new Set(pluginFiles(env.PATH ?? '').map((file) => (basename(file).split('-')[1] ?? '').replaceAll('_', '-')))
  for (const { name, aliases = [] } of commands) for (const known of [name, ...aliases]) names.delete(known)
  return [...own, ...[...names].map((name) => [name, `The command ${name} is a plugin installed by the user`] as const)].sort(([a], [b]) => (a < b ? -1 : 1))
}

interface Walked {
  /** "rollout status". */
  readonly path: string
  readonly flags: readonly FlagSpec[]
  /** What may stand here as a command. */
  readonly entries: readonly CommandEntry[]
  readonly rest: readonly string[]
}

async function walk(before: readonly string[]): Promise<Walked> {
  let entries: readonly CommandEntry[] = commands
  let flags: readonly FlagSpec[] = globalFlags
  const path: string[] = []
  const rest: string[] = []
  for (const word of before) {
    const next = word.startsWith('-') ? undefined : entries.find(({ name, aliases }) => name === word || aliases?.includes(word))
    if (next) {
      const command = await next.load()
      path.push(next.name)
      entries = command.subcommands ?? []
      const own = command.flags ?? []
      flags = [...own, ...globalFlags.filter(({ name, short }) => !own.some((each) => each.name === name || (short !== undefined && each.short === short)))]
    } else rest.push(word)
  }
  return { path: path.join(' '), flags, entries, rest }
}

/** The flag whose value is being written: "-n X" or "--namespace=X", with what stands before the value in the word. */
function flagMeant(before: readonly string[], last: string, flags: readonly FlagSpec[]): readonly [FlagSpec | undefined, string, string] {
  const equals = /^(--[\w-]+=)(.*)$/s.exec(last)
  const named = (word: string): FlagSpec | undefined => flags.find(({ name, short }) => word === `--${name}` || (short && word === `-${short}`))
  if (equals) return [named(equals[1]!.slice(0, -1)), equals[2]!, equals[1]!]
  const flag = named(before.at(-1) ?? '')
  return flag && flag.type !== 'bool' && flag.bare === undefined ? [flag, last, ''] : [undefined, last, '']
}

async function resources(session: Session, path: string, args: readonly string[], last: string): Promise<Answer> {
  const of = (list: readonly string[], directive: number = directives.noFiles): Answer => ({ words: list.map((word) => [word, ''] as const), directive })
  const first = firstWords[path]
  const [type, slash] = last.split('/', 2)
  if (slash !== undefined && type) return of((await namesOf(session, type)).map((name) => `${type}/${name}`))
  if (first) {
    if (path === 'cp') {
      const [pods, namespaces] = await Promise.all([namesOf(session, first), namesOf(session, 'namespaces')])
      const words = [...pods.map((name) => `${name}:`), ...namespaces.map((name) => `${name}/`), ...(last === '' ? ['./', '/'] : [])]
      return of(words, directives.noSpace)
    }
    if (args.length === 0 && throughOthers.has(path)) {
      const pods = (await namesOf(session, first)).filter((name) => name.startsWith(last))
      const kinds = withPods.map((kind) => `${kind}/`)
      return of([...pods, ...kinds], pods.length === 0 ? directives.noFiles | directives.noSpace : directives.noFiles)
    }
    return args.length === 0 || first === 'nodes' ? of(await namesOf(session, first)) : nothing
  }
  const catalog = await session.catalog()
  if (args.length === 0) {
    const listed = types[path.split(' ')[0]!]
    return of(listed ?? catalog.resources.filter(({ preferred }) => preferred).map(({ plural, group }) => (group ? `${plural}.${group}` : plural)))
  }
  if (path === 'explain' || path === 'api-resources') return nothing
  const given = new Set(args.slice(1))
  return of((await namesOf(session, args[0]!)).filter((name) => !given.has(name)))
}

async function namesOf(session: Session, type: string): Promise<string[]> {
  const resource = (await session.catalog()).resolve(type)
  const namespace = resource.namespaced ? await session.namespace() : undefined
  const { items } = await (await session.client()).list(resource, { namespace, metadataOnly: true })
  return items.map(({ metadata }) => metadata.name ?? '').sort()
}

async function containersOf(session: Session, pod: string): Promise<string[]> {
  const resource = (await session.catalog()).resolve('pods')
  const { spec }: any = await (await session.client()).get(resource, { name: pod.replace(/^pods?\//, ''), namespace: await session.namespace() })
  return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }: any) => name)
}
