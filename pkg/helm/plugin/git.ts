/** Plugins out of repositories of git, by the git of this machine (installer/vcs_installer.go, Masterminds/vcs). */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { compareVersions } from '#template/semver/version.ts'
import { versionOf } from '../repository/index-file.ts'
import { CommandError } from '../types.ts'

const run = promisify(execFile)
const longestMs = 10 * 60_000
const maxOutputBytes = 64 << 20

const scp = /^([a-zA-Z0-9_]+)@([a-zA-Z0-9._-]+):(.*)$/
const hosts: Readonly<Record<string, RegExp>> = {
  'github.com': /^\/[\w.-]+\/[\w.-]+/,
  'bitbucket.org': /^\/[\w.-]+\/[\w.-]+/,
  'git.launchpad.net': /^\/./,
  'go.googlesource.com': /^\/[\w.-]+\/?$/,
  'git.openstack.org': /^\/[\w.-]+\/[\w.-]+$/,
  'git.code.sf.net': /^\/p\/[\w.-]+\/[\w.-]+/,
}

/** Whether git is the one to ask: by scheme, known host, ending or user. Other systems are not known here. */
export function isGitRemote(source: string): boolean {
  const short = scp.exec(source)
  if (short) return short[1] === 'git' || short[3]!.endsWith('.git')
  if (!URL.canParse(source)) return false
  const { protocol, hostname, pathname, username } = new URL(source)
  if (protocol === 'file:') return existsSync(join(pathname, '.git')) || existsSync(join(pathname, 'HEAD'))
  if (hostname === '' || !['http:', 'https:', 'ssh:', 'git:', 'git+ssh:'].includes(protocol)) return false
  if (protocol === 'git:' || protocol === 'git+ssh:') return true
  const known = hosts[hostname]
  if (known) return known.test(pathname)
  return pathname.endsWith('.git') || username === 'git'
}

async function git(args: readonly string[], cwd?: string): Promise<string> {
  try {
    return (await run('git', [...args], { ...(cwd ? { cwd } : {}), timeout: longestMs, maxBuffer: maxOutputBytes })).stdout
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT') throw new CommandError('exec: "git": executable file not found in $PATH')
    throw new CommandError(`git ${args[0]}: ${(stderr || (error as Error).message).trim()}`, { cause: error })
  }
}

const isReference = (folder: string, name: string): Promise<boolean> =>
  git(['rev-parse', '--verify', '--end-of-options', name], folder).then(
    () => true,
    () => false,
  )

/** The reference itself, or the newest tag within the range. */
async function solve(folder: string, source: string, version: string): Promise<string> {
  if ((await isReference(folder, version)) || (await isReference(folder, `origin/${version}`))) return version
  const constraints = parseConstraints(version)
  const tags = (await git(['tag', '--list'], folder)).split('\n').flatMap((tag) => {
    const parsed = versionOf(tag)
    return parsed && satisfies(constraints, parsed) ? [{ tag, parsed }] : []
  })
  const [newest] = tags.sort((a, b) => compareVersions(b.parsed, a.parsed))
  if (!newest) throw new CommandError(`requested version ${JSON.stringify(version)} does not exist for plugin ${JSON.stringify(source)}`)
  return newest.tag
}

/** Clones, or brings an older clone up to date, and checks the version out. */
export async function syncRepository(source: string, folder: string, version: string): Promise<void> {
  if (existsSync(join(folder, '.git'))) await updateRepository(folder)
  else await git(['clone', '--quiet', '--recursive', '--', source, folder])
  if (version !== '') await git(['checkout', '--quiet', await solve(folder, source, version), '--'], folder)
}

export const isRepository = (folder: string): boolean => existsSync(join(folder, '.git'))
export const isDirty = async (folder: string): Promise<boolean> => (await git(['status', '--porcelain', '--untracked-files=no'], folder)) !== ''

/** One that stands on a tag stays there. */
export async function updateRepository(folder: string): Promise<void> {
  await git(['fetch', '--quiet', '--tags', 'origin'], folder)
  const branch = (await git(['rev-parse', '--abbrev-ref', 'HEAD'], folder)).trim()
  if (branch === 'HEAD') return
  await git(['pull', '--quiet'], folder)
  await git(['submodule', '--quiet', 'update', '--init', '--recursive'], folder)
}
