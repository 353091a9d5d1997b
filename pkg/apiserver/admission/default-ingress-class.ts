/** DefaultIngressClass: an Ingress that names no class gets the default one. */
import { ingressClasses } from '#api/gen/resources.ts'
import type { Ingress } from '#api/gen/networking/v1.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { newestDefault } from './newest-default.ts'
import { type AdmissionContext, isFor } from './types.ts'

export function defaultIngressClass(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, ingressClasses)
  return {
    name: 'DefaultIngressClass',
    handles: (attributes) => isFor(attributes, 'networking.k8s.io', 'ingresses', ['CREATE']),
    async admit({ object }) {
      const ingress = object as Ingress
      if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return
      const found = newestDefault(await reader.list(), ['ingressclass.kubernetes.io/is-default-class'])
      if (found) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name! }
    },
  }
}
