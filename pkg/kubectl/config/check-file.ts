/** Whether a kubeconfig has the shape of one: told in the words of client-go's decoder, before anything of it is used. */

const struct = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

const strings = {
  cluster: ['server', 'tls-server-name', 'certificate-authority', 'proxy-url'],
  user: ['client-certificate', 'client-key', 'token', 'tokenFile', 'as', 'as-uid', 'username', 'password'],
  context: ['cluster', 'user', 'namespace'],
} as const
const booleans = { cluster: ['insecure-skip-tls-verify', 'disable-compression'], user: [], context: [] } as const
const data = { cluster: ['certificate-authority-data'], user: ['client-certificate-data', 'client-key-data'], context: [] } as const
const lists = [
  { section: 'clusters', member: 'cluster', type: 'Cluster', named: 'NamedCluster' },
  { section: 'users', member: 'user', type: 'AuthInfo', named: 'NamedAuthInfo' },
  { section: 'contexts', member: 'context', type: 'Context', named: 'NamedContext' },
] as const

/** What is wrong; undefined when nothing is. */
export function kubeconfigProblem(raw: unknown): string | undefined {
  if (typeOf(raw) !== 'object') return `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeOf(raw)} into Go value of type ${struct}`
  const config = raw as Record<string, any>
  const { apiVersion = '', kind = '' } = config
  if ((kind !== '' && kind !== 'Config') || (apiVersion !== '' && apiVersion !== 'v1'))
    return `no kind ${JSON.stringify(kind || 'Config')} is registered for version ${JSON.stringify(apiVersion || 'v1')} in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`
  if (!isOf(config['current-context'], 'string')) return cannot(config['current-context'], 'Config.current-context', 'string')
  for (const { section, member, type, named } of lists) {
    const list = config[section]
    if (!isOf(list, 'array')) return cannot(list, `Config.${section}`, `[]v1.${named}`)
    for (const entry of list ?? []) {
      if (!isOf(entry, 'object')) return cannot(entry, `Config.${section}`, `v1.${named}`)
      if (!isOf(entry?.name, 'string')) return cannot(entry.name, `${named}.${section}.name`, 'string')
      const value = entry?.[member]
      if (!isOf(value, 'object')) return cannot(value, `${named}.${section}.${member}`, `v1.${type}`)
      const field = (key: string): string => `${type}.${section}.${member}.${key}`
      for (const key of [...strings[member], ...data[member]]) if (!isOf(value?.[key], 'string')) return cannot(value[key], field(key), 'string')
      for (const key of booleans[member]) if (!isOf(value?.[key], 'bool')) return cannot(value[key], field(key), 'bool')
      for (const key of data[member]) {
        const problem = base64Problem(value?.[key] ?? '')
        if (problem) return problem
      }
    }
  }
  return undefined
}

/** As Go's decoder tells it; line breaks are passed over. */
export function base64Problem(given: string): string | undefined {
  const text = given.replace(/[\r\n]/g, '')
  const good = /^[A-Za-z0-9+/]*/.exec(text)![0].length
  const isEnd = /^={0,2}$/.test(text.slice(good))
  if (isEnd && text.length % 4 === 0) return undefined
  return `illegal base64 data at input byte ${isEnd ? text.length - (text.length % 4) : good}`
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

const isOf = (value: unknown, type: string): boolean => value === undefined || value === null || typeOf(value) === type
const cannot = (value: unknown, field: string, type: string): string => `json: cannot unmarshal ${typeOf(value)} into Go struct field ${field} of type ${type}`
