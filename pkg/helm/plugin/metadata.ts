/** plugin.yaml: of the old form, or apiVersion v1, which is read strictly (internal/plugin). */
import { isDictionary } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'

export interface PlatformCommand {
  readonly os: string
  readonly arch: string
  readonly command: string
  readonly args: readonly string[]
}

export interface Plugin {
  readonly name: string
  readonly version: string
  readonly type: string
  readonly apiVersion: string
  readonly sourceUrl: string
  readonly usage: string
  readonly summary: string
  readonly description: string
  readonly ignoreFlags: boolean
  readonly dir: string
  readonly commands: readonly PlatformCommand[]
  readonly hooks: Readonly<Record<string, readonly PlatformCommand[]>>
  /** Of getters: what gets the URLs of which schemes. */
  readonly getters: readonly Getter[]
  readonly runtime: string
}

export interface Getter {
  readonly protocols: readonly string[]
  readonly commands: readonly PlatformCommand[]
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value))

function commandsOf(value: unknown): PlatformCommand[] {
  if (!Array.isArray(value)) return []
  return value.map((each: any) => ({
    os: textOf(each?.os),
    arch: textOf(each?.arch),
    command: textOf(each?.command),
    args: Array.isArray(each?.args) ? each.args.map(textOf) : [],
  }))
}

function gettersOf(value: unknown, commands: (each: any) => PlatformCommand[]): Getter[] {
  if (!Array.isArray(value)) return []
  return value
    .filter(isDictionary)
    .map((each: any) => ({ protocols: Array.isArray(each.protocols) ? each.protocols.map(textOf) : [], commands: commands(each) }))
}

const plain = (command: string): PlatformCommand[] => (command === '' ? [] : [{ os: '', arch: '', command, args: [] }])

const nameForm = /^[A-Za-z0-9_-]+$/
const topFields = ['apiVersion', 'name', 'type', 'runtime', 'version', 'sourceURL', 'config', 'runtimeConfig']
/** What each type may be configured with. */
const configFields: Readonly<Record<string, { readonly type: string; readonly fields: readonly string[] }>> = {
  'cli/v1': { type: 'schema.ConfigCLIV1', fields: ['usage', 'shortHelp', 'longHelp', 'ignoreFlags'] },
  'getter/v1': { type: 'schema.ConfigGetterV1', fields: ['protocols'] },
  'postrenderer/v1': { type: 'schema.ConfigPostRendererV1', fields: [] },
  'test/v1': { type: 'schema.ConfigTestV1', fields: [] },
}
/** Of the last, only what it says of itself is read: it is refused when it is to run. */
const runtimes = ['subprocess', 'extism/v1']

/** Takes the text of plugin.yaml, and the folder that it is for. Throws in Helm's words. */
export function parsePlugin(text: string, dir: string): Plugin {
  const read = decodeYaml(text)
  if (!isDictionary(read)) throw new Error('failed to peek plugin.yaml API version: plugin.yaml is no map')
  const about: any = read
  const name = textOf(about.name)
  const apiVersion = textOf(about.apiVersion)
  if (apiVersion === '') {
    checkLegacy(about, name)
    return legacy(about, name, dir)
  }
  if (apiVersion !== 'v1') throw new Error(`invalid plugin apiVersion: ${JSON.stringify(apiVersion)}`)
  refuseUnknown(about, topFields, 'plugin.MetadataV1', text)
  checkModern(about, name)
  return modern(about, name, dir)
}

function refuseUnknown(map: object, known: readonly string[], type: string, text: string): void {
  const lines = text.split('\n')
  const faults = Object.keys(map)
    .filter((key) => !known.includes(key))
    .map((key) => `  line ${lines.findIndex((line) => line.startsWith(`${key}:`)) + 1}: field ${key} not found in type ${type}`)
  if (faults.length > 0) throw new Error(`yaml: unmarshal errors:\n${faults.join('\n')}`)
}

