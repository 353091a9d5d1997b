/** The flags that commands which render or change releases have in common, and what they come to. */
import type { FlagSpec, FlagValues } from '#kubectl/flags/types.ts'
import type { WaitStrategy } from '../cluster/wait.ts'
import type { DryRun, WaitSettings } from '../actions/types.ts'
import { CommandError, type Invocation } from '../types.ts'
import type { ValueOptions } from '../values/options.ts'

const bool = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'bool', default: 'false', usage, ...rest })
const text = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'string', usage, ...rest })

export const valueFlags: readonly FlagSpec[] = [
  { name: 'values', short: 'f', type: 'stringSlice', usage: 'YAML file with values, or its URL; may be repeated' },
  { name: 'set', type: 'stringArray', usage: 'values as key1=val1,key2=val2; may be repeated' },
  { name: 'set-string', type: 'stringArray', usage: 'values that stay strings' },
  { name: 'set-file', type: 'stringArray', usage: 'values out of files: key1=path1,key2=path2' },
  { name: 'set-json', type: 'stringArray', usage: 'values as JSON: key=json, or an object' },
  { name: 'set-literal', type: 'stringArray', usage: 'a string value, taken as it stands' },
]

export const chartPathFlags: readonly FlagSpec[] = [
  text('version', 'version of the chart, or a range of versions'),
  bool('verify', 'verify the package before it is used'),
  text('keyring', 'file with the public keys for --verify'),
  text('repo', 'URL of the repository in which the chart is'),
  text('username', 'user name for the repository'),
  text('password', 'password for the repository'),
  text('cert-file', 'client certificate for HTTPS'),
  text('key-file', "key of the client's certificate"),
  bool('insecure-skip-tls-verify', "do not check the repository's certificate"),
  bool('plain-http', 'download over HTTP'),
  text('ca-file', "authority of the repository's certificate"),
  bool('pass-credentials', 'give the credentials to other hosts too'),
]

export const revisionFlag: FlagSpec = { name: 'revision', type: 'int', default: '0', usage: 'this revision, not the last' }
export const waitFlag: FlagSpec = {
  name: 'wait',
  type: 'string',
  default: 'hookOnly',
  bare: 'watcher',
  usage: 'wait until everything is ready: watcher, legacy, or hookOnly (hooks alone)',
  valueName: 'WaitStrategy',
  refusal: (value) =>
    ['watcher', 'legacy', 'hookOnly', 'true', 'false'].includes(value)
      ? undefined
      : `invalid wait input ${JSON.stringify(value)}. Valid inputs are watcher, hookOnly, and legacy`,
}
export const timeoutFlag: FlagSpec = { name: 'timeout', type: 'duration', default: '5m0s', usage: 'how long to wait for any one operation' }
export const noHooksFlag: FlagSpec = bool('no-hooks', 'do not run hooks')
export const descriptionFlag: FlagSpec = text('description', 'text for the description of the revision')
export const dryRunFlag: FlagSpec = text('dry-run', 'none, client or server: say what would be done', { default: 'none', bare: 'unset' })
export const forceFlags: readonly FlagSpec[] = [
  bool('force-replace', 'replace objects instead of changing them'),
  bool('force', 'the old name of --force-replace', { hidden: true }),
  bool('force-conflicts', 'take over fields that others own'),
]
const commonRenderFlags: readonly FlagSpec[] = [
  bool('devel', 'development versions too'),
  bool('dependency-update', 'fetch missing dependencies first'),
  bool('disable-openapi-validation', 'do not check objects against their schemas'),
  bool('skip-crds', 'do not install CRDs'),
  bool('render-subchart-notes', 'notes of dependencies too'),
  bool('skip-schema-validation', 'do not check values against the schemas of the chart'),
  bool('enable-dns', 'templates may look names up (never done here)'),
  bool('hide-notes', 'do not print the notes'),
  bool('hide-secret', 'with --dry-run, leave the contents of Secrets out'),
  bool('take-ownership', 'take over objects that do not belong to the release'),
  { name: 'labels', short: 'l', type: 'stringToString', usage: "labels for the release's record" },
  text('post-renderer', 'plugin that all manifests pass through', { valueName: 'postRendererString' }),
  { name: 'post-renderer-args', type: 'stringArray', usage: 'argument for the post-renderer; may be repeated', valueName: 'postRendererArgsSlice' },
  text('post-renderer-strategy', 'combined, separate or nohooks', { default: 'combined', hidden: true }),
]
/** What install, upgrade and template share. */
export const renderFlags: readonly FlagSpec[] = [
  ...commonRenderFlags,
  ...forceFlags,
  noHooksFlag,
  timeoutFlag,
  bool('wait-for-jobs', 'with --wait, wait until Jobs have ended'),
  descriptionFlag,
  bool('rollback-on-failure', 'undo what failed; waits, too'),
  bool('atomic', 'the old name of --rollback-on-failure', { hidden: true }),
  bool('create-namespace', 'make the namespace when it is not there'),
  waitFlag,
  dryRunFlag,
  ...valueFlags,
  ...chartPathFlags,
]

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

