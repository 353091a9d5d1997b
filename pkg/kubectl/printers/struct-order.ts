/** The order of members in what kubectl prints of its own structs: no kinds of the API, so no schema has it. */

type Order = { readonly [member: string]: Order | true }

const extensions = { extensions: { name: true, extension: true } } as const

const orders: Readonly<Record<string, Order>> = {
  'v1/Config': {
    kind: true,
    apiVersion: true,
    clusters: {
      name: true,
      cluster: {
        server: true,
        'tls-server-name': true,
        'insecure-skip-tls-verify': true,
        'certificate-authority': true,
        'certificate-authority-data': true,
        'proxy-url': true,
        'disable-compression': true,
        ...extensions,
      },
    },
    users: {
      name: true,
      user: {
        'client-certificate': true,
        'client-certificate-data': true,
        'client-key': true,
        'client-key-data': true,
        token: true,
        tokenFile: true,
        as: true,
        'as-uid': true,
        'as-groups': true,
        'as-user-extra': true,
        username: true,
        password: true,
        'auth-provider': { name: true, config: true },
        exec: {
          command: true,
          args: true,
          env: { name: true, value: true },
          apiVersion: true,
          installHint: true,
          provideClusterInfo: true,
          interactiveMode: true,
        },
        ...extensions,
      },
    },
    contexts: { name: true, context: { cluster: true, user: true, namespace: true, ...extensions } },
    'current-context': true,
    ...extensions,
  },
  'v1/APIResourceList': {
    kind: true,
    apiVersion: true,
    groupVersion: true,
    resources: {
      name: true,
      singularName: true,
      namespaced: true,
      group: true,
      version: true,
      kind: true,
      verbs: true,
      shortNames: true,
      categories: true,
    },
  },
}

/** The object with its members in the struct's order; undefined for what is none of these. */
export function inStructOrder(object: any): object | undefined {
  const order = orders[`${object.apiVersion}/${object.kind}`]
  return order && (arranged(object, order) as object)
}

function arranged(value: unknown, order: Order | true): unknown {
  if (order === true || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => arranged(each, order))
  const source = value as Record<string, unknown>
  const known = Object.keys(order).filter((name) => source[name] !== undefined)
  const more = Object.keys(source).filter((name) => !Object.hasOwn(order, name))
  return Object.fromEntries([...known, ...more].map((name) => [name, arranged(source[name], order[name] ?? true)]))
}
