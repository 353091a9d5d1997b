/** `--feature-gates=A=true,B=false`, of any component: features that Kubernetes 1.36 has off by default. */
import { FlagError } from './flags.ts'

/** Those that are on. Throws FlagError for a gate that is not in `known` and for a value that is none. */
export function parseFeatureGates(text: string, known: ReadonlySet<string>): ReadonlySet<string> {
  const on = new Set<string>()
  for (const each of text.split(',').filter(Boolean)) {
    const [gate = '', value] = each.split('=').map((part) => part.trim())
    if (value === undefined) throw new FlagError(`missing bool value for ${gate}`)
    if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(value))
      throw new FlagError(`invalid value of ${gate}=${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
    if (!known.has(gate)) throw new FlagError(`unrecognized feature gate: ${gate}`)
    if (/^[1tT]/.test(value)) on.add(gate)
    else on.delete(gate)
  }
  return on
}
