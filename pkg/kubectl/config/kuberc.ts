/**
 * A user's preferences (upstream: kubectl.config.k8s.io/v1beta1 Preference, ~/.kube/kuberc): other defaults for flags, and
 * names for commands with their arguments. Read before the command line is, they change its words.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { CommandError } from '../errors.ts'
import { globalFlags } from '../flags/global.ts'
import type { FlagSpec } from '../flags/types.ts'
import type { Command, CommandEntry, Streams } from '../types.ts'
import { type KubercPlace, kubercPlace } from './kuberc-file.ts'
import { allowedPlugin, type PluginPolicy, policyProblem } from './plugin-policy.ts'
import { readPlainYaml } from './plain-yaml.ts'

const maxBytes = 1 << 20

interface Option {
  readonly name: string
  readonly default: string
}

interface AllowlistEntry {
  /** Before 1.36, the command. */
  readonly name?: string
  readonly command?: string
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
  readonly credentialPluginAllowlist?: readonly AllowlistEntry[] | null
}

export interface Preferred {
  readonly argv: readonly string[]
  /** Gives the program to run; throws for a credential plugin that the user does not allow. Absent: all are allowed. */
  readonly checkPlugin?: (program: string) => string
}

/** The command line as the preferences make it; as it is where there are none. */
export async function withPreferences(argv: readonly string[], streams: Streams, commands: readonly CommandEntry[]): Promise<Preferred> {
  const preference = await read(argv, streams)
  if (!preference) return { argv }
  validate(preference)
  const aliased = withAlias(argv, preference, commands, streams)
  return {
    argv: await withDefaults(aliased, preference, commands, streams),
    checkPlugin: (program) => allowedPlugin(program, policyOf(preference), streams.env.PATH ?? ''),
  }
}

async function read(argv: readonly string[], { env, cwd, stderr }: Streams): Promise<Preference | undefined> {
  const given = explicitFile(argv)
  if (env.KUBECTL_KUBERC?.toLowerCase() === 'false') return undefined
  let place: KubercPlace | undefined
  try {
    place = kubercPlace(given, { env, cwd })
  } catch (error) {
    throw new CommandError(`kuberc error ${(error as Error).message.replace(/^error: /, '')}`)
  }
  if (!place || (!place.explicit && !existsSync(place.path))) return undefined
  try {
    const { preference, unknown } = usable(await documentsOf(place.path), place.name)
    if (unknown.length > 0) {
      const told = unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ')
      stderr.write(`kuberc: ignoring strict decoding error in ${place.name}: strict decoding error: ${told}\n`)
    }
    return preference
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const why = { ENOENT: 'no such file or directory', EACCES: 'permission denied', EISDIR: 'is a directory' }[code ?? '']
    const told = why ? `open ${place.name}: ${why}` : message
    if (place.explicit) throw new CommandError(`kuberc error kuberc: ${told}`)
    stderr.write(`kuberc: no preferences loaded from ${place.name}: ${told}\n`)
    return undefined
  }
}

async function documentsOf(path: string): Promise<any[]> {
  const { size } = statSync(path)
  if (size > maxBytes) throw new Error(`${path} is too large`)
  const text = readFileSync(path, 'utf8')
  if (text.trim() === '') return []
  const plain = readPlainYaml(text)
  if (plain !== undefined) return [plain]
  const { parseYamlDocuments } = await import('#apimachinery/codec/yaml-text.ts')
  return parseYamlDocuments(text)
}

/** The first document that is a Preference; fields that it should not have are told, and passed over. */
function usable(documents: readonly any[], name: string): { preference: Preference | undefined; unknown: string[] } {
  const found = documents.find(
    (each) => each?.kind === 'Preference' && /^kubectl\.config\.k8s\.io\/v1(alpha1|beta1)$/.test(String(each.apiVersion)) && isShaped(each),
  )
  if (!found) {
    if (documents.length === 0) return { preference: undefined, unknown: [] }
    throw new Error(`no valid preferences found in ${name}, use --v=5 to see details`)
  }
  // Before beta, "options" were "flags", and "defaults" were "overrides".
  const isBeta = String(found.apiVersion).endsWith('beta1')
  const [options, defaults] = isBeta ? ['options', 'defaults'] : ['flags', 'overrides']
  const known = { defaults: ['command', options], aliases: ['name', 'command', 'prependArgs', 'appendArgs', options] }
  const unknown = Object.keys(found).filter(
    (key) => !['apiVersion', 'kind', defaults, 'aliases', 'credentialPluginPolicy', 'credentialPluginAllowlist'].includes(key),
  )
  const entries = (section: 'defaults' | 'aliases'): any[] =>
    (found[section === 'defaults' ? defaults! : section] ?? []).map((each: any, index: number) => {
      unknown.push(
        ...Object.keys(each)
          .filter((key) => !known[section].includes(key))
          .map((key) => `${section === 'defaults' ? defaults : section}[${index}].${key}`),
      )
      return { ...each, options: (each[options!] ?? []).map((option: any) => ({ name: String(option.name), default: String(option.default ?? '') })) }
    })
  return { preference: { ...found, defaults: entries('defaults'), aliases: entries('aliases') }, unknown }
}

/** Lists where lists belong, texts where texts belong. */
function isShaped(preference: any): boolean {
  const listOf = (value: unknown, isOne: (each: any) => boolean): boolean =>
    value === undefined || value === null || (Array.isArray(value) && value.every(isOne))
  const isText = (value: unknown): boolean => typeof value === 'string'
  const isOption = (each: any): boolean => isText(each?.name) && (each.default === undefined || isText(each.default))
  // Name and command are one thing; an entry with two of them means nothing.
  const isAllowlistEntry = (each: any): boolean =>
    typeof each === 'object' &&
    each !== null &&
    [each.name, each.command].every((text) => text === undefined || isText(text)) &&
    !(each.name && each.command && each.name !== each.command)
  const isEntry = (each: any): boolean =>
    isText(each?.command) &&
    listOf(each.options, isOption) &&
    listOf(each.flags, isOption) &&
    listOf(each.prependArgs, isText) &&
    listOf(each.appendArgs, isText)
  return (
    listOf(preference.defaults, isEntry) &&
    listOf(preference.overrides, isEntry) &&
    listOf(preference.aliases, (each) => isEntry(each) && isText(each.name)) &&
    (preference.credentialPluginPolicy === undefined || isText(preference.credentialPluginPolicy)) &&
    listOf(preference.credentialPluginAllowlist, isAllowlistEntry)
  )
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

function validate(preference: Preference): void {
  const { defaults, aliases } = preference
  const names = new Set<string>()
  for (const { name } of aliases) {
    if (!/^[a-zA-Z]+$/.test(name)) throw new CommandError('error: invalid alias name, can only include alphabetical characters')
    if (names.has(name)) throw new CommandError(`error: duplicate alias name ${name}`)
    names.add(name)
  }
  for (const { options = [] } of [...defaults, ...aliases])
    for (const { name } of options) if (name.startsWith('-')) throw new CommandError(`error: flag name ${name} should be in long form without dashes`)
  const problem = policyProblem(policyOf(preference))
  if (problem) throw new CommandError(`error: ${problem}`)
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

function policyOf({ credentialPluginPolicy: type = '', credentialPluginAllowlist: list }: Preference): PluginPolicy {
  return { type: type ?? '', allowlist: list?.map(({ name, command }) => command || name || '') }
}
