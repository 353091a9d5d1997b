/**
 * A user's preferences (upstream: kubectl.config.k8s.io/v1beta1 Preference, ~/.kube/kuberc): other defaults for flags, and
 * names for commands with their arguments. Read before the command line is, they change its words.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import { globalFlags } from '../flags/global.ts'
import type { FlagSpec } from '../flags/types.ts'
import type { Command, CommandEntry, Streams } from '../types.ts'
import { readPlainYaml } from './plain-yaml.ts'

interface Option {
  readonly name: string
  readonly default: string
}

interface Preference {
  readonly defaults: readonly { readonly command: string; readonly options: readonly Option[] }[]
  readonly aliases: readonly {
    readonly name: string
    readonly command: string
    readonly prependArgs?: readonly string[]
    readonly appendArgs?: readonly string[]
    readonly options?: readonly Option[]
  }[]
  readonly credentialPluginPolicy?: string
  readonly credentialPluginAllowlist?: readonly { readonly name?: string; readonly command?: string }[]
}

export interface Preferred {
  readonly argv: readonly string[]
  /** Throws for a credential plugin that the user does not allow; absent: all are allowed. */
  readonly checkPlugin?: (command: string) => void
}

/** The command line as the preferences make it; as it is where there are none. */
export async function withPreferences(argv: readonly string[], streams: Streams, commands: readonly CommandEntry[]): Promise<Preferred> {
  const preference = await read(argv, streams)
  if (!preference) return { argv }
  validate(preference)
  const aliased = withAlias(argv, preference, commands, streams)
  return { argv: await withDefaults(aliased, preference, commands, streams), checkPlugin: (command) => checkPlugin(command, preference) }
}

async function read(argv: readonly string[], { env, cwd, stderr }: Streams): Promise<Preference | undefined> {
  const given = explicitFile(argv)
  if (env.KUBECTL_KUBERC === 'false') return undefined
  if (env.KUBERC === 'off') {
    if (given) throw new CommandError('error: kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive')
    return undefined
  }
  const named = given || env.KUBERC || ''
  const file = named ? resolve(cwd, named) : join(env.HOME ?? '/', '.kube', 'kuberc')
  if (!named && !existsSync(file)) return undefined
  try {
    const text = readFileSync(file, 'utf8')
    const raw: any = readPlainYaml(text) ?? (await import('yaml')).parse(text)
    if (raw?.kind !== 'Preference' || !/^kubectl\.config\.k8s\.io\/v1(alpha1|beta1)$/.test(String(raw.apiVersion)))
      throw new Error(`no kind ${JSON.stringify(raw?.kind ?? '')} is registered for version ${JSON.stringify(raw?.apiVersion ?? '')}`)
    const list = (value: unknown): any[] => (Array.isArray(value) ? value : [])
    // Before beta, "options" were "flags", and "defaults" were "overrides".
    const options = (each: any): any => ({
      ...each,
      options: list(each.options ?? each.flags).map((option) => ({ name: String(option.name), default: String(option.default ?? '') })),
    })
    return { ...raw, defaults: list(raw.defaults ?? raw.overrides).map(options), aliases: list(raw.aliases).map(options) }
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const told = code === 'ENOENT' ? `open ${named}: no such file or directory` : message
    if (named) throw new CommandError(`error: kuberc error kuberc: ${told}`)
    stderr.write(`kuberc: no preferences loaded from ${file}: ${told}\n`)
    return undefined
  }
}

function explicitFile(argv: readonly string[]): string {
  for (const [index, word] of argv.entries()) {
    if (word === '--') break
    const value = word === '--kuberc' ? argv[index + 1] : word.startsWith('--kuberc=') ? word.slice('--kuberc='.length) : undefined
    if (value) return value
    if (word === '--kuberc' || word === '--kuberc=') throw new CommandError('error: kuberc file is not found')
  }
  return ''
}

function validate({ defaults, aliases }: Preference): void {
  const names = new Set<string>()
  for (const { name } of aliases) {
    if (!/^[a-zA-Z]+$/.test(name)) throw new CommandError('error: invalid alias name, can only include alphabetical characters')
    if (names.has(name)) throw new CommandError(`error: duplicate alias name ${name}`)
    names.add(name)
  }
  for (const { options = [] } of [...defaults, ...aliases])
    for (const { name } of options) if (name.startsWith('-')) throw new CommandError(`error: flag name ${name} should be in long form without dashes`)
}

