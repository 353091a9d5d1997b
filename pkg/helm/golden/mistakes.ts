/**
 * Lines with which something is wrong, made from what help tells of every command: no arguments, too many, flags that are
 * not there, flags without a value or with one of the wrong type. What the real Helm says to them is in mistakes.json
 * (tools/helm-mistakes.ts). No cluster answers, and nothing is asked of other machines.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../testing/rig.ts'
import { writeCharts } from './charts.ts'

/** `search hub` asks the internet. */
const notRun = /^search hub( a b c d e f)?$/

/** `help` is what was recorded of the help of each command. */
export function mistakes(help: Readonly<Record<string, readonly string[]>>): string[] {
  const lines: string[] = []
  for (const [command, shape] of Object.entries(help)) {
    // A group answers with its help, and completion and env with texts of their own.
    const isGroup = shape.includes('Available Commands:')
    if (command === '' || /^(completion|help|version|env)/.test(command)) continue
    lines.push(...[...(isGroup ? [] : ['', ' a b c d e f']), ' --bogus', ' -Y', ' a --bogus=1', ' --debug=maybe'].map((rest) => command + rest))
    for (const line of shape.slice(shape.indexOf('Flags:') + 1, shape.indexOf('Global Flags:'))) {
      const [, name, type = ''] = /--([\w-]+)(?:\[=\S+\]|( \S+))?/.exec(line) ?? []
      if (!name || name === 'help') continue
      lines.push(`${command} --${name}${type === '' ? '=perhaps' : ''}`)
      if (['uint', 'int', 'duration', 'format', 'WaitStrategy', 'stringToString'].includes(type.trim().replace(/\[.*/, '')))
        lines.push(`${command} a --${name}=wrong`)
    }
  }
  return lines.filter((line) => !notRun.test(line))
}

/** A folder with charts, and a cluster that does not answer. */
export function surroundings(dir: string): Surroundings {
  writeCharts(dir)
  mkdirSync(join(dir, '.kube'), { recursive: true })
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    users: [{ name: 'c', user: {} }],
  }
  writeFileSync(join(dir, '.kube/config'), JSON.stringify(config))
  return { dir, env: { PATH: process.env.PATH, HOME: dir } }
}
