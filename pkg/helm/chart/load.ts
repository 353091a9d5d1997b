/** A chart out of its files, from a folder or an archive. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToText } from '#template/print/quote.ts'
import { dictionary, isDictionary } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { type Budget, maxDepth, maxFiles, maxFileSize, newBudget, readArchive } from './archive.ts'
import { parseIgnore } from './ignore.ts'
import { parseDependencies, parseLock, parseMetadata, validateMetadata } from './metadata.ts'
import { loadValues } from './read-values.ts'
import { addDependency } from './tree.ts'
import type { Invocation } from '../types.ts'
import type { Chart, ChartFile, Metadata, Warn } from './types.ts'

/** A folder or a .tgz. Throws with Helm's messages. */
export async function loadChart(path: string, warn: Warn = () => {}): Promise<Chart> {
  const about = await stat(path)
  return about.isDirectory() ? loadFiles(await readFolder(path), warn) : loadArchive(await readFile(path), path, warn)
}

/** As `loadChart`, for commands that take charts of any version: no other than 1 and 2 is known. */
export async function loadAnyChart(path: string, warn: Warn): Promise<Chart> {
  const chart = await loadChart(path, warn).catch((error: Error) => {
    throw new Error(error.message.replace(/^(cannot load Chart\.yaml: .* into Go value of type )v2\.Metadata$/, '$1loader.chartBase'), { cause: error })
  })
  if (!['v1', 'v2'].includes(chart.metadata.apiVersion)) throw new Error('unsupported chart version')
  return chart
}

/** From the bytes of an archive; `name` is for errors. */
export async function loadArchive(bytes: Buffer, name: string, warn: Warn = () => {}, budget = newBudget()): Promise<Chart> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    if (/\.ya?ml$/.test(name)) throw new Error(`file '${name}' seems to be a YAML file, but expected a gzipped archive`)
    throw new Error(`file '${name}' does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'`)
  }
  return loadWithin(await readArchive(bytes, budget), warn, budget, 0)
}

async function readFolder(top: string): Promise<ChartFile[]> {
  const ignoreText = await readFile(join(top, '.helmignore'), 'utf8').catch(() => '')
  const ignored = parseIgnore(ignoreText)
  const files: ChartFile[] = []
  const walk = async (folder: string, prefix: string, seen: readonly string[]): Promise<void> => {
    for (const entry of (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = prefix + entry.name
      const full = join(folder, entry.name)
      // Links are followed, as Helm follows them in folders; a loop of links ends.
      const about = await stat(full)
      if (ignored(name, about.isDirectory())) continue
      if (about.isDirectory()) {
        const identity = `${about.dev}:${about.ino}`
        if (seen.includes(identity)) throw new Error(`error reading ${name}: a link leads back to its own folder`)
        await walk(full, `${name}/`, [...seen, identity])
        continue
      }
      if (!about.isFile()) throw new Error(`cannot load irregular file ${full} as it has file mode type bits set`)
      if (about.size > maxFileSize) throw new Error(`chart file "${entry.name}" is larger than the maximum file size ${maxFileSize}`)
      if (files.length >= maxFiles) throw new Error(`chart has more than ${maxFiles} files`)
      files.push({ name, data: withoutMark(await readFile(full)), modTime: timeText(about.mtime) })
    }
  }
  await walk(top, '', [])
  return files
}

const timeText = (time: Date): string => `${time.toISOString().replace(/\.?0*Z$/, '')}Z`

export const withoutMark = (data: Buffer): Buffer => (data.length >= 3 && data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data)

/** What loading says on its own account is for information, as in the original. */
export const loadingLog =
  (log: Invocation['log']): Warn =>
  (message) =>
    log(message.startsWith('Warning: ') ? 'INFO' : 'WARN', message)

function wrapped<T>(what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    const { message } = error as Error
    // What is wrong with the whole is told as it is.
    throw message.startsWith('validation: ') ? error : new Error(`${what}: ${message}`, { cause: error })
  }
}

