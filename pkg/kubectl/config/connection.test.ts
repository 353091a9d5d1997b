/** What is told of a kubeconfig that leads nowhere, as kubectl 1.36.1 told it: by other words where a namespace is given. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ours } from '../testing/rig.ts'

const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- {name: o, cluster: {server: "https://127.0.0.1:1"}}
- {name: bare, cluster: {server: "https://127.0.0.1:1", certificate-authority: /nope.crt}}
users:
- {name: o, user: {token: t}}
- {name: cert, user: {client-certificate: /nope.crt, client-key: /nope.key}}
contexts:
- {name: o, context: {cluster: o, user: o}}
- {name: bare, context: {cluster: bare, user: o}}
- {name: all, context: {cluster: bare, user: cert}}
current-context: o
`

const noCa = 'unable to read certificate-authority /nope.crt for bare due to open /nope.crt: no such file or directory'
const many = `Error in configuration: 
* unable to read client-cert /nope.crt for cert due to open /nope.crt: no such file or directory
* unable to read client-key /nope.key for cert due to open /nope.key: no such file or directory
* ${noCa}`

const cases: readonly { readonly flags: string; readonly without: string; readonly withNamespace: string }[] = [
  {
    flags: '--context=nope',
    without: 'Error in configuration: context was not found for specified context: nope',
    withNamespace: 'error: context "nope" does not exist',
  },
  { flags: '--cluster=nope', without: 'error: no server found for cluster "nope"', withNamespace: 'error: cluster "nope" does not exist' },
  { flags: '--user=nope', without: 'error: auth info "nope" does not exist', withNamespace: 'error: auth info "nope" does not exist' },
  { flags: '--context=bare', without: `error: ${noCa}`, withNamespace: `Error in configuration: ${noCa}` },
  { flags: '--context=all', without: many, withNamespace: many },
]

test('a kubeconfig that leads nowhere is told in the words of the original, with a namespace and without', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-connection-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'config'), kubeconfig)
  const told = async (line: string): Promise<string> =>
    (await ours(line.split(' '), { env: { HOME: dir, KUBECONFIG: join(dir, 'config') }, dir, stdin: '' })).stderr
  for (const { flags, without, withNamespace } of cases) {
    assert.equal(await told(`get pods ${flags}`), `${without}\n`)
    assert.equal(await told(`get pods ${flags} -n x`), `${withNamespace}\n`)
  }
})
