/** Authorities and what they sign, made by openssl, for tests of who may come. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestPair {
  readonly cert: string
  readonly key: string
}

/** `chain` is sent along with the certificate. */
export interface TestAuthority extends TestPair {
  readonly chain: string
  sign(subject: string, options?: { readonly isAuthority?: boolean; readonly dnsName?: string }): TestAuthority
}

let serial = 1000

function inDirectory<T>(make: (file: (name: string, content?: string) => string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-certificates-'))
  try {
    return make((name, content) => {
      const path = join(directory, name)
      if (content !== undefined) writeFileSync(path, content)
      return path
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Signs itself. */
export function testAuthority(subject: string): TestAuthority {
  const pair = inDirectory((file) => {
    const [cert, key] = [file('cert'), file('key')]
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '30',
      '-subj',
      subject,
      '-keyout',
      key,
      '-out',
      cert,
    )
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  })
  return authority(pair, '')
}

function authority(pair: TestPair, chain: string): TestAuthority {
  return {
    ...pair,
    chain,
    sign(subject, { isAuthority = false, dnsName } = {}) {
      const made = inDirectory((file) => {
        const [request, key, cert] = [file('request'), file('key'), file('cert')]
        const extensions = file('extensions', `basicConstraints=CA:${isAuthority ? 'TRUE' : 'FALSE'}\n${dnsName ? `subjectAltName=DNS:${dnsName}\n` : ''}`)
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', subject, '-keyout', key, '-out', request)
        const [caCert, caKey] = [file('ca', pair.cert), file('ca-key', pair.key)]
        const number = String(serial++)
        openssl('x509', '-req', '-in', request, '-CA', caCert, '-CAkey', caKey, '-set_serial', number, '-days', '30', '-extfile', extensions, '-out', cert)
        return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
      })
      return authority(made, chain === '' ? made.cert : `${made.cert}${chain}`)
    },
  }
}

export const encoded = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Buffer.from(value).toString('base64')]))
