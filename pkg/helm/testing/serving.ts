/** The folder and the servers of the lines in served-scripts.ts. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { dirname, join } from 'node:path'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { signedPlace } from './both.ts'
import type { Outcome, Surroundings } from './rig.ts'
import { type Ending, fileServer, fromFolder, listening, startRegistry } from './servers.ts'
import { chartNames } from '../golden/charts.ts'
import { helpShape } from '../golden/help-shape.ts'
import { normalized, wordsOf } from '../golden/run.ts'
import type { Script } from '../golden/scripts.ts'

const plugin = `apiVersion: v1
name: plug
version: 0.1.0
type: cli/v1
runtime: subprocess
sourceURL: https://example.com
config: {shortHelp: says what it was told, longHelp: Says it., ignoreFlags: false}
runtimeConfig:
  platformCommand: [{command: $HELM_PLUGIN_DIR/run.sh}]
  platformHooks: {install: [{command: echo, args: [installed]}], update: [{command: echo, args: [updated]}], delete: [{command: echo, args: [deleted]}]}
`

export interface Served {
  readonly surroundings: Surroundings
  /** What stands for each address in lines and in what is recorded. */
  readonly addresses: ReadonlyMap<string, string>
}

export async function serve(ending: Ending): Promise<Served> {
  const surroundings = signedPlace(ending)
  const { dir } = surroundings
  const folder = join(dir, 'served')
  mkdirSync(folder)
  mkdirSync(join(dir, 'plug'))
  writeFileSync(join(dir, 'plug/plugin.yaml'), plugin)
  writeFileSync(join(dir, 'plug/run.sh'), '#!/bin/sh\n[ "$1" = --fail ] && exit 3\necho ran "$@"\n')
  chmodSync(join(dir, 'plug/run.sh'), 0o755)
  const { apiServer, ca } = await createClusterPki(join(dir, 'pki'), { addresses: [], nodes: [] })
  const tls = { cert: apiServer.certificate, key: apiServer.key }
  const mutual = { ...tls, ca: ca.certificate, requestCert: true, rejectUnauthorized: true }
  const answer = fromFolder(folder)
  const addresses = new Map([
    ['HTTP', await fileServer(ending, folder)],
    ['AUTH', await fileServer(ending, folder, 'secret')],
    ['TLS', `https://${await listening(ending, createServer(tls, answer))}`],
    ['MUTUAL', `https://${await listening(ending, createServer(mutual, answer))}`],
    ['REGISTRY', await startRegistry(ending)],
    ['DIR', dir],
  ])
  return { surroundings, addresses }
}

export type RunLine = (argv: readonly string[], surroundings: Surroundings, stdin: string) => Promise<Outcome>

/** What is done between lines. The folder itself is listed without the charts that are in every such folder. */
const deeds: Readonly<Record<string, (path: string, text: string) => string>> = {
  cat: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : 'not there'),
  ls: (path) =>
    existsSync(path)
      ? readdirSync(path)
          .filter((name) => !path.endsWith('/.') || !chartNames.has(name))
          .sort()
          .join(' ')
      : 'not there',
  write(path, text) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return ''
  },
  remove(path) {
    rmSync(path, { recursive: true, force: true })
    return ''
  },
}

export async function runServed({ lines }: Script, { surroundings, addresses }: Served, run: RunLine): Promise<Outcome[]> {
  const placed = (text: string): string => text.replaceAll(/\b(HTTP|AUTH|TLS|MUTUAL|REGISTRY|DIR)\b/g, (name) => addresses.get(name)!)
  const outcomes: Outcome[] = []
  for (const line of lines) {
    const [, deed, path, text] = /^\$ (\w+) (\S+) ?([\s\S]*)$/.exec(line) ?? []
    if (deed) {
      outcomes.push({ code: 0, stdout: told(deeds[deed]!(`${surroundings.dir}/${path!}`, placed(text!))), stderr: '' })
      continue
    }
    const [words, typed = ''] = line.split(' <<< ')
    const { code, stdout, stderr } = await run(wordsOf(words!).map(placed), surroundings, typed)
    outcomes.push({ code, stdout: told(stdout), stderr: told(stderr) })
  }
  return outcomes

  /** What is the same everywhere. */
  function told(text: string): string {
    let plain = text
    for (const [name, address] of addresses) plain = plain.replaceAll(address, name).replaceAll(address.replace(/^https?:\/\//, ''), name)
    // What help says is another matter (help.test.ts), and who comes first of many that are asked at once is chance.
    if (plain.includes('\nUsage:\n  helm ')) plain = helpShape(plain).join('\n')
    plain = plain.replaceAll(/(?:^\.\.\.Successfully got an update .*\n)+/gm, (lines) => `${lines.trimEnd().split('\n').sort().join('\n')}\n`)
    return normalized(plain, surroundings.dir)
      .replaceAll(/(\.(?:tgz|yaml))\d{5,}/g, '$1')
      .replaceAll(/repository\/[\w+/-]{27}=-index/g, 'repository/ANY-index')
      .replaceAll(/content-length=\d+/g, 'content-length=N')
      .replaceAll(/^Could not verify .*tgz\.prov for moving: .* \(Skipping\)/gm, '')
      .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST')
      .replaceAll(/127\.0\.0\.1:\d{5}/g, 'CLIENT')
  }
}
