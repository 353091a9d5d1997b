/** Running plugins: as commands, as hooks of their own life, and as post-renderers. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { parseLine } from '#kubectl/flags/parse.ts'
import type { FlagSpec, FlagValues } from '#kubectl/flags/types.ts'
import type { PostRender } from '../actions/types.ts'
import { environmentOf } from '../environment.ts'
import type { DownloadOptions } from '../repository/http.ts'
import { settingsOf } from '../settings.ts'
import { CommandError, type Invocation, type Session } from '../types.ts'
import { findPlugins } from './load.ts'
import type { PlatformCommand, Plugin } from './metadata.ts'
import { failureOf } from '../subprocess.ts'

/** A post-renderer that gives more than this is stopped. */
const maxOutputBytes = 256 << 20

type Variables = Readonly<Record<string, string | undefined>>

const expand = (text: string, env: Variables): string => text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => env[braced ?? bare] ?? '')
const os = process.platform === 'win32' ? 'windows' : process.platform
const arch = process.arch === 'x64' ? 'amd64' : process.arch

/** The one for this machine: of its system and architecture, else of its system, else of any. */
function chosen(commands: readonly PlatformCommand[]): PlatformCommand | undefined {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
  return (
    commands.find((each) => same(each.os, os) && same(each.arch, arch)) ??
    commands.find((each) => same(each.os, os) && each.arch === '') ??
    commands.find((each) => each.os === '' && each.arch === '')
  )
}

function prepared(commands: readonly PlatformCommand[], more: readonly string[], env: Variables, expandArguments = true): { main: string; args: string[] } {
  const command = chosen(commands)
  const words = command?.command.split(' ') ?? []
  if (!command || words[0] === undefined || words[0] === '') throw new CommandError('failed to prepare plugin command: no plugin command is applicable')
  const own = [...words.slice(1), ...command.args].map((word) => (expandArguments ? expand(word, env) : word))
  return { main: expand(words[0], env), args: [...own, ...more] }
}

function variables(plugin: Plugin, session: Session, flags: FlagValues): Variables {
  return {
    ...session.env,
    ...environmentOf(settingsOf(session.env, flags), flags),
    HELM_PLUGIN_NAME: plugin.name,
    HELM_PLUGIN_DIR: plugin.dir,
  }
}

const placeOf = (main: string, plugin: Plugin): string => (isAbsolute(main) || !main.includes('/') ? main : join(plugin.dir, main))

function needsSubprocess(plugin: Plugin): void {
  if (plugin.runtime !== 'subprocess')
    throw new CommandError(`plugin ${JSON.stringify(plugin.name)} needs the runtime ${JSON.stringify(plugin.runtime)}, which is not here; only "subprocess" is`)
}

/** Helm's own flags, which a plugin is not given. Each takes the word after it, as in the original. */
const ownFlags = [
  ...['--kube-context', '--namespace', '-n', '--kubeconfig', '--kube-apiserver', '--kube-token', '--kube-as-user', '--kube-as-group', '--kube-ca-file'],
  ...['--registry-config', '--repository-cache', '--repository-config', '--kube-insecure-skip-tls-verify', '--kube-tls-server-name'],
]

/** What of a line is for Helm, and what for the plugin. */
function shared(words: readonly string[]): { own: string[]; others: string[] } {
  const own: string[] = []
  const others: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (ownFlags.includes(word)) own.push(...words.slice(at, ++at + 1))
    else (word === '--debug' || ownFlags.some((flag) => word.startsWith(`${flag}=`)) ? own : others).push(word)
  }
  return { own, others }
}

