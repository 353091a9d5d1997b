/** What is wrong with OpenPGP data, in the words that Helm's library has for it. */

export const openPgpReasons = {
  structural: 'openpgp: invalid data: ',
  unsupported: 'openpgp: unsupported feature: ',
  signature: 'openpgp: invalid signature: ',
  argument: 'openpgp: invalid argument: ',
  key: 'openpgp: invalid key: ',
  /** The message says it all. */
  verdict: 'openpgp: ',
} as const

export type OpenPgpReason = keyof typeof openPgpReasons

export class OpenPgpError extends Error {
  readonly reason: OpenPgpReason
  constructor(reason: OpenPgpReason, detail: string, cause?: unknown) {
    super(openPgpReasons[reason] + detail, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

export const structural = (detail: string): OpenPgpError => new OpenPgpError('structural', detail)
export const unsupported = (detail: string): OpenPgpError => new OpenPgpError('unsupported', detail)
