/** tlsCertFile and tlsPrivateKeyFile: the pair that the kubelet serves with, read again when the files change. */
import { readFileSync, statSync } from 'node:fs'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import type { KeyPair } from './key-pair.ts'

type Files = Pick<CompleteConfiguration, 'tlsCertFile' | 'tlsPrivateKeyFile'>

/** As often as upstream looks when nothing tells of a change. */
const intervalMs = 60_000

/** Undefined where none are named; throws when one cannot be read. */
export function servingFiles({ tlsCertFile, tlsPrivateKeyFile }: Files): KeyPair | undefined {
  if (!tlsCertFile || !tlsPrivateKeyFile) return undefined
  return { certificate: readFileSync(tlsCertFile, 'utf8'), key: readFileSync(tlsPrivateKeyFile, 'utf8') }
}

export interface KeepFilesOptions {
  readonly files: Files
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Throws when the pair cannot be used: the one before it stays. */
  readonly use: (pair: KeyPair) => void
}

export async function keepServingFiles({ files, clock, log, signal, use }: KeepFilesOptions): Promise<void> {
  const { tlsCertFile, tlsPrivateKeyFile } = files
  if (!tlsCertFile || !tlsPrivateKeyFile) return
  const stamp = () => [tlsCertFile, tlsPrivateKeyFile].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).join()
  let seen = stamp()
  while (!signal.aborted) {
    await sleep(clock, intervalMs, signal)
    const now = stamp()
    if (signal.aborted || now === seen) continue
    try {
      use(servingFiles(files)!)
      seen = now
    } catch (error) {
      // One file may be new already and the other not yet.
      log.warn('cannot serve with the new certificate', { error })
    }
  }
}
