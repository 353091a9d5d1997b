/** `helm plugin`: install, list, package, uninstall, update, verify. */
import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { basename, delimiter, extname, join, resolve } from 'node:path'
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { dictionary } from '#template/values.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { fileError } from '../output/file-error.ts'
import { drawTable } from '../output/table.ts'
import { packPlugin } from '../plugin/archive.ts'
import { isDirty, isRepository, updateRepository } from '../plugin/git.ts'
import { type Broken, findPlugins, loadPlugin } from '../plugin/load.ts'
import type { Plugin } from '../plugin/metadata.ts'
import { runPluginHook } from '../plugin/run.ts'
import { signingStatus } from '../plugin/signing.ts'
import { type Fetched, pluginSource } from '../plugin/sources.ts'
import { passphraseFor, signerFor, signingKey } from '../provenance/sign.ts'
import { verificationText, verifyPlugin } from '../provenance/verify.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

const tellOf =
  (log: Invocation['log']): Broken =>
  (file, why) =>
    log('WARN', 'failed to load plugin (ignoring)', { plugin_yaml: file, error: why })

async function verified(invocation: Invocation, { archive, provenance, name }: Fetched): Promise<string> {
  if (!provenance) throw new CommandError('plugin verification failed: no provenance file (.prov) found')
  try {
    return verificationText(await verifyPlugin(invocation, archive, provenance, name), 'Plugin')
  } catch (error) {
    throw new CommandError(`plugin verification failed: ${(error as Error).message}`, { cause: error })
  }
}

async function install(invocation: Invocation): Promise<void> {
  const { args, flags, settings, out, log } = invocation
  const source = pluginSource(invocation, args[0]!, flags.string('version'))
  const wantsProof = flags.bool('verify') && !source.isLocalFolder
  if (source.isLocalFolder) out('Installing plugin from local directory (development mode)\n')
  else if (!wantsProof) out('WARNING: Skipping plugin signature verification\n')
  else if (!source.fetch) throw new CommandError('plugin source does not support verification. Use --verify=false to skip verification')
  if (wantsProof) out('Verifying plugin signature...\n')
  const plugins = settings.plugins.split(delimiter)[0]!
  const place = join(plugins, source.folder)
  await mkdir(plugins, { recursive: true })
  if (existsSync(place)) {
    log('WARN', 'plugin already exists', { path: place, error: '<nil>' })
    throw new CommandError('plugin already exists')
  }
  const fetched = wantsProof
    ? await source.fetch!().catch((error) => {
        throw new CommandError(`failed to get verification data: ${source.failure ?? 'failed to download plugin: '}${error.message}`, { cause: error })
      })
    : undefined
  const told = fetched ? await verified(invocation, fetched) : ''
  await source.install(place)
  out(told)
  const plugin = attempt('plugin is installed but unusable', () => loadPlugin(place))
  runPluginHook(plugin, 'install', invocation)
  out(`Installed plugin: ${plugin.name}\n`)
}

function attempt<T>(prefix: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new CommandError(`${prefix}: ${(error as Error).message}`, { cause: error })
  }
}

async function update(invocation: Invocation): Promise<void> {
  const { args, settings, out, log } = invocation
  if (args.length === 0) throw new CommandError('please provide plugin name to update')
  const plugins = findPlugins(settings.plugins, tellOf(log))
  const problems: string[] = []
  for (const name of args) {
    const plugin = plugins.find((each) => each.name === name)
    if (!plugin) {
      problems.push(`plugin: ${name} not found`)
      continue
    }
    try {
      await updateOne(invocation, plugin)
      out(`Updated plugin: ${name}\n`)
    } catch (error) {
      problems.push(`failed to update plugin ${name}, got error (${(error as Error).message})`)
    }
  }
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
}

