/** Keys and values for ConfigMaps and Secrets: env files, literals, files, in this order. */
import { KustomizeError, wrapped } from '../errors.ts'
import type { Loader } from '../loader.ts'
import type { GeneratorArgs } from '../types.ts'

type Pair = readonly [key: string, value: Buffer]

/** Throws KustomizeError for keys that are no names, or come twice. */
export async function keyValues(args: GeneratorArgs, loader: Loader): Promise<Map<string, Buffer>> {
  const pairs = [...(await fromEnvFiles(args, loader)), ...fromLiterals(args.literals ?? []), ...(await fromFiles(args.files ?? [], loader))]
  const found = new Map<string, Buffer>()
  for (const [key, value] of pairs) {
    const wrong = invalidKey(key)
    if (wrong !== undefined) throw new KustomizeError(`"${key}" is not a valid key name: ${wrong}`)
    if (found.has(key)) throw new KustomizeError(`configmap ${args.name} illegally repeats the key \`${key}\``)
    found.set(key, value)
  }
  return found
}

function invalidKey(key: string): string | undefined {
  if (key.length > 253) return 'must be no more than 253 characters'
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
  }
  if (key === '.') return "must not be '.'"
  if (key === '..') return "must not be '..'"
  return key.startsWith('..') ? "must not start with '..'" : undefined
}

async function fromEnvFiles({ envs = [], env }: GeneratorArgs, loader: Loader): Promise<Pair[]> {
  const paths = env ? [...envs, env] : envs
  const pairs: Pair[] = []
  try {
    for (const path of paths) {
      const lines = (await loader.text(path)).replace(/^\uFEFF/, '').split(/\r?\n/)
      for (const line of lines) {
        const text = line.trimStart()
        if (text === '' || text.startsWith('#')) continue
        const at = text.indexOf('=')
        const key = at < 0 ? text : text.slice(0, at)
        if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) {
          throw new KustomizeError(
            `"${key}" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
          )
        }
        pairs.push([key, Buffer.from(at < 0 ? '' : text.slice(at + 1))])
      }
    }
  } catch (error) {
    throw wrapped(error, `env source files: [${paths.join(' ')}]`)
  }
  return pairs
}

function fromLiterals(literals: readonly string[]): Pair[] {
  return literals.map((literal) => {
    const at = literal.indexOf('=')
    if (at < 1) throw new KustomizeError(`literal sources [${literals.join(' ')}]: invalid literal source ${literal}, expected key=value`)
    const value = literal.slice(at + 1)
    const quoted = value.length >= 2 && value[0] === value.at(-1) && (value[0] === '"' || value[0] === "'")
    return [literal.slice(0, at), Buffer.from(quoted ? value.slice(1, -1) : value)]
  })
}

async function fromFiles(sources: readonly string[], loader: Loader): Promise<Pair[]> {
  const pairs: Pair[] = []
  try {
    for (const source of sources) {
      const { key, path } = fileSource(source)
      pairs.push([key, await loader.bytes(path)])
    }
  } catch (error) {
    throw wrapped(error, `file sources: [${sources.join(' ')}]`)
  }
  return pairs
}

function fileSource(source: string): { key: string; path: string } {
  const parts = source.split('=')
  if (parts.length === 1) return { key: source.slice(source.lastIndexOf('/') + 1), path: source }
  const [key, path] = parts as [string, string]
  if (parts.length > 2) throw new KustomizeError(`source "${source}" key name or file path contains '='`)
  if (key === '') throw new KustomizeError(`missing key name for file path "${path}" in source "${source}"`)
  if (path === '') throw new KustomizeError(`missing file path for key name "${key}" in source "${source}"`)
  return { key, path }
}
