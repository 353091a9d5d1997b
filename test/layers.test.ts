/** Which folder may import which: `layers.json` is the law, this test its judge. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', 'pkg')
const law: Record<string, string[]> = JSON.parse(readFileSync(join(import.meta.dirname, 'layers.json'), 'utf8'))

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
const imports = files.flatMap((file) => importsOf(file))

/** Static and dynamic imports of files below pkg/, as paths relative to it. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found: Import[] = []
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm)) {
    const target = match[2] ?? match[3] ?? match[4]!
    const path = target.startsWith('#') ? target.slice(1) : target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : undefined
    if (path !== undefined) found.push({ from: file, to: path, typeOnly: match[1] !== undefined })
  }
  return found
}

const roomOf = (path: string): string => path.split('/')[0]!

test('every folder imports only what the layers allow', () => {
  const broken = imports.filter(({ from, to }) => {
    const room = roomOf(from)
    if (room === roomOf(to) || /\.test\.ts$|\/testing\//.test(from) || /\/test-\w+\.ts$|testing\.ts$/.test(from)) return false
    return !(law[room] ?? []).some((allowed) => to === `${allowed}.ts` || to.startsWith(`${allowed}/`))
  })
  assert.deepEqual(
    broken.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

test('every folder of pkg is in the law', () => {
  assert.deepEqual(
    [...new Set(files.map(roomOf))].filter((room) => !(room in law)),
    [],
  )
})

test('no file below pkg imports cmd, test or bench', () => {
  assert.deepEqual(
    imports.filter(({ to }) => to.startsWith('..')).map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

test('there are no import cycles beyond types', () => {
  const graph = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) if (!typeOnly && !/\/gen\//.test(from)) graph.set(from, [...(graph.get(from) ?? []), to])
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
      return
    }
    state.set(file, 'open')
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file])
    state.set(file, 'done')
  }
  for (const file of graph.keys()) visit(file, [])
  assert.deepEqual(cycles, [])
})