async function updateOne(invocation: Invocation, plugin: Plugin): Promise<void> {
  const location = await realpath(plugin.dir)
  if (!isRepository(location)) {
    invocation.log('WARN', 'cannot get information about plugin source', { location, error: 'Cannot detect VCS' })
    throw new CommandError('cannot get information about plugin source')
  }
  if (await isDirty(location)) throw new CommandError('plugin repo was modified')
  await updateRepository(location)
  if (!existsSync(join(location, 'plugin.yaml'))) throw new CommandError('plugin metadata (plugin.yaml) missing')
  runPluginHook({ ...loadPlugin(location), dir: plugin.dir }, 'update', invocation)
}

async function packageOne(invocation: Invocation): Promise<void> {
  const { args, flags, session, out } = invocation
  const given = args[0]!
  const folder = resolve(session.cwd, given)
  const found = await stat(folder).catch((error) => {
    throw fileError(error, 'stat', given)
  })
  if (!found.isDirectory()) throw new CommandError('plugin package only supports directories, not tarballs')
  const plugin = attempt('invalid plugin directory', () => loadPlugin(folder, join(given)))
  const destination = flags.string('destination')
  await mkdir(resolve(session.cwd, destination), { recursive: true })
  const sign = flags.bool('sign') ? await openSigner(invocation) : undefined
  if (!sign) out('WARNING: Skipping plugin signing. This is not recommended for plugins intended for distribution.\n')
  const shown = join(destination, `${plugin.name}-${plugin.version}.tgz`)
  const archive = await packPlugin(folder, plugin.name)
  await writeFile(resolve(session.cwd, shown), archive)
  if (sign) {
    await writeFile(resolve(session.cwd, `${shown}.prov`), sign(metadataText(plugin), basename(shown), archive))
    out(`Successfully signed. Signature written to: ${shown}.prov\n`)
  }
  out(`Successfully packaged plugin and saved it to: ${shown}\n`)
}

/** Asks for the key before anything is written. */
async function openSigner(invocation: Invocation): Promise<ReturnType<typeof signerFor>> {
  const { secret, name } = await signingKey(invocation).catch((error) => {
    throw error instanceof CommandError ? error : new CommandError(`error reading from keyring: ${error.message}`, { cause: error })
  })
  const passphrase = secret.isEncrypted ? await passphraseFor(invocation, { wholeFile: true })(name) : Buffer.alloc(0)
  return signerFor(secret, secret.unlock(passphrase))
}

function metadataText({ name, version, apiVersion, type, runtime, sourceUrl }: Plugin): string {
  return encodeYaml(
    dictionary([
      ['APIVersion', apiVersion],
      ['Name', name],
      ['Runtime', runtime],
      ['SourceURL', sourceUrl],
      ['Type', type],
      ['Version', version],
    ]),
  )
}

async function verifyOne(invocation: Invocation): Promise<void> {
  const { args, session, out } = invocation
  const [path] = args as [string]
  const read = async (file: string): Promise<Buffer> => readFile(resolve(session.cwd, file))
  const found = await stat(resolve(session.cwd, path)).catch((error) => {
    throw fileError(error, 'stat', path)
  })
  if (found.isDirectory()) throw new CommandError('directory verification not supported - only plugin tarballs can be verified')
  if (!['.gz', '.tgz'].includes(extname(path))) throw new CommandError('plugin file must be a gzipped tarball (.tar.gz or .tgz)')
  const provenance = await read(`${path}.prov`).catch((error) => {
    throw new CommandError(`could not find provenance file ${path}.prov: ${fileError(error, 'stat', `${path}.prov`).message}`)
  })
  out(verificationText(await verifyPlugin(invocation, await read(path), provenance, basename(path)), 'Plugin'))
}

function list({ settings, flags, out, log }: Invocation): void {
  const type = flags.string('type')
  const plugins = findPlugins(settings.plugins, tellOf(log)).filter((each) => type === '' || each.type === type)
  const rows = plugins.map((each) => [each.name, each.version, each.type, each.apiVersion, signingStatus(each), each.sourceUrl || 'unknown'])
  out(`${drawTable([['NAME', 'VERSION', 'TYPE', 'APIVERSION', 'PROVENANCE', 'SOURCE'], ...rows])}\n`)
}

