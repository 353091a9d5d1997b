/**
 * Credentials of registries: in Helm's own file, and where that has none in Docker's. Both are of Docker's config.json format,
 * so that a program may keep them instead (`credsStore`, `credHelpers`: docker-credential-NAME), as for the original.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { failureOf } from '../subprocess.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
  /** Instead of both: a token with which tokens are asked for. */
  readonly identityToken?: string
}

type Environment = Readonly<Record<string, string | undefined>>

async function read(path: string): Promise<any> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Error(`failed to read the credentials of registries in ${path}: ${(error as Error).message}`, { cause: error })
  }
}

async function write(path: string, config: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, JSON.stringify(config, null, '\t'), { mode: 0o600 })
  await rename(fresh, path)
}

const dockerHub = 'https://index.docker.io/v1/'
/** Under which name a registry's credentials are kept. */
const addressOf = (host: string): string => (host === 'docker.io' || host === 'registry-1.docker.io' ? dockerHub : host)

/** Keys of Docker's file may be URLs. */
const bareHost = (address: string): string => address.replace(/^https?:\/\//, '').split('/')[0]!

function isProgram(name: string, env: Environment): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

/** The program that keeps a registry's credentials; where nothing is configured, the system's own if it is there. */
function helperFor(config: any, address: string, env: Environment): string {
  const named = config.credHelpers?.[address] ?? config.credsStore ?? ''
  if (named !== '' || Object.keys(config.auths ?? {}).length > 0 || Object.keys(config.credHelpers ?? {}).length > 0) return String(named)
  const native = isProgram('pass', env) ? 'pass' : 'secretservice'
  return isProgram(`docker-credential-${native}`, env) ? native : ''
}

/** Throws what the program says, but that it has none. */
function ask(helper: string, action: 'get' | 'store' | 'erase', input: string, env: Environment): string {
  if (!/^[\w.-]+$/.test(helper)) throw new Error(`invalid name of a credential helper: ${JSON.stringify(helper)}`)
  const done = spawnSync(`docker-credential-${helper}`, [action], {
    input,
    env: env as NodeJS.ProcessEnv,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1 << 20,
  })
  const failure = failureOf(done)
  if (failure) throw new Error(`failed to run docker-credential-${helper}: ${failure.message}`)
  if (done.status === 0) return done.stdout
  const said = done.stdout.trim() || done.stderr.trim()
  if (action !== 'store' && said.includes('credentials not found in native keychain')) return ''
  throw new Error(`docker-credential-${helper} ${action}: ${said || `exit code ${done.status}`}`)
}

function fromHelper(helper: string, address: string, env: Environment): Credentials | undefined {
  const said = ask(helper, 'get', address, env)
  if (said === '') return undefined
  const { Username: username = '', Secret: secret = '' } = JSON.parse(said)
  return username === '<token>' ? { username: '', password: '', identityToken: secret } : { username, password: secret }
}

async function within(path: string, address: string, env: Environment): Promise<Credentials | undefined> {
  const config = await read(path)
  const helper = helperFor(config, address, env)
  if (helper !== '') return fromHelper(helper, address, env)
  const auths: Record<string, any> = config.auths ?? {}
  const found = Object.hasOwn(auths, address) ? auths[address] : Object.entries(auths).find(([name]) => bareHost(name) === address)?.[1]
  if (!found) return undefined
  if (found.identitytoken) return { username: '', password: '', identityToken: String(found.identitytoken) }
  const text = Buffer.from(String(found.auth ?? ''), 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return found.username ? { username: String(found.username), password: String(found.password ?? '') } : undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

const dockerFile = (env: Environment): string => join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json')

/** Helm's own, else Docker's; undefined when neither knows the registry. */
export async function credentialsFor(path: string, host: string, env: Environment): Promise<Credentials | undefined> {
  const address = addressOf(host)
  return (await within(path, address, env)) ?? (await within(dockerFile(env), address, env))
}

export async function keepCredentials(path: string, host: string, { username, password }: Credentials, env: Environment): Promise<void> {
  const address = addressOf(host)
  const config = await read(path)
  const helper = helperFor(config, address, env)
  if (helper !== '') {
    ask(helper, 'store', JSON.stringify({ ServerURL: address, Username: username, Secret: password }), env)
    return
  }
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await write(path, { ...config, auths: { ...config.auths, [address]: { auth } } })
}

/** What is not there is no error, as for the original. */
export async function forgetCredentials(path: string, host: string, env: Environment): Promise<void> {
  const address = addressOf(host)
  const config = await read(path)
  const helper = helperFor(config, address, env)
  if (helper !== '') ask(helper, 'erase', address, env)
  else if (Object.hasOwn(config.auths ?? {}, address))
    await write(path, { ...config, auths: Object.fromEntries(Object.entries(config.auths).filter(([name]) => name !== address)) })
}
