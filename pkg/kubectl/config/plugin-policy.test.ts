import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { allowedPlugin, policyProblem } from './plugin-policy.ts'

const dir = mkdtempSync(join(tmpdir(), 'plugin-policy-'))
after(() => rmSync(dir, { recursive: true }))
for (const folder of ['bin', 'evil']) {
  mkdirSync(join(dir, folder))
  writeFileSync(join(dir, folder, 'aws'), '', { mode: 0o755 })
}
writeFileSync(join(dir, 'bin', 'text'), '', { mode: 0o644 })
const [good, evil] = [join(dir, 'bin', 'aws'), join(dir, 'evil', 'aws')]
const path = join(dir, 'bin')

const problems: readonly (readonly [type: string, allowlist: readonly string[] | undefined, problem: string | undefined])[] = [
  ['', undefined, undefined],
  ['AllowAll', undefined, undefined],
  ['DenyAll', undefined, undefined],
  ['Allowlist', ['aws', '/opt/tool'], undefined],
  ['', ['aws'], 'misconfigured credential plugin allowlist: plugin policy is "" but allowlist is non-nil'],
  ['AllowAll', [], 'misconfigured credential plugin allowlist: plugin policy is "AllowAll" but allowlist is non-nil'],
  ['DenyAll', ['aws'], 'misconfigured credential plugin allowlist: plugin policy is "DenyAll" but allowlist is non-nil'],
  ['allowlist', ['aws'], 'unknown plugin policy: "allowlist"'],
  ['Allowlist', undefined, 'credential plugin policy set to "Allowlist", but allowlist is unspecified'],
  ['Allowlist', [], 'credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead'],
  ['Allowlist', ['aws', ''], 'misconfigured credential plugin allowlist: empty allowlist entry #2'],
  ['Allowlist', ['/opt//tool'], 'non-normalized file path: "/opt//tool" vs "/opt/tool"'],
  ['Allowlist', ['./tool'], 'non-normalized file path: "./tool" vs "tool"'],
]
for (const [type, allowlist, problem] of problems) {
  test(`policy ${JSON.stringify(type)} with ${JSON.stringify(allowlist)} is ${problem ? 'refused' : 'well'}`, () =>
    assert.equal(policyProblem({ type, allowlist }), problem))
}

const runs: readonly (readonly [program: string, type: string, allowlist: readonly string[] | undefined, runs: string])[] = [
  ['anything', '', undefined, 'anything'],
  ['/any/thing', 'AllowAll', undefined, '/any/thing'],
  ['aws', 'Allowlist', ['aws'], good],
  ['aws', 'Allowlist', [good], good],
  [good, 'Allowlist', ['aws'], good],
  [`${dir}/evil/../bin/aws`, 'Allowlist', [good], good],
]
for (const [program, type, allowlist, wanted] of runs) {
  test(`${program.replace(dir, '')} may run under ${type || 'no policy'} of ${String(allowlist).replace(dir, '')}`, () =>
    assert.equal(allowedPlugin(program, { type, allowlist }, path), wanted))
}

const refused: readonly (readonly [program: string, type: string, allowlist: readonly string[] | undefined, why: string])[] = [
  ['aws', 'DenyAll', undefined, 'plugin "aws" not allowed: policy set to "DenyAll"'],
  [evil, 'Allowlist', ['aws'], `plugin path "${evil}" is not permitted by the credential plugin allowlist`],
  ['aws', 'Allowlist', [evil], `plugin path "${good}" is not permitted by the credential plugin allowlist`],
  [
    'gone',
    'Allowlist',
    ['aws'],
    'plugin path "gone" cannot be resolved for credential plugin allowlist check: exec: "gone": executable file not found in $PATH',
  ],
  [
    `${dir}/gone`,
    'Allowlist',
    ['aws'],
    `plugin path "${dir}/gone" cannot be resolved for credential plugin allowlist check: exec: "${dir}/gone": stat ${dir}/gone: no such file or directory`,
  ],
  [
    `${dir}/bin/text`,
    'Allowlist',
    ['aws'],
    `plugin path "${dir}/bin/text" cannot be resolved for credential plugin allowlist check: exec: "${dir}/bin/text": permission denied`,
  ],
]
for (const [program, type, allowlist, message] of refused) {
  test(`${program.replace(dir, '')} may not run under ${type} of ${String(allowlist).replace(dir, '')}`, () =>
    assert.throws(() => allowedPlugin(program, { type, allowlist }, path), { message }))
}
