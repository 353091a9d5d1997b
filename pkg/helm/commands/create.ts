/** `helm create` */
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { dictionary } from '#template/values.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { starterFiles } from '../chart/starter.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

/** What Helm says of every new chart; nothing of the starter's own is kept. */
const newMetadata = (name: string): string =>
  encodeYaml(
    dictionary([
      ['apiVersion', 'v2'],
      ['appVersion', '0.1.0'],
      ['description', 'A Helm chart for Kubernetes'],
      ['name', name],
      ['type', 'application'],
      ['version', '0.1.0'],
    ]),
  )

async function fromStarter(folder: string, into: string, name: string): Promise<void> {
  if (!existsSync(join(folder, 'Chart.yaml'))) throw new CommandError(`could not load ${folder}: stat ${folder}: no such file or directory`)
  await cp(folder, into, { recursive: true })
  for (const entry of await readdir(into, { recursive: true })) {
    const path = join(into, entry)
    if ((await stat(path)).isFile() && /^(?:templates\/|values\.yaml$)/.test(entry))
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll('<CHARTNAME>', name))
  }
  await writeFile(join(into, 'Chart.yaml'), newMetadata(name))
}

async function run({ args, flags, session, settings, out }: Invocation): Promise<void> {
  const [given] = args as [string]
  const name = basename(given)
  out(`Creating ${given}\n`)
  const apiVersion = flags.string('chart-api-version')
  if (apiVersion === 'v3')
    throw new CommandError(
      'this feature has been marked as experimental and is not enabled by default. Please set HELM_EXPERIMENTAL_CHART_V3=1 in your environment to use this feature',
    )
  if (apiVersion !== 'v2' && apiVersion !== '') throw new CommandError(`unsupported chart API version: ${apiVersion} (supported: v2, v3)`)
  if (!/^[a-zA-Z0-9._-]+$/.test(name) || name.length > 250) throw new CommandError('chart name must match the regular expression "^[a-zA-Z0-9._-]+$"')
  const folder = resolve(session.cwd, given)
  if (existsSync(folder) && !(await stat(folder)).isDirectory()) throw new CommandError(`file ${folder} already exists and is not a directory`)
  if (!existsSync(dirname(folder))) throw new CommandError(`stat ${dirname(folder)}: no such file or directory`)
  const starter = flags.string('starter')
  if (starter !== '') return fromStarter(isAbsolute(starter) ? starter : join(settings.dataHome, 'starters', starter), folder, name)
  for (const [path, text] of starterFiles(name)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    if (existsSync(file)) out(`WARNING: File "${file}" already exists. Overwriting.\n`)
    await writeFile(file, text)
  }
  await mkdir(join(folder, 'charts'), { recursive: true })
}

export const create: Command = {
  usage: 'NAME [flags]',
  about: 'Begins a new chart: a folder with a web server, to be changed.',
  arguments: { min: 1, max: 1 },
  flags: [
    { name: 'starter', short: 'p', type: 'string', usage: 'chart to begin with, absolute or in the starters folder' },
    { name: 'chart-api-version', type: 'string', default: 'v2', usage: 'v2', hidden: true },
  ],
  run,
}
