/** `helm plugin`: install (from a folder), list, uninstall. */
import { existsSync, statSync } from 'node:fs'
import { lstat, mkdir, rm, symlink } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { drawTable } from '../output/table.ts'
import { findPlugins, loadPlugin } from '../plugin/load.ts'
import { runPluginHook } from '../plugin/run.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

async function install(invocation: Invocation): Promise<void> {
  const { args, settings, session, out } = invocation
  const path = resolve(session.cwd, args[0]!)
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new CommandError(`cannot install ${args[0]}: this helm installs plugins from folders on this machine alone. Download it, and give its folder`)
  out('Installing plugin from local directory (development mode)\n')
  const plugin = loadPlugin(path)
  const place = join(settings.plugins.split(delimiter)[0]!, plugin.name)
  if (existsSync(place)) throw new CommandError('plugin already exists')
  await mkdir(join(place, '..'), { recursive: true })
  await symlink(path, place)
  runPluginHook({ ...plugin, dir: place }, 'install', invocation)
  out(`Installed plugin: ${plugin.name}\n`)
}

function list({ settings, flags, out, log }: Invocation): void {
  const type = flags.string('type')
  const plugins = findPlugins(settings.plugins, (message) => log('WARN', message)).filter((each) => type === '' || each.type === type)
  const rows = plugins.map((each) => [each.name, each.version, each.type, each.apiVersion, 'unknown', each.sourceUrl || 'unknown'])
  out(`${drawTable([['NAME', 'VERSION', 'TYPE', 'APIVERSION', 'PROVENANCE', 'SOURCE'], ...rows])}\n`)
}

async function uninstall(invocation: Invocation): Promise<void> {
  const { args, settings, out } = invocation
  const plugins = findPlugins(settings.plugins)
  const problems: string[] = []
  for (const name of args) {
    const plugin = plugins.find((each) => each.name === name)
    if (!plugin) {
      problems.push(`plugin: ${name} not found`)
      continue
    }
    // A link goes, not what it leads to.
    const isLink = (await lstat(plugin.dir)).isSymbolicLink()
    await rm(plugin.dir, { recursive: !isLink, force: true })
    runPluginHook(plugin, 'delete', invocation)
    out(`Uninstalled plugin: ${name}\n`)
  }
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
}

const notHere = (what: string): Command => ({
  usage: '[flags]',
  about: `Not in this helm: ${what}.`,
  run: async () => {
    throw new CommandError(`plugin ${what} is not supported by this helm`)
  },
})

export const plugin: Command = {
  about: 'Keeps plugins: commands and post-renderers of your own.',
  subcommands: [
    {
      name: 'install',
      aliases: ['add'],
      summary: 'install a Helm plugin',
      load: async () => ({
        usage: '[options] <path|url> [flags]',
        about: 'Installs a plugin from its folder.',
        arguments: { min: 1, max: 1 },
        flags: [
          { name: 'version', type: 'string', usage: 'version (of no use for a folder)' },
          { name: 'verify', type: 'bool', default: 'true', usage: 'verify its signature (a folder has none)' },
        ],
        run: install,
      }),
    },
    {
      name: 'list',
      aliases: ['ls'],
      summary: 'list installed Helm plugins',
      load: async () => ({
        usage: '[flags]',
        about: 'Lists the plugins.',
        arguments: { max: 0 },
        flags: [{ name: 'type', type: 'string', usage: 'of this type' }],
        run: async (invocation) => list(invocation),
      }),
    },
    { name: 'package', summary: 'package a plugin directory into a plugin archive', load: async () => notHere('package') },
    {
      name: 'uninstall',
      aliases: ['rm', 'remove'],
      summary: 'uninstall one or more Helm plugins',
      load: async () => ({ usage: '<plugin>... [flags]', about: 'Removes plugins.', arguments: { min: 1 }, run: uninstall }),
    },
    { name: 'update', aliases: ['up'], summary: 'update one or more Helm plugins', load: async () => notHere('update') },
    { name: 'verify', summary: 'verify that a plugin at the given path has been signed and is valid', load: async () => notHere('verify') },
  ],
}
