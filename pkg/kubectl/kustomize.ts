/** Kustomizations for -k and `kubectl kustomize`: built by #kustomize, which is loaded only when it is asked for. */
import type { BuildOptions } from '#kustomize/build.ts'
import { CommandError } from './errors.ts'

export async function buildObjects(path: string, options: BuildOptions = {}): Promise<readonly any[]> {
  const { buildKustomization } = await import('#kustomize/build.ts')
  try {
    return await buildKustomization(path, options)
  } catch (error) {
    if (error instanceof Error && error.name === 'KustomizeError') throw new CommandError(`error: ${error.message}`)
    throw error
  }
}