function checkLegacy(about: any, name: string): void {
  const version = textOf(about.version)
  if (!nameForm.test(name)) throw new Error(`invalid plugin name ${JSON.stringify(name)}: must contain only a-z, A-Z, 0-9, _ and -`)
  // It is a part of file names.
  if (version !== '' && !isVersion(version)) throw new Error(`invalid plugin version ${JSON.stringify(version)}: must be valid semver`)
  const isSet = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 : isDictionary(value) ? Object.keys(value).length > 0 : textOf(value) !== ''
  if (isSet(about.platformCommand) && isSet(about.command)) throw new Error('both platformCommand and command are set')
  if (isSet(about.platformHooks) && isSet(about.hooks)) throw new Error('both platformHooks and hooks are set')
  for (const [at, each] of (Array.isArray(about.downloaders) ? about.downloaders : []).entries()) {
    if (textOf(each?.command) === '') throw new Error(`downloader ${at} has empty command`)
    const protocols: unknown[] = Array.isArray(each?.protocols) ? each.protocols : []
    if (protocols.length === 0) throw new Error(`downloader ${at} has no protocols`)
    const empty = protocols.findIndex((protocol) => textOf(protocol) === '')
    if (empty >= 0) throw new Error(`downloader ${at} has empty protocol at index ${empty}`)
  }
}

function checkModern(about: any, name: string): void {
  const [version, type, runtime] = [textOf(about.version), textOf(about.type), textOf(about.runtime)]
  if (!nameForm.test(name)) throw new Error('invalid plugin `name`')
  if (version === '') throw new Error('plugin `version` is required')
  if (!isVersion(version)) throw new Error(`invalid plugin \`version\` ${JSON.stringify(version)}: must be valid semver`)
  if (type === '') throw new Error('`type` missing')
  if (runtime === '') throw new Error('`runtime` missing')
  const unusable = (why: string): Error => new Error(`failed to convert MetadataV1 to Metadata: ${why}`)
  const known = configFields[type]
  if (!known) throw unusable(`unknown plugin type ${JSON.stringify(type)}`)
  const config = isDictionary(about.config) ? about.config : {}
  // Helm reads it out of a text of its own, whose keys are in order.
  const keys = Object.keys(config).sort()
  const faults = keys.flatMap((key, at) => (known.fields.includes(key) ? [] : [`  line ${at + 1}: field ${key} not found in type ${known.type}`]))
  if (faults.length > 0) throw unusable(`yaml: unmarshal errors:\n${faults.join('\n')}`)
  if (!runtimes.includes(runtime)) throw unusable(`unsupported plugin runtime type: ${JSON.stringify(runtime)}`)
  if (type === 'getter/v1' && !(Array.isArray((config as any).protocols) && (config as any).protocols.length > 0))
    throw new Error('config validation failed: getter has no protocols')
}

const oneLine = (text: string): string => text.replaceAll(/\s/g, ' ').replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '')

const isVersion = (text: string): boolean => /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(text)

function legacy(about: any, name: string, dir: string): Plugin {
  const hooks: Record<string, PlatformCommand[]> = {}
  for (const [event, commands] of Object.entries(about.platformHooks ?? {})) hooks[event] = commandsOf(commands)
  for (const [event, command] of Object.entries(about.hooks ?? {})) hooks[event] = [{ os: '', arch: '', command: 'sh', args: ['-c', textOf(command)] }]
  const commands = commandsOf(about.platformCommand)
  return {
    name,
    version: textOf(about.version),
    type: Array.isArray(about.downloaders) && about.downloaders.length > 0 ? 'getter/v1' : 'cli/v1',
    apiVersion: 'legacy',
    sourceUrl: '',
    usage: '',
    summary: oneLine(textOf(about.usage)),
    description: textOf(about.description),
    ignoreFlags: about.ignoreFlags === true,
    dir,
    commands: commands.length > 0 ? commands : plain(textOf(about.command)),
    hooks,
    getters: gettersOf(about.downloaders, (each) => plain(textOf(each.command))),
    runtime: 'subprocess',
  }
}

function modern(about: any, name: string, dir: string): Plugin {
  const config = isDictionary(about.config) ? (about.config as any) : {}
  const runtime = isDictionary(about.runtimeConfig) ? (about.runtimeConfig as any) : {}
  return {
    name,
    version: textOf(about.version),
    type: textOf(about.type),
    apiVersion: textOf(about.apiVersion),
    sourceUrl: textOf(about.sourceURL),
    usage: textOf(config.usage),
    summary: textOf(config.shortHelp),
    description: textOf(config.longHelp),
    ignoreFlags: config.ignoreFlags === true,
    dir,
    commands: commandsOf(runtime.platformCommand),
    hooks: Object.fromEntries(Object.entries(runtime.platformHooks ?? {}).map(([event, commands]) => [event, commandsOf(commands)])),
    getters: gettersOf(runtime.protocolCommands, (each) => commandsOf(each.platformCommand)),
    runtime: textOf(about.runtime),
  }
}
