/** Flags about values at rest: the file that says who seals what. */
import type { AssembleOptions } from '../assemble.ts'
import { followFile } from '../configuration/followed-file.ts'
import { encryptionProviders } from '../encryption/index.ts'
import { asFlagError, fileOf, type FlagContext } from './file.ts'
import { booleanFlag, FlagError, type Flags } from './parse.ts'

export function encryptionOptions(flags: Flags, { clock, log: parent }: FlagContext): Partial<AssembleOptions> {
  const file = flags['encryption-provider-config']
  const isReloaded = booleanFlag(flags, 'encryption-provider-config-automatic-reload')
  if (!file) {
    if (isReloaded) throw new FlagError('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config')
    return {}
  }
  const log = parent.named('encryption')
  const unread = (why: string): string =>
    `error while parsing file: error while loading file: error reading encryption provider configuration file ${JSON.stringify(file)}: ${why}`
  const text = fileOf(flags, 'encryption-provider-config', unread)
  const providers = asFlagError(() => encryptionProviders(text, { file, isReloaded, clock, log }))
  if (!isReloaded) return { encryptionProviders: providers }
  const apply = (now: string): void => {
    providers
      .reload(now)
      .catch((error: unknown) => log.error('the encryption configuration has changed to what cannot be used; what was there before stays', { error }))
  }
  return { encryptionProviders: providers, background: [followFile({ path: file, text, clock, log, apply })] }
}
