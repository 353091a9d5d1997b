/** Plugins as commands beside Helm's own (pkg/cmd/load_plugins.go). */
import { logLine } from '../output/log.ts'
import type { CommandEntry, Session } from '../types.ts'
import { findPlugins } from './load.ts'
import type { Plugin } from './metadata.ts'

export interface PluginCommand {
  readonly plugin: Plugin
  readonly entry: CommandEntry
}

/** Those of the type cli/v1. What cannot be used is told of on stderr, and left out; a name that is taken ends the search. */
export function pluginCommands(places: string, taken: readonly CommandEntry[], { stderr }: Pick<Session, 'stderr'>): PluginCommand[] {
  const found = findPlugins(places, (file, why) => stderr.write(logLine('WARN', 'failed to load plugin (ignoring)', { plugin_yaml: file, error: why })))
  const seen = new Map<string, string>()
  for (const { name, dir } of found) {
    const other = seen.get(name)
    if (other !== undefined) {
      const error = `two plugins claim the name ${JSON.stringify(name)} at ${JSON.stringify(other)} and ${JSON.stringify(dir)}`
      stderr.write(logLine('ERROR', 'failed to load plugins', { error }))
      return []
    }
    seen.set(name, dir)
  }
  const commands: PluginCommand[] = []
  for (const plugin of found.filter(({ type }) => type === 'cli/v1')) {
    const entry = entryOf(plugin)
    if (taken.some(({ name }) => name === entry.name)) {
      stderr.write(logLine('ERROR', 'failed to load plugins: name conflicts', { name: entry.name }))
      return commands
    }
    commands.push({ plugin, entry })
  }
  return commands
}

/** As help tells of it; it runs by `runPlugin`. */
function entryOf({ name: pluginName, usage, summary, description }: Plugin): CommandEntry {
  const [name = pluginName, ...rest] = (usage || pluginName).split(' ')
  const short = summary || `the ${JSON.stringify(pluginName)} plugin`
  return { name, summary: short, load: async () => ({ about: description || short, usage: rest.join(' ') }) }
}
