/** `helm package` */
import { existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseVersion } from '#template/semver/version.ts'
import { loadAnyChart, loadingLog } from '../chart/load.ts'
import { validateMetadata } from '../chart/metadata.ts'
import { checkDependencies } from '../chart/dependencies.ts'
import { saveChart } from '../chart/save.ts'
import { chartPathFlags } from './chart-flags.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { checkTlsFlags } from './tls-flags.ts'

async function signer(invocation: Invocation): Promise<(path: string) => Promise<void>> {
  const { passphraseFor, signArchive } = await import('../provenance/sign.ts')
  const passphrase = passphraseFor(invocation)
  return (path) => signArchive(invocation, path, passphrase)
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, session, out } = invocation
  if (args.length === 0) throw new CommandError('need at least one argument, the path to the chart')
  if (flags.bool('sign')) {
    if (flags.string('key') === '') throw new CommandError('--key is required for signing a package')
    if (flags.changed('keyring') && flags.string('keyring') === '') throw new CommandError('--keyring is required for signing a package')
  }
  await checkTlsFlags(invocation)
  const sign = flags.bool('sign') ? await signer(invocation) : undefined
  for (const given of args) {
    const path = resolve(session.cwd, given)
    if (!existsSync(path)) throw new CommandError(`stat ${given}: no such file or directory`)
    if (flags.bool('dependency-update')) {
      const { updateDependencies } = await import('../repository/dependencies.ts')
      await updateDependencies({ ...invocation, out: () => {} }, { path, shown: path }, { skipRefresh: false })
    }
    if (!statSync(path).isDirectory()) throw new CommandError(`${given} is not a folder of a chart`)
    const chart = await loadAnyChart(path, loadingLog(invocation.log))
    const version = flags.string('version')
    if (version !== '') {
      try {
        parseVersion(version)
      } catch {
        throw new CommandError('invalid semantic version')
      }
      chart.metadata.version = version
    }
    if (flags.string('app-version') !== '') chart.metadata.appVersion = flags.string('app-version')
    validateMetadata(chart.metadata)
    checkDependencies(chart)
    const destination = flags.string('destination')
    const saved = await saveChart(chart, resolve(session.cwd, destination)).catch((error) => {
      throw new CommandError(`failed to save: ${error.message}`, { cause: error })
    })
    await sign?.(saved)
    // Only the current folder is told in full.
    out(`Successfully packaged chart and saved it to: ${destination === '.' ? saved : join(destination, basename(saved))}\n`)
  }
}

/** Of --dependency-update: how to reach what it fetches. */
const registryFlags = ['username', 'password', 'cert-file', 'key-file', 'insecure-skip-tls-verify', 'plain-http', 'ca-file']

export const packageCommand: Command = {
  usage: '[CHART_PATH] [...] [flags]',
  about: 'Packs the folder of a chart into an archive.',
  flags: [
    { name: 'version', type: 'string', usage: 'version of the chart' },
    { name: 'app-version', type: 'string', usage: 'version of what it installs' },
    { name: 'destination', short: 'd', type: 'string', default: '.', usage: 'folder to write into' },
    { name: 'dependency-update', short: 'u', type: 'bool', default: 'false', usage: 'fetch dependencies first' },
    { name: 'sign', type: 'bool', default: 'false', usage: 'sign the package with a secret key of OpenPGP' },
    { name: 'key', type: 'string', usage: 'name of the key for --sign' },
    { name: 'keyring', type: 'string', usage: 'file with the secret keys' },
    ...chartPathFlags.filter(({ name }) => registryFlags.includes(name)),
    { name: 'passphrase-file', type: 'string', usage: 'file whose first line opens the key; "-" is standard input' },
  ],
  run,
}
