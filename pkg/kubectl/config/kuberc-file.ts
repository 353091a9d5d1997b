/** Where a user's preferences are kept. */
import { join, resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import type { Streams } from '../types.ts'

export interface KubercPlace {
  /** As it is told. */
  readonly name: string
  readonly path: string
  /** Named by --kuberc or KUBERC. */
  readonly explicit: boolean
}

/** Undefined when KUBERC=off. */
export function kubercPlace(flag: string, { env, cwd }: Pick<Streams, 'env' | 'cwd'>): KubercPlace | undefined {
  if (env.KUBERC === 'off') {
    if (flag !== '') throw new CommandError('error: disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive')
    return undefined
  }
  const named = flag || env.KUBERC || ''
  const name = named || join(env.HOME ?? '/', '.kube', 'kuberc')
  return { name, path: resolve(cwd, name), explicit: named !== '' }
}
