/** A chart written as an archive (pkg/chart/v2/util/save.go). */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { decodeJson } from '#template/json.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { dependencyJson, metadataJson, objectJson } from '../release/encode.ts'
import type { Chart, Lock, Metadata } from './types.ts'

export const metadataText = (metadata: Metadata): string => encodeYaml(decodeJson(metadataJson(metadata)))

export function lockText({ generated, digest, dependencies }: Lock): string {
  const json = objectJson([
    ['dependencies', `[${dependencies.map(dependencyJson).join(',')}]`],
    ['digest', JSON.stringify(digest)],
    ['generated', JSON.stringify(generated)],
  ])
  return encodeYaml(decodeJson(json))
}

function filesOf(chart: Chart, prefix: string): (readonly [string, Buffer])[] {
  const base = `${prefix}${chart.metadata.name}/`
  const { metadata, lock, raw, schema, templates, files } = chart
  const of = (name: string): Buffer | undefined => raw.find((file) => file.name === name)?.data
  const own: (readonly [string, Buffer])[] = [[`${base}Chart.yaml`, Buffer.from(metadataText(metadata))]]
  if (metadata.apiVersion !== 'v1' && lock) own.push([`${base}Chart.lock`, Buffer.from(lockText(lock))])
  const values = of('values.yaml')
  if (values) own.push([`${base}values.yaml`, values])
  if (schema) own.push([`${base}values.schema.json`, schema])
  for (const { name, data } of [...templates, ...files]) own.push([base + name, data])
  for (const child of chart.dependencies) own.push(...filesOf(child, `${base}charts/`))
  return own
}

/** The same chart gives the same bytes. */
export async function archiveOf(chart: Chart): Promise<Buffer> {
  const archive = pack()
  const chunks: Buffer[] = []
  const gathered = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer)
  })()
  for (const [name, data] of filesOf(chart, '')) archive.entry({ name, mode: 0o644, mtime: new Date(0) }, data)
  archive.finalize()
  await gathered
  return gzipSync(Buffer.concat(chunks))
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'))
    return true
  } catch {
    return false
  }
}

/** Gives the path. Throws for a schema that is no JSON. */
export async function saveChart(chart: Chart, folder: string): Promise<string> {
  if (chart.schema && !isJson(chart.schema)) throw new Error('invalid JSON in values.schema.json')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${chart.metadata.name}-${chart.metadata.version}.tgz`)
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, await archiveOf(chart))
  await rename(fresh, path)
  return path
}