/** `helm NAME …`: `words` is the line without the name. */
export async function runPlugin(plugin: Plugin, words: readonly string[], session: Session, global: readonly FlagSpec[]): Promise<number> {
  needsSubprocess(plugin)
  const { own, others } = shared(words)
  const env = variables(plugin, session, parseLine(own, global).values)
  const { main, args } = prepared(plugin.commands, plugin.ignoreFlags ? [] : others, env)
  const child = spawn(placeOf(main, plugin), args, { env: env as NodeJS.ProcessEnv, cwd: session.cwd, stdio: ['inherit', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk) => session.stdout.write(chunk))
  child.stderr.on('data', (chunk) => session.stderr.write(chunk))
  const code = await new Promise<number>((done, fail) => {
    child.once('error', fail)
    child.once('close', (status) => done(status ?? 1))
  })
  if (code !== 0) throw new CommandError(`plugin ${JSON.stringify(plugin.name)} exited with error`, { exitCode: code })
  return 0
}

/** A hook of a plugin: "install", "update", "delete". */
export function runPluginHook(plugin: Plugin, event: string, { session, flags }: Pick<Invocation, 'session' | 'flags'>): void {
  const commands = plugin.hooks[event] ?? []
  if (commands.length === 0) return
  const env = variables(plugin, session, flags)
  const { main, args } = prepared(commands, [], env, plugin.apiVersion !== 'legacy')
  const done = spawnSync(placeOf(main, plugin), args, { env: env as NodeJS.ProcessEnv, cwd: session.cwd, encoding: 'utf8', maxBuffer: maxOutputBytes })
  session.stdout.write(done.stdout ?? '')
  session.stderr.write(done.stderr ?? '')
  if (done.error) throw done.error
  if (done.status !== 0) throw new CommandError(`plugin ${event} hook for ${JSON.stringify(plugin.name)} exited with error`)
}

/** Throws when there is no such plugin. */
export async function postRenderer({ session, flags, settings }: Invocation, name: string, more: readonly string[]): Promise<PostRender> {
  const plugin = findPlugins(settings.plugins).find((each) => each.name === name && each.type === 'postrenderer/v1')
  if (!plugin)
    throw new CommandError(`invalid argument ${JSON.stringify(name)} for "--post-renderer" flag: plugin: {Name:${name} Type:postrenderer/v1} not found`)
  needsSubprocess(plugin)
  return (manifests) => {
    const env = variables(plugin, session, flags)
    const { main, args } = prepared(plugin.commands, more, env)
    const done = spawnSync(placeOf(main, plugin), args, {
      input: manifests,
      env: env as NodeJS.ProcessEnv,
      cwd: session.cwd,
      encoding: 'utf8',
      maxBuffer: maxOutputBytes,
    })
    const failed = (why: string): Error => new Error(`failed to invoke post-renderer plugin ${JSON.stringify(name)}: ${why}`)
    const failure = failureOf(done)
    if (failure) throw failed(failure.message)
    if (done.status !== 0) throw failed(`plugin ${JSON.stringify(name)} exited with error`)
    if (done.stdout.trim() === '') throw new Error(`post-renderer ${JSON.stringify(name)} produced empty output`)
    return done.stdout
  }
}

function getterFor({ settings }: Invocation, scheme: string) {
  return findPlugins(settings.plugins)
    .filter(({ type }) => type === 'getter/v1')
    .flatMap((plugin) => plugin.getters.filter(({ protocols }) => protocols.includes(scheme)).map(({ commands }) => ({ plugin, commands })))[0]
}

export const hasGetter = (invocation: Invocation, scheme: string): boolean => getterFor(invocation, scheme) !== undefined

/** What the plugin for a scheme writes for the URL; undefined when there is none. */
export function runGetter(invocation: Invocation, scheme: string, url: string, access: DownloadOptions): Buffer | undefined {
  const { session, flags } = invocation
  const found = getterFor(invocation, scheme)
  if (!found) return undefined
  const { plugin, commands } = found
  needsSubprocess(plugin)
  const { username = '', password = '', certFile = '', keyFile = '', caFile = '', limitBytes } = access
  const env = {
    ...variables(plugin, session, flags),
    HELM_PLUGIN_USERNAME: username,
    HELM_PLUGIN_PASSWORD: password,
    HELM_PLUGIN_PASS_CREDENTIALS_ALL: String(flags.has('pass-credentials') && flags.bool('pass-credentials')),
  }
  const { main, args } = prepared(commands, [certFile, keyFile, caFile, url], env, false)
  const done = spawnSync(isAbsolute(main) ? main : join(plugin.dir, main), args, { env: env as NodeJS.ProcessEnv, cwd: session.cwd, maxBuffer: limitBytes })
  session.stderr.write(done.stderr ?? '')
  if (done.error) throw done.error
  if (done.status !== 0) throw new CommandError(`plugin ${JSON.stringify(plugin.name)} exited with error`)
  return done.stdout
}

/** What plugin.complete of a plugin writes, line by line; nothing where there is no such file, undefined where there is no such plugin. */
export function pluginCompletion(name: string, words: readonly string[], session: Session, flags: FlagValues): string[] | undefined {
  const plugin = findPlugins(settingsOf(session.env, flags).plugins).find((each) => each.name === name && each.type === 'cli/v1')
  if (!plugin) return undefined
  const program = join(plugin.dir, 'plugin.complete')
  if (!existsSync(program)) return []
  const done = spawnSync(program, [...words], {
    env: variables(plugin, session, flags) as NodeJS.ProcessEnv,
    cwd: session.cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 20,
  })
  return (done.stdout ?? '').split('\n').filter((line) => line !== '')
}
