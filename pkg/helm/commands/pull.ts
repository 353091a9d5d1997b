/** `helm pull` */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { archiveFolder, readArchive } from '../chart/archive.ts'
import { fetchChart } from '../repository/download.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { chartPathFlags } from './chart-flags.ts'
import { checkTlsFlags } from './tls-flags.ts'

async function unpack(bytes: Buffer, folder: string): Promise<void> {
  const top = join(folder, await archiveFolder(bytes))
  for (const { name, data } of await readArchive(bytes)) {
    const file = join(top, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, data)
  }
}

async function run(invocation: Invocation): Promise<void> {
  const { args, flags, session } = invocation
  await checkTlsFlags(invocation)
  for (const reference of args) {
    const wanted = flags.bool('verify') ? 'always' : flags.bool('prov') ? 'later' : 'never'
    const { name, bytes, provenance, verification } = await fetchChart(invocation, reference, { provenance: wanted })
    if (verification) invocation.out(verification)
    const shown = flags.string('destination')
    const destination = resolve(session.cwd, shown)
    if (!flags.bool('untar')) {
      if (!existsSync(destination)) throw new CommandError(`open ${join(shown, name)}: no such file or directory`)
      await writeFile(join(destination, name), bytes)
      if (provenance) await writeFile(join(destination, `${name}.prov`), provenance)
      continue
    }
    const given = flags.string('untardir')
    const folder = isAbsolute(given) ? given : join(destination, given)
    if (existsSync(join(folder, basename(reference)))) {
      const check = isAbsolute(given) ? join(given, basename(reference)) : join(shown, given, basename(reference))
      throw new CommandError(`failed to untar: a file or directory with the name ${check} already exists`)
    }
    await unpack(bytes, folder)
  }
}

export const pull: Command = {
  usage: '[chart URL | repo/chartname] [...] [flags]',
  about: 'Downloads charts, and unpacks them if wanted.',
  arguments: { min: 1 },
  flags: [
    ...chartPathFlags,
    { name: 'devel', type: 'bool', default: 'false', usage: 'development versions too' },
    { name: 'untar', type: 'bool', default: 'false', usage: 'unpack the chart' },
    { name: 'prov', type: 'bool', default: 'false', usage: 'fetch the provenance file too' },
    { name: 'untardir', type: 'string', default: '.', usage: 'folder to unpack into' },
    { name: 'destination', short: 'd', type: 'string', default: '.', usage: 'folder to write into' },
  ],
  run,
}
