/** `helm push` */
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pushChart } from '../registry/charts.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { chartPathFlags } from './chart-flags.ts'
import { checkTlsFlags } from './tls-flags.ts'

async function run(invocation: Invocation): Promise<void> {
  const { args, session } = invocation
  await checkTlsFlags(invocation)
  const [given, remote] = args as [string, string]
  if (/^[^/]*:/.test(remote) && !/^[a-z][a-z0-9+.-]*:/i.test(remote)) throw new CommandError(`invalid chart URL format: ${remote}`)
  if (!remote.startsWith('oci://')) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(remote)?.[1] ?? ''
    throw new CommandError(scheme === '' ? `scheme prefix missing from remote (e.g. "oci://")` : `scheme ${JSON.stringify(scheme)} not supported`)
  }
  const path = resolve(session.cwd, given)
  if (!existsSync(path)) throw new CommandError(`${given}: no such file`)
  if (statSync(path).isDirectory()) throw new CommandError('cannot push directory, must provide chart archive (.tgz)')
  const proof = existsSync(`${path}.prov`) ? await readFile(`${path}.prov`) : undefined
  await pushChart(invocation, await readFile(path), given, remote, proof)
}

export const push: Command = {
  usage: '[chart] [remote] [flags]',
  about: 'Puts a packaged chart into a registry.',
  arguments: { min: 2 },
  flags: chartPathFlags.filter(({ name }) =>
    ['username', 'password', 'cert-file', 'key-file', 'ca-file', 'insecure-skip-tls-verify', 'plain-http'].includes(name),
  ),
  run,
}
