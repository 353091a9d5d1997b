/** `--feature-gates=A=true,B=false`: features that Kubernetes 1.36 has off by default. */
import { gatesToSwitch } from '#api/gated-fields.ts'
import { FlagError, type Flags } from './parse.ts'

/** Those that are on. Throws FlagError for a gate that is not known or has nothing behind it. */
export function featureGatesOf(flags: Flags): ReadonlySet<string> {
  const on = new Set<string>()
  for (const each of flags['feature-gates'].split(',').filter(Boolean)) {
    const [gate = '', value] = each.split('=').map((part) => part.trim())
    if (value === undefined) throw refused(flags, `missing bool value for ${gate}`)
    if (!gatesToSwitch.has(gate)) throw refused(flags, `unrecognized feature gate: ${gate}`)
    if (value !== 'true' && value !== 'false') {
      throw refused(flags, `invalid value of ${gate}=${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
    }
    if (value === 'true') on.add(gate)
    else on.delete(gate)
  }
  return on
}

function refused(flags: Flags, why: string): FlagError {
  return new FlagError(`invalid argument ${JSON.stringify(flags['feature-gates'])} for "--feature-gates" flag: ${why}`)
}
