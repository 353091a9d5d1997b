/**
 * `K8TS_REAL_APISERVER=PROGRAM ./tools/node.sh test/scenarios/configuration-golden/record.ts [LIST…]` gives each file to a real kube-apiserver
 * 1.36 and keeps what it says of it, in `recorded-1.36.json`. With etcd at K8TS_REAL_ETCD it comes as far as the admission plugins; a file
 * that it does not refuse has it serve, until it is stopped.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flagsOf, prepare } from './files.ts'
import { lists } from './index.ts'
import { ownFlags, programOf } from './real.ts'
import { keyOf } from './types.ts'

const program = programOf()
const wanted = process.argv.slice(2)
const directory = mkdtempSync(join(tmpdir(), 'k8ts-record-'))
prepare(directory)
const own = ownFlags(directory)
const file = new URL('recorded-1.36.json', import.meta.url)
const recorded = readRecorded()
for (const [name, list] of Object.entries(lists)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  recorded[name] = {}
  for (const each of list) recorded[name][keyOf(each)] = (await said(flagsOf(each, directory))).replaceAll(directory, 'DIR')
  process.stderr.write(`${name}: ${list.length}\n`)
}
writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
rmSync(directory, { recursive: true })

function readRecorded(): Record<string, Record<string, string>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** The words of its failure; none where it serves. */
function said(flags: readonly string[]): Promise<string> {
  const child = spawn(program, [...own, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  child.stderr.on('data', (chunk) => {
    text += String(chunk)
    // It has read all that there is to read.
    if (/Serving securely/.test(text)) child.kill('SIGKILL')
  })
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer)
      resolve(failureIn(text))
    })
  })
}

function failureIn(text: string): string {
  const quoted = /"command failed" err=("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  if (quoted) return JSON.parse(quoted)
  // Words of several lines come indented, between marks.
  const lines = /"command failed" err=<\n((?:\t.*\n)+) >/.exec(text)?.[1]
  if (lines) return lines.replaceAll(/^\t/gm, '').slice(0, -1)
  return /^(?:Error|panic): (.*)$/m.exec(text)?.[1] ?? ''
}
