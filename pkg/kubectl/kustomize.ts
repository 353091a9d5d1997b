/** Kustomizations: not built by this kubectl yet, and it says so. */
import { CommandError } from './errors.ts'

export async function buildKustomization(_path: string): Promise<readonly any[]> {
  throw new CommandError('error: kustomizations are not supported by this kubectl yet')
}
