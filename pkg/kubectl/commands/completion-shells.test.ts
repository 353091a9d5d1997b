/** The scripts of `kubectl completion`, run by the shells that are installed: which words they ask for, and what they offer. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ours } from '../testing/rig.ts'

/** Stands for kubectl: it keeps the words that it is asked with, and offers two. */
async function prepared(t: TestContext, shell: string): Promise<(script: string) => { readonly asked: string; readonly offered: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-completion-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'kubectl'), `#!/bin/sh\nprintf '[%s]' "$@" > ${dir}/asked\nprintf '%s\\n' $OFFERED :4\n`)
  chmodSync(join(dir, 'kubectl'), 0o755)
  const { stdout } = await ours(['completion', shell], { env: { HOME: dir }, dir, stdin: '' })
  writeFileSync(join(dir, 'script'), stdout)
  const env = { PATH: `${dir}:${process.env.PATH}`, HOME: dir, OFFERED: 'web-0 web-1' }
  return (script) => {
    const offered = execFileSync(shell, ['-c', script], { cwd: dir, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return { asked: execFileSync('cat', [join(dir, 'asked')], { encoding: 'utf8' }), offered }
  }
}

const missing = (shell: string): string | false => (spawnSync(shell, ['-c', 'true']).error ? `${shell} is not installed` : false)

/** Words as bash parts them; the last is the one being typed. */
const typed: readonly (readonly [words: string, asked: string, offers: string, offered: string])[] = [
  ['get pods ""', '[__completeNoDesc][get][pods][]', 'web-0 web-1', 'web-0 web-1'],
  ['get pods -n te', '[__completeNoDesc][get][pods][-n][te]', 'team', 'team'],
  ['get --namespace = te', '[__completeNoDesc][get][--namespace=te]', 'team', 'team'],
  ['get --namespace =', '[__completeNoDesc][get][--namespace=]', 'team', 'team'],
  ['set image deploy/web main = a : 1', '[__completeNoDesc][set][image][deploy/web][main=a:1]', 'main=a:1.2', '1.2'],
]

test('bash asks with whole words and offers what is answered', { skip: missing('bash') }, async (t) => {
  const run = await prepared(t, 'bash')
  for (const [words, asked, offers, offered] of typed) {
    const told = run(
      `source ./script; compopt() { :; }; export OFFERED='${offers}'; COMP_WORDS=(kubectl ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _kubectl_complete; echo "\${COMPREPLY[@]}"`,
    )
    assert.deepEqual(told, { asked, offered: `${offered}\n` }, words)
  }
})

test('zsh asks with the words before and the one typed, and offers what is answered', { skip: missing('zsh') }, async (t) => {
  const run = await prepared(t, 'zsh')
  const told = run('compdef() { :; }; compadd() { print -r -- "$@" }; source ./script; words=(kubectl get pods we); CURRENT=4; _kubectl')
  assert.deepEqual(told, { asked: '[__completeNoDesc][get][pods][we]', offered: '-- web-0 web-1\n' })
})

test('fish asks with the words before and the one typed, and offers what is answered', { skip: missing('fish') }, async (t) => {
  const run = await prepared(t, 'fish')
  const told = run(`source ./script; complete -C 'kubectl get pods we'`)
  assert.deepEqual(told, { asked: '[__complete][get][pods][we]', offered: 'web-0\nweb-1\n' })
})
