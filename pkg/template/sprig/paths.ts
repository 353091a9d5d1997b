/** Go's path (and path/filepath, which is the same here). */
import { goFunction } from '../exec/signature.ts'
import type { GoFunction } from '../types.ts'

/** path.Clean. */
export function cleanPath(path: string): string {
  if (path === '') return '.'
  const rooted = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (part !== '..' || !rooted) kept.push(part)
  }
  return (rooted ? '/' : '') + kept.join('/') || (rooted ? '/' : '.')
}

export function baseName(path: string): string {
  if (path === '') return '.'
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

export const directoryName = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf('/') + 1))

function extension(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  return dot < 0 ? '' : base.slice(dot)
}

const text = (body: (path: string) => unknown): GoFunction => goFunction('string', body)
const isAbsolute = text((path) => path.startsWith('/'))

export const pathFunctions: Readonly<Record<string, GoFunction>> = {
  base: text(baseName),
  dir: text(directoryName),
  clean: text(cleanPath),
  ext: text(extension),
  isAbs: isAbsolute,
  osBase: text(baseName),
  osDir: text(directoryName),
  osClean: text(cleanPath),
  osExt: text(extension),
  osIsAbs: isAbsolute,
}
