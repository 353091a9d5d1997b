/** `--feature-gates=A=true,B=false`, of any component: features that Kubernetes 1.36 has off by default. */
import { FlagError } from './flags.ts'

/** Those that are on. Throws FlagError for a gate that is not in `known` and for a value that is none. */
export function parseFeatureGates(text: string, known: ReadonlySet<string>): ReadonlySet<string> {
  const refused = (why: string): FlagError => new FlagError(`invalid argument ${JSON.stringify(text)} for "--feature-gates" flag: ${why}`)
  const on = new Set<string>()
  for (const each of text.split(',').filter(Boolean)) {
    const [gate = '', value] = each.split('=').map((part) => part.trim())
    if (value === undefined) throw refused(`missing bool value for ${gate}`)
    if (!known.has(gate)) throw refused(`unrecognized feature gate: ${gate}`)
    if (value !== 'true' && value !== 'false') {
      throw refused(`invalid value of ${gate}=${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
    }
    if (value === 'true') on.add(gate)
    else on.delete(gate)
  }
  return on
}
