/** Plugins of Helm: folders with a plugin.yaml, of the old form or apiVersion v1 (internal/plugin). */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
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

const maxFileBytes = 1 << 20
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

/** Throws when the folder holds no plugin that can be used. */
export function loadPlugin(dir: string): Plugin {
  const file = join(dir, 'plugin.yaml')
  const fail = (why: string): never => {
    throw new Error(`failed to load plugin at ${JSON.stringify(dir)}: ${why}`)
  }
  if (!existsSync(file)) return fail('plugin.yaml is missing')
  if (statSync(file).size > maxFileBytes) return fail('plugin.yaml is too large')
  try {
    return parsePlugin(readFileSync(file, 'utf8'), dir)
  } catch (error) {
    return fail((error as Error).message)
  }
}

/** Takes the text of plugin.yaml, and the folder that it is for. */
export function parsePlugin(text: string, dir: string): Plugin {
  const read = decodeYaml(text)
  if (!isDictionary(read)) throw new Error('plugin.yaml is no map')
  const about: any = read
  const name = textOf(about.name)
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`invalid plugin name ${JSON.stringify(name)}: must contain only a-z, A-Z, 0-9, _ and -`)
  const plugin = about.apiVersion === undefined ? legacy(about, name, dir) : modern(about, name, dir)
  // It is a part of file names.
  if (plugin.version !== '' && !isVersion(plugin.version)) throw new Error(`invalid plugin version ${JSON.stringify(plugin.version)}: must be valid semver`)
  return plugin
}

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
    usage: textOf(about.usage),
    summary: textOf(about.usage),
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
    ignoreFlags: config.ignoreFlags === true,
    dir,
    commands: commandsOf(runtime.platformCommand),
    hooks: Object.fromEntries(Object.entries(runtime.platformHooks ?? {}).map(([event, commands]) => [event, commandsOf(commands)])),
    getters: gettersOf(runtime.protocolCommands, (each) => commandsOf(each.platformCommand)),
    runtime: textOf(about.runtime),
  }
}

/** Those of HELM_PLUGINS, by folder; a broken one is told of and left out. */
export function findPlugins(places: string, warn: (message: string) => void = () => {}): Plugin[] {
  const found: Plugin[] = []
  for (const place of places.split(delimiter)) {
    if (place === '' || !existsSync(place)) continue
    for (const entry of readdirSync(place).sort()) {
      const dir = join(place, entry)
      if (!existsSync(join(dir, 'plugin.yaml'))) continue
      try {
        found.push(loadPlugin(dir))
      } catch (error) {
        warn((error as Error).message)
      }
    }
  }
  return found
}
