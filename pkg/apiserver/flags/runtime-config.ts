/** `--runtime-config=GROUP/VERSION=true`: versions that Kubernetes 1.36 does not serve by default. */
import { optionalDefinitions } from '#api/optional.ts'
import { definitions } from '#api/index.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import { FlagError, type Flags } from './parse.ts'

const yes = ['', '1', 't', 'T', 'true', 'TRUE', 'True']
const no = ['0', 'f', 'F', 'false', 'FALSE', 'False']

/** "GROUP/VERSION" of those that are asked for. Throws FlagError for what is not known here, and where a version that is always served is to be turned off. */
export function runtimeConfigOf(flags: Flags): ReadonlySet<string> {
  const optional = new Set(optionalDefinitions.map(({ definition }) => apiVersionOf(definition)))
  const served = new Set(definitions.map(apiVersionOf))
  const on = new Set<string>()
  for (const each of flags['runtime-config'].split(',').filter(Boolean)) {
    const [key = '', value = ''] = each.split('=').map((part) => part.trim())
    if (!yes.includes(value) && !no.includes(value)) {
      throw refused(flags, `invalid value of ${key}: ${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
    }
    const wanted = yes.includes(value)
    if (served.has(key)) {
      if (!wanted) throw refused(flags, `${key} is always served here`)
    } else if (optional.has(key)) {
      if (wanted) on.add(key)
      else on.delete(key)
    } else throw refused(flags, `unknown api groups ${key}`)
  }
  return on
}

function refused(flags: Flags, why: string): FlagError {
  return new FlagError(`invalid argument ${JSON.stringify(flags['runtime-config'])} for "--runtime-config" flag: ${why}`)
}
