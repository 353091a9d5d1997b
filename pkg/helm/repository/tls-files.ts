/** Certificates and keys of --ca-file, --cert-file and --key-file (internal/tlsutil). */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileError } from '../output/file-error.ts'

export interface TlsFiles {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly insecureSkipTlsVerify?: boolean
  /** Where relative names are looked for. */
  readonly cwd?: string
}

export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized?: boolean
}

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/

/** Throws in Helm's words for files that are not there, or hold something else. A certificate without a key, and with nothing else, is not used. */
export function tlsOptions({ caFile = '', certFile = '', keyFile = '', insecureSkipTlsVerify = false, cwd = '.' }: TlsFiles): TlsOptions {
  if (!(certFile && keyFile) && !caFile && !insecureSkipTlsVerify) return {}
  const problems: string[] = []
  const read = (file: string, what: string): string => {
    try {
      // No name is no file, not the folder itself.
      return readFileSync(file === '' ? '' : resolve(cwd, file), 'utf8')
    } catch (error) {
      throw new Error(`${what}: ${JSON.stringify(file)}: ${fileError(error, 'open', file).message}`, { cause: error })
    }
  }
  const attempt = <T>(make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      problems.push((error as Error).message)
      return undefined
    }
  }
  const hasPair = certFile !== '' || keyFile !== ''
  const pair = hasPair ? attempt(() => ({ cert: read(certFile, 'unable to read cert file'), key: read(keyFile, 'unable to read key file') })) : undefined
  const ca = caFile === '' ? undefined : attempt(() => read(caFile, "can't read CA file"))
  if (problems.length === 0 && pair) attempt(() => checkPair(pair))
  if (problems.length === 0 && ca !== undefined && !certificate.test(ca)) problems.push('failed to append certificates from pem block')
  if (problems.length > 0) throw new Error(`can't create TLS config for client: ${problems.join('\n')}`)
  return { ...pair, ...(ca === undefined ? {} : { ca }), ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}) }
}

function checkPair({ cert, key }: { readonly cert: string; readonly key: string }): void {
  const refuse = (why: string): never => {
    throw new Error(`unable to load cert from key pair: tls: ${why}`)
  }
  if (!certificate.test(cert)) refuse('failed to find any PEM data in certificate input')
  if (!/-----BEGIN .*PRIVATE KEY-----/.test(key)) refuse('failed to find any PEM data in key input')
  let fits = false
  try {
    fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    refuse('failed to parse private key')
  }
  if (!fits) refuse('private key does not match public key')
}
