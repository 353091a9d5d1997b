/** The Ingresses of a case, as they are created. */
import type { IngressSpec } from '#api/gen/networking/v1.ts'
import { filled } from './ask.ts'
import type { Case, CaseIngress, Path } from './cases.ts'

const backendOf = (service: string, port: string | number = 'web') => ({
  service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } },
})

const pathOf = ({ path, type = 'Prefix', service = 'one', port }: Path) => ({
  ...(path === undefined ? { path: '/' } : { path }),
  pathType: type,
  backend: backendOf(service, port),
})

function specOf({ paths = [{}], host = 'HOST', tls = false, defaultBackend }: CaseIngress): IngressSpec {
  return {
    ingressClassName: 'nginx',
    rules: [{ host, http: { paths: paths.map(pathOf) } }],
    ...(tls ? { tls: [{ hosts: [host], secretName: 'tls' }] } : {}),
    ...(defaultBackend === undefined ? {} : { defaultBackend: backendOf(defaultBackend) }),
  }
}

/** In the order of their age. */
export function ingressesOf({ ingresses }: Case, host: string, asked: string) {
  return ingresses.map((each, index) => ({
    metadata: {
      name: `${host.replace('.test', '')}-${index}`,
      namespace: 'default',
      annotations: Object.fromEntries(
        Object.entries(each.annotations ?? {}).map(([name, text]) => [`nginx.ingress.kubernetes.io/${name}`, filled(text, host, asked)]),
      ),
    },
    spec: JSON.parse(filled(JSON.stringify(specOf(each)), host, asked)) as IngressSpec,
  }))
}
