/** Kustomizations for -k and `kubectl kustomize`: built by #kustomize, which is loaded only when it is asked for. */
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