export function valueOptions(invocation: Invocation): ValueOptions {
  const { flags, session } = invocation
  return {
    files: flags.list('values'),
    cwd: session.cwd,
    json: flags.list('set-json'),
    set: flags.list('set'),
    setString: flags.list('set-string'),
    setFile: flags.list('set-file'),
    setLiteral: flags.list('set-literal'),
    stdin: () => readAll(session.stdin),
    fetch: async (url) => {
      const { get } = await import('../repository/get.ts')
      return get(invocation, url, { limitBytes: 32 << 20 })
    },
  }
}

export function waitSettings({ flags, log }: Invocation): WaitSettings {
  const given = flags.string('wait')
  let strategy: string = given
  if (given === 'true' || given === 'false') {
    strategy = given === 'true' ? 'watcher' : 'hookOnly'
    log('WARN', `--wait=${given} is deprecated (boolean value) and can be replaced with --wait=${strategy}`)
  }
  return { strategy: strategy as WaitStrategy, timeoutMs: flags.duration('timeout'), jobs: flags.has('wait-for-jobs') && flags.bool('wait-for-jobs') }
}

const trueWords = ['1', 't', 'T', 'true', 'TRUE', 'True']
const falseWords = ['0', 'f', 'F', 'false', 'FALSE', 'False']

/** For template, "none" is no answer. */
export function dryRunOf({ flags, log }: Invocation, isTemplate = false): DryRun {
  const given = flags.string('dry-run')
  const invalid = (words: string): CommandError => new CommandError(`invalid dry-run value (${JSON.stringify(given)}). Must be ${words}`)
  if (given === 'unset') {
    log('WARN', "--dry-run is deprecated and should be replaced with '--dry-run=client'")
    return 'client'
  }
  if (given === 'client' || given === 'server') return given
  if (given === 'none') {
    if (isTemplate) throw invalid('"server" or "client"')
    return 'none'
  }
  const isTrue = trueWords.includes(given)
  if (!isTrue && !falseWords.includes(given)) throw invalid('"none", "server", or "client"')
  if (isTemplate && !isTrue) throw invalid('"server" or "client"')
  const strategy = isTrue ? 'client' : 'none'
  log('WARN', `boolean '--dry-run=${given}' flag is deprecated and must be replaced with '--dry-run=${strategy}'`)
  return strategy
}

export const either = (flags: FlagValues, ...names: readonly string[]): boolean => names.some((name) => flags.has(name) && flags.bool(name))

export function labelsOf(flags: FlagValues): Record<string, string> {
  return Object.fromEntries(flags.list('labels').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

export function checkForce({ flags }: Invocation): void {
  for (const name of ['force-replace', 'force']) {
    if (flags.changed(name) && flags.changed('force-conflicts'))
      throw new CommandError(`if any flags in the group [${name} force-conflicts] are set none of the others can be; [force-conflicts ${name}] were all set`)
  }
}
