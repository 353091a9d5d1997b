/** Credentials of registries in Docker's config.json format, under Helm's own path. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface Credentials {
  readonly username: string
  readonly password: string
}

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
  await writeFile(fresh, `${JSON.stringify(config, null, '\t')}\n`, { mode: 0o600 })
  await rename(fresh, path)
}

const hosts = (config: any): [string, any][] => Object.entries(config.auths ?? {})

export async function credentialsFor(path: string, host: string): Promise<Credentials | undefined> {
  const found = hosts(await read(path)).find(([name]) => name === host)?.[1]
  if (typeof found?.auth !== 'string') return undefined
  const text = Buffer.from(found.auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

export async function keepCredentials(path: string, host: string, { username, password }: Credentials): Promise<void> {
  const config = await read(path)
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await write(path, { ...config, auths: { ...config.auths, [host]: { auth } } })
}

/** False when there were none. */
export async function forgetCredentials(path: string, host: string): Promise<boolean> {
  const config = await read(path)
  if (!hosts(config).some(([name]) => name === host)) return false
  await write(path, { ...config, auths: Object.fromEntries(hosts(config).filter(([name]) => name !== host)) })
  return true
}
