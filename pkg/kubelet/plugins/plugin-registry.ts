/**
 * Plugins that put a socket into the node's plugins_registry directory are asked what they are, handed to what uses their kind, and
 * told how that went; one whose socket is gone is given up ("Kubelet device plugin and CSI registration", upstream's pluginmanager).
 */
import { mkdirSync, readdirSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { openPlugin } from './channel.ts'
import { type PluginInfo, registrationServices } from './messages.ts'

export interface PluginHandler {
  /** Throws when the plugin is not fit: its error goes back to the plugin. */
  register(info: PluginInfo): Promise<void>
  deregister(name: string): Promise<void>
}

export interface PluginRegistryOptions {
  readonly directory: string
  /** By the plugin's type. */
  readonly handlers: Readonly<Record<string, PluginHandler>>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

interface Registered {
  /** A socket made anew is another plugin. */
  readonly identity: string
  readonly info: PluginInfo
}

/** Behind the watch, and when a registration that failed is tried again. */
const lookAgainMs = 10_000
const retryMs = 1000
const maxPlugins = 256

export async function keepPlugins({ directory, handlers, clock, log, signal }: PluginRegistryOptions): Promise<void> {
  const registered = new Map<string, Registered>()
  mkdirSync(directory, { recursive: true, mode: 0o750 })
  let woken = new AbortController()
  const watcher = watch(directory, { recursive: true }, () => woken.abort())
  watcher.on('error', (error) => log.warn('cannot watch the plugins', { directory, error }))
  watcher.unref()
  const look = async (): Promise<boolean> => {
    const sockets = new Map(socketsBelow(directory).slice(0, maxPlugins))
    let whole = true
    for (const [path, { info, identity }] of registered) {
      if (sockets.get(path) === identity) continue
      registered.delete(path)
      await handlers[info.type]?.deregister(info.name).catch((error) => log.warn('cannot give up a plugin', { name: info.name, error }))
    }
    for (const [path, identity] of sockets) {
      if (registered.has(path) || signal.aborted) continue
      const info = await register(path, handlers).catch((error) => {
        log.warn('cannot register a plugin', { socket: path, error })
        return undefined
      })
      if (info) registered.set(path, { identity, info })
      else whole = false
    }
    return whole
  }
  while (!signal.aborted) {
    woken = new AbortController()
    const whole = await look()
    await sleep(clock, whole ? lookAgainMs : retryMs, AbortSignal.any([signal, woken.signal]))
  }
  watcher.close()
}

async function register(socket: string, handlers: Readonly<Record<string, PluginHandler>>): Promise<PluginInfo> {
  const channel = openPlugin(socket, registrationServices)
  try {
    const info = await channel.call<PluginInfo>('Registration', 'GetInfo', {})
    const tell = (error?: string) => channel.call('Registration', 'NotifyRegistrationStatus', { plugin_registered: error === undefined, error: error ?? '' })
    const handler = handlers[info.type]
    try {
      if (!handler) throw new Error(`no handler registered for plugin type: ${info.type} at socket ${socket}`)
      await handler.register({ ...info, endpoint: info.endpoint || socket })
    } catch (error) {
      await tell((error as Error).message).catch(() => {})
      throw error
    }
    // It is in use from here on, whether it hears of it or not.
    await tell().catch(() => {})
    return info
  } finally {
    channel.close()
  }
}

/** Hidden ones are none of ours. */
function socketsBelow(directory: string): [path: string, identity: string][] {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
  return names
    .filter((each) => each.isSocket() && !each.name.startsWith('.'))
    .flatMap((each) => {
      const path = join(each.parentPath, each.name)
      try {
        const { ino, ctimeMs } = statSync(path)
        return [[path, `${ino}/${ctimeMs}`] as [string, string]]
      } catch {
        return []
      }
    })
}
