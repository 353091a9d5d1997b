/** Chart archives: gzipped tar with one folder at the top. Paths that lead out of it, and sizes without end, are refused. */
import { Readable } from 'node:stream'
import type { Gunzip } from 'node:zlib'
import type { Extract } from 'tar-stream'
import { cleanPath } from '#template/sprig/paths.ts'
import { quote } from '#template/print/quote.ts'
import type { ChartFile } from './types.ts'

export const maxArchiveSize = 100 * 1024 * 1024
export const maxFileSize = 5 * 1024 * 1024
/** Of an archive and of those within it together: empty files cost nothing of its size. */
export const maxFiles = 100_000
/** Of charts within charts. */
export const maxDepth = 32

/** What an archive may still unpack, with all the archives within it; else each of them may hold as much again. */
export interface Budget {
  bytes: number
  files: number
}

export const newBudget = (): Budget => ({ bytes: maxArchiveSize, files: maxFiles })

/** The name within the chart. Throws with Helm's message for one that is not allowed. */
export function archivedName(given: string): string {
  const delimiter = given.includes('\\') ? '\\' : '/'
  const [top, ...rest] = given.split(delimiter)
  const joined = rest.join('/')
  if (joined.startsWith('/')) throw new Error('chart illegally contains absolute paths')
  const name = cleanPath(joined)
  if (name === '.') throw new Error(`chart illegally contains content outside the base directory: ${quote(given)}`)
  if (name.startsWith('..')) throw new Error('chart illegally references parent directory')
  if (/^[a-zA-Z]:\//.test(name)) throw new Error('chart contains illegally named files')
  if (top === 'Chart.yaml') throw new Error('chart yaml not in base directory')
  return name
}

/** What compress/gzip says for zlib's words. */
const gzipWords: Readonly<Record<string, string>> = {
  'incorrect header check': 'gzip: invalid header',
  'incorrect data check': 'gzip: invalid checksum',
  'unexpected end of file': 'unexpected EOF',
}

/** What unpacks is loaded only for an archive: most charts that are rendered are folders. */
async function unpacking(bytes: Buffer): Promise<{ entries: Extract; gunzip: Gunzip }> {
  const [{ createGunzip }, { extract }] = await Promise.all([import('node:zlib'), import('tar-stream')])
  const entries = extract()
  const gunzip = createGunzip()
  gunzip.on('error', (error) => entries.destroy(new Error(gzipWords[error.message] ?? error.message, { cause: error })))
  Readable.from([bytes]).pipe(gunzip).pipe(entries)
  return { entries, gunzip }
}

/** Throws with Helm's messages. Links have no content, and so are empty files, as Helm reads them. */
export async function readArchive(bytes: Buffer, budget = newBudget()): Promise<ChartFile[]> {
  const files: ChartFile[] = []
  const { entries, gunzip } = await unpacking(bytes)
  try {
    for await (const entry of entries) {
      const { name, size = 0, type } = entry.header
      if (--budget.files < 0) throw new Error(`chart has more than ${maxFiles} files`)
      if (type === 'directory') {
        entry.resume()
        continue
      }
      const inner = archivedName(name)
      if (size > budget.bytes) throw new Error(`decompressed chart is larger than the maximum size ${maxArchiveSize}`)
      if (size > maxFileSize) throw new Error(`decompressed chart file ${quote(name)} is larger than the maximum file size ${maxFileSize}`)
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      const data = Buffer.concat(chunks)
      budget.bytes -= data.length
      if (budget.bytes <= 0) throw new Error(`decompressed chart is larger than the maximum size ${maxArchiveSize}`)
      files.push({ name: inner, data: data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data })
    }
  } finally {
    gunzip.destroy()
  }
  if (files.length === 0) throw new Error('no files in chart archive')
  return files
}

/** The name of the one folder at the top. */
export async function archiveFolder(bytes: Buffer): Promise<string> {
  const { entries, gunzip } = await unpacking(bytes)
  try {
    for await (const entry of entries) {
      const top = entry.header.name.replaceAll('\\', '/').split('/')[0]!
      if (top === '' || top === '.' || top === '..') throw new Error('chart illegally contains absolute paths')
      return top
    }
  } finally {
    gunzip.destroy()
    entries.destroy()
  }
  throw new Error('no files in chart archive')
}
