/** Kustomizations for -k and `kubectl kustomize`: built by #kustomize, which is loaded only when it is asked for. */
import { resolve } from 'node:path'
import type { BuildOptions } from '#kustomize/build.ts'
import { CommandError } from './errors.ts'

/** `given` is the path as the user wrote it, for messages. */
export async function buildObjects(path: string, options: BuildOptions = {}, given = path): Promise<readonly any[]> {
  const { buildKustomization } = await import('#kustomize/build.ts')
  try {
    return await buildKustomization(path, options)
  } catch (error) {
    if (error instanceof Error && error.name === 'KustomizeError') throw new CommandError(`error: ${error.message.replace(`'${path}'`, `'${given}'`)}`)
    throw error
  }
}

/** What to build: an address of a git repository as it stands, anything else as a folder below `cwd`. */
export async function kustomizationTarget(cwd: string, given: string): Promise<string> {
  const { repositoryOf } = await import('#kustomize/repository.ts')
  return repositoryOf(given) ? given : resolve(cwd, given)
}