function readMetadata(files: readonly ChartFile[], warn: Warn): Metadata {
  const file = files.find(({ name }) => name === 'Chart.yaml')
  if (!file) throw new Error('Chart.yaml file is missing')
  const metadata = wrapped('cannot load Chart.yaml', () => parseMetadata(file.data.toString('utf8')))
  const requirements = files.find(({ name }) => name === 'requirements.yaml')
  if (requirements) {
    if (metadata.apiVersion !== 'v1')
      warn('Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.')
    const read = wrapped('cannot load requirements.yaml', () => decodeYaml(requirements.data.toString('utf8')))
    if (isDictionary(read) && read.dependencies) metadata.dependencies = parseDependencies(read.dependencies)
  }
  return metadata
}

/** From files in memory, in any order. Throws with Helm's messages. */
export const loadFiles = (files: readonly ChartFile[], warn: Warn = () => {}): Promise<Chart> => loadWithin(files, warn, newBudget(), 0)

/** The archives within share one budget; else each of them might unpack as much again. */
async function loadWithin(files: readonly ChartFile[], warn: Warn, budget: Budget, depth: number): Promise<Chart> {
  if (depth > maxDepth) throw new Error(`charts lie more than ${maxDepth} deep in one another`)
  const metadata = readMetadata(files, warn)
  const timeOf = (name: string): string | undefined => files.find((file) => file.name === name)?.modTime
  const [modTime, schemaModTime] = [timeOf('Chart.yaml'), timeOf('values.schema.json')]
  const chart: Chart = {
    metadata,
    raw: [...files],
    templates: [],
    files: [],
    values: dictionary(),
    ...(modTime ? { modTime } : {}),
    ...(schemaModTime ? { schemaModTime } : {}),
    dependencies: [],
  }
  const subcharts = new Map<string, ChartFile[]>()
  for (const file of files) {
    const { name, data } = file
    if (name === 'Chart.yaml') continue
    if (name === 'Chart.lock' || name === 'requirements.lock') {
      chart.lock = wrapped(`cannot load ${name}`, () => parseLock(data.toString('utf8')))
      if (name === 'requirements.lock' && metadata.apiVersion === 'v1') chart.files.push(file)
    } else if (name === 'values.yaml') chart.values = wrapped('cannot load values.yaml', () => loadValues(bytesToText(data)))
    else if (name === 'values.schema.json') chart.schema = data
    else if (name === 'requirements.yaml') {
      if (metadata.apiVersion === 'v1') chart.files.push(file)
    } else if (name.startsWith('templates/')) chart.templates.push(file)
    else if (name.startsWith('charts/') && !name.endsWith('.prov')) {
      const inner = name.slice('charts/'.length)
      const top = inner.split('/')[0]!
      const group = subcharts.get(top)
      const moved = { ...file, name: inner }
      if (group) group.push(moved)
      else subcharts.set(top, [moved])
    } else chart.files.push(file)
  }
  validateMetadata(metadata)
  for (const [name, group] of subcharts) {
    if (/^[_.]/.test(name)) continue
    try {
      addDependency(chart, await loadSubchart(name, group, metadata.name, (inner) => loadWithin(inner, warn, budget, depth + 1), budget))
    } catch (error) {
      throw new Error(`error unpacking subchart ${name} in ${metadata.name}: ${(error as Error).message}`, { cause: error })
    }
  }
  return chart
}

async function loadSubchart(
  name: string,
  files: readonly ChartFile[],
  parent: string,
  load: (files: readonly ChartFile[]) => Promise<Chart>,
  budget: Budget,
): Promise<Chart> {
  if (name.endsWith('.tgz')) {
    const [file] = files
    if (file!.name !== name) throw new Error(`error unpacking subchart tar in ${parent}: expected ${name}, got ${file!.name}`)
    return load(await readArchive(file!.data, budget))
  }
  const inside = files.filter((file) => file.name.includes('/')).map((file) => ({ ...file, name: file.name.slice(file.name.indexOf('/') + 1) }))
  return load(inside)
}