const isCommand = (commands: readonly CommandEntry[], name: string): boolean => commands.some((each) => each.name === name || each.aliases?.includes(name))

function withAlias(argv: readonly string[], { aliases }: Preference, commands: readonly CommandEntry[], { stderr }: Streams): readonly string[] {
  const at = commandAt(argv)
  const alias = at < 0 ? undefined : aliases.find(({ name }) => name === argv[at])
  if (!alias) return argv
  if (isCommand(commands, alias.name)) {
    stderr.write(`Warning: Setting alias ${JSON.stringify(alias.name)} to a built-in command is not supported\n`)
    return argv
  }
  const words = alias.command.split(/\s+/).filter(Boolean)
  if (!isCommand(commands, words[0] ?? ''))
    throw new CommandError(`error: command ${JSON.stringify(alias.command)} not found to set alias ${JSON.stringify(alias.name)}: []`)
  const rest = argv.slice(at + 1)
  const options = (alias.options ?? []).filter(({ name }) => !isGiven(name, undefined, argv)).map(({ name, default: value }) => `--${name}=${value}`)
  return [...argv.slice(0, at), ...words, ...options, ...(alias.prependArgs ?? []), ...rest, ...(alias.appendArgs ?? [])]
}

/** The first word that is neither a global flag nor its value. */
function commandAt(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (!word.startsWith('-')) return at
    if (word === '--') return -1
    const spec = globalFlags.find(({ name, short }) => word === `--${name}` || word === `-${short}`)
    if (spec && spec.type !== 'bool') at++
  }
  return -1
}

async function withDefaults(
  argv: readonly string[],
  { defaults }: Preference,
  commands: readonly CommandEntry[],
  { stderr }: Streams,
): Promise<readonly string[]> {
  const first = commandAt(argv)
  if (first < 0 || defaults.length === 0) return argv
  let entries: readonly CommandEntry[] = commands
  let command: Command | undefined
  const path: string[] = []
  let at = first
  for (; at < argv.length; at++) {
    const entry = entries.find(({ name, aliases }) => name === argv[at] || aliases?.includes(argv[at]!))
    if (!entry) break
    path.push(entry.name)
    command = await entry.load()
    entries = command.subcommands ?? []
  }
  if (!command) return argv
  const flags: readonly FlagSpec[] = [...(command.flags ?? []), ...globalFlags]
  const added: string[] = []
  for (const { command: named, options } of defaults) {
    const words = named.split(/\s+/).filter(Boolean)
    if (!isCommand(commands, words[0] ?? '')) stderr.write(`Warning: command ${JSON.stringify(named)} not found to set kuberc override\n`)
    if (words.join(' ') !== path.join(' ')) continue
    for (const { name, default: value } of options) {
      const spec = flags.find((each) => each.name === name)
      if (!spec) throw new CommandError(`error: invalid flag ${name} for command ${named}`)
      if (!isGiven(name, spec.short, argv.slice(first))) added.push(`--${name}=${value}`)
    }
  }
  return [...argv.slice(0, at), ...added, ...argv.slice(at)]
}

function isGiven(name: string, short: string | undefined, argv: readonly string[]): boolean {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  return words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`) || (short && /^-[a-zA-Z]/.test(word) && word.startsWith(`-${short}`)))
}

function checkPlugin(command: string, { credentialPluginPolicy: policy = 'AllowAll', credentialPluginAllowlist: allowed = [] }: Preference): void {
  const refuse = (why: string): CommandError => new CommandError(`error: getting credentials: plugin ${JSON.stringify(command)} not allowed: ${why}`)
  if (policy === 'AllowAll' || policy === '') return
  if (policy === 'DenyAll') throw refuse('policy set to "DenyAll"')
  if (policy !== 'Allowlist') throw refuse(`unknown policy ${JSON.stringify(policy)}`)
  const base = command.slice(command.lastIndexOf('/') + 1)
  const matches = (entry: string): boolean => (entry.includes('/') ? entry === command : entry === base)
  if (!allowed.some(({ name, command: listed }) => matches(listed ?? name ?? ''))) throw refuse('not in the allowlist')
}
