/** The files that cases speak of, in a directory. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigurationCase } from './types.ts'

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:9/a"}}]
users: [{name: a, user: {}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
`
/** Flags that name a file have its text; others their value. */
const isFile = (flag: string): boolean => /-(config|file)$/.test(flag)

export function prepare(directory: string): void {
  writeFileSync(join(directory, 'kubeconfig'), kubeconfig)
}

export function flagsOf({ flag, text, more = [] }: ConfigurationCase, directory: string): string[] {
  const placed = (each: string): string => each.replaceAll('DIR', directory)
  if (!isFile(flag)) return [...more.map(placed), `--${flag}=${text}`]
  const path = join(directory, 'file.yaml')
  writeFileSync(path, placed(text))
  return [...more.map(placed), `--${flag}=${path}`]
}
