/**
 * kube-controller-manager's flags of a cluster: `DATA-DIR/kube-controller-manager.flags`, a line each, which
 * `k8ts up --controller-manager-arg NAME=VALUE` (and `k8ts server`) checks and puts there.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ControllerManagerFlagOptions, controllerManagerFlagValues, controllerManagerOptions, type SigningFiles } from '#controllers/flags/index.ts'
import { keptFlags, type Place } from './component-flags.ts'
import { UsageError } from './usage-error.ts'

const kept = keptFlags('kube-controller-manager', 'controller-manager-arg', (text) => {
  const { files } = controllerManagerOptions(text).signing
  if (files) for (const each of isPair(files) ? [files] : Object.values(files)) readAuthority(each)
})

export const controllerManagerFlagsPath = kept.path
export const adoptControllerManagerFlags = kept.adopt

/** What its controllers start with. Throws what is wrong with the file, or with those that it names. */
export function controllerManagerFlags(config: Place): ControllerManagerFlagOptions {
  return controllerManagerOptions(kept.text(config))
}

export interface Authority {
  readonly caCertificate: string
  readonly caKey: string
}

/** Who signs certificates: the cluster's own authority unless flags name files. */
export function signingAuthorities(
  { durationSeconds, files }: ControllerManagerFlagOptions['signing'],
  own: Authority,
): Authority & { readonly durationSeconds: number; readonly bySigner?: Readonly<Record<string, Authority>> } {
  if (!files) return { ...own, durationSeconds }
  if (isPair(files)) return { ...readAuthority(files), durationSeconds }
  return { ...own, durationSeconds, bySigner: Object.fromEntries(Object.entries(files).map(([signer, pair]) => [signer, readAuthority(pair)])) }
}

const isPair = (files: NonNullable<ControllerManagerFlagOptions['signing']['files']>): files is SigningFiles => typeof files.certificate === 'string'

function readAuthority({ certificate, key }: SigningFiles): Authority {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      throw new UsageError(`--controller-manager-arg: error reading CA file ${JSON.stringify(file)}: ${(error as Error).message}`)
    }
  }
  const [caCertificate, caKey] = [read(certificate), read(key)]
  try {
    if (!new X509Certificate(caCertificate).checkPrivateKey(createPrivateKey(caKey))) throw new Error('the key is not that of the certificate')
  } catch (error) {
    throw new UsageError(`--controller-manager-arg: ${certificate} and ${key} are no authority: ${(error as Error).message}`)
  }
  return { caCertificate, caKey }
}

/** The same as upstream prints them. */
export function controllerManagerFlagTexts(config: Place): Readonly<Record<string, string>> {
  return controllerManagerFlagValues(kept.text(config))
}