async function uninstall(invocation: Invocation): Promise<void> {
  const { args, settings, out, log } = invocation
  if (args.length === 0) throw new CommandError('please provide plugin name to uninstall')
  const plugins = findPlugins(settings.plugins, tellOf(log))
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
    const archive = join(plugin.dir, '..', `${plugin.name}-${plugin.version}.tgz`)
    for (const file of [archive, `${archive}.prov`]) await rm(file, { force: true })
    runPluginHook(plugin, 'delete', invocation)
    out(`Uninstalled plugin: ${name}\n`)
  }
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
}

const keyringFlag: FlagSpec = { name: 'keyring', type: 'string', usage: 'file with the keys' }
const installFlags: readonly FlagSpec[] = [
  { name: 'version', type: 'string', usage: 'a reference, or a range of versions, of a repository of git' },
  { name: 'verify', type: 'bool', default: 'true', usage: 'verify the signature first' },
  keyringFlag,
  { name: 'cert-file', type: 'string', usage: 'client certificate for the registry' },
  { name: 'key-file', type: 'string', usage: "key of the client's certificate" },
  { name: 'ca-file', type: 'string', usage: "authority of the registry's certificate" },
  { name: 'insecure-skip-tls-verify', type: 'bool', default: 'false', usage: "do not check the registry's certificate" },
  { name: 'plain-http', type: 'bool', default: 'false', usage: 'HTTP without TLS' },
  { name: 'username', type: 'string', usage: 'user name for the registry' },
  { name: 'password', type: 'string', usage: 'password for the registry' },
]
const packageFlags: readonly FlagSpec[] = [
  { name: 'sign', type: 'bool', default: 'true', usage: 'sign the package' },
  { name: 'key', type: 'string', usage: 'name of the key to sign with' },
  keyringFlag,
  { name: 'passphrase-file', type: 'string', usage: 'file whose first line opens the key; "-" is standard input' },
  { name: 'destination', short: 'd', type: 'string', default: '.', usage: 'folder to write into' },
]

export const plugin: Command = {
  about: 'Keeps plugins: commands and post-renderers of your own.',
  subcommands: [
    {
      name: 'install',
      aliases: ['add'],
      summary: 'install a Helm plugin',
      load: async () => ({
        usage: '[options] <path|url> [flags]',
        about: 'Installs a plugin: from a folder, an archive here or at a URL, a registry, or a repository of git.',
        arguments: { min: 1, max: 1 },
        flags: installFlags,
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
        flags: [{ name: 'type', type: 'string', usage: 'of this type' }],
        run: async (invocation) => list(invocation),
      }),
    },
    {
      name: 'package',
      summary: 'package a plugin directory into a plugin archive',
      load: async () => ({
        usage: '[PATH] [flags]',
        about: 'Packs the folder of a plugin, and signs the archive.',
        arguments: { min: 1, max: 1 },
        flags: packageFlags,
        run: packageOne,
      }),
    },
    {
      name: 'uninstall',
      aliases: ['rm', 'remove'],
      summary: 'uninstall one or more Helm plugins',
      load: async () => ({ usage: '<plugin>... [flags]', about: 'Removes plugins.', run: uninstall }),
    },
    {
      name: 'update',
      aliases: ['up'],
      summary: 'update one or more Helm plugins',
      load: async () => ({ usage: '<plugin>... [flags]', about: 'Brings plugins out of repositories of git up to date.', run: update }),
    },
    {
      name: 'verify',
      summary: 'verify that a plugin at the given path has been signed and is valid',
      load: async () => ({
        usage: '[PATH] [flags]',
        about: 'Says who signed the archive of a plugin, and that it is what was signed.',
        arguments: { min: 1, max: 1 },
        flags: [keyringFlag],
        run: verifyOne,
      }),
    },
  ],
}
