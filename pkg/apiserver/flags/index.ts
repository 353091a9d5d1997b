/** From flags and the files they name (docs/api-server-flags.md) to the options of a server. A file that cannot be used stops the start, with its name and why. */
import { gatesToSwitch } from '#api/gated-fields.ts'
import { parseFeatureGates } from '#base/feature-gates.ts'
import type { AssembleOptions } from '../assemble.ts'
import { admissionOptions } from './admission.ts'
import { auditOf } from './audit.ts'
import { authenticationOptions } from './authentication.ts'
import { authorizationOptions } from './authorization.ts'
import { encryptionOptions } from './encryption.ts'
import type { FlagContext } from './file.ts'
import { runtimeConfigOf } from './runtime-config.ts'
import { booleanFlag, checkForms, durationFlag, type Flags, numberFlag } from './parse.ts'

export { FlagError, type Flags, parseFlags } from './parse.ts'

/** Of these /flagz shows the values as Go prints lists. */
const lists = ['authorization-mode', 'oidc-signing-algs'] as const

export function optionsOf(flags: Flags, context: FlagContext): Partial<AssembleOptions> {
  checkForms(flags)
  const audit = auditOf(flags, context)
  const authentication = authenticationOptions(flags, context)
  const authorization = authorizationOptions(flags, context)
  const encryption = encryptionOptions(flags, context)
  const { given: _, ...shown } = flags
  return {
    flags: { ...shown, ...Object.fromEntries(lists.map((name) => [name, `[${flags[name]}]`])) },
    ...(audit ? { audit } : {}),
    ...authentication,
    ...authorization,
    ...encryption,
    ...admissionOptions(flags),
    background: [authentication, authorization, encryption].flatMap(({ background = [] }) => background),
    featureGates: parseFeatureGates(flags['feature-gates'], gatesToSwitch),
    maxInFlight: { reading: numberFlag(flags, 'max-requests-inflight'), mutating: numberFlag(flags, 'max-mutating-requests-inflight') },
    minWatchSeconds: numberFlag(flags, 'min-request-timeout'),
    shutdownDelayMs: durationFlag(flags, 'shutdown-delay-duration'),
    profiling: booleanFlag(flags, 'profiling'),
    runtimeConfig: runtimeConfigOf(flags),
    requestTimeoutMs: durationFlag(flags, 'request-timeout'),
  }
}
