/** `buildMetadata: [originAnnotations]`: where each object was read from, or which generator made it. */
import { relative } from 'node:path'
import { stringify } from 'yaml'
import type { Loader } from './loader.ts'
import { annotationsOf, type Resource } from './resource.ts'
import type { ResourceSet } from './resource-set.ts'

const annotation = 'config.kubernetes.io/origin'

export const origins = {
  mark(resources: readonly Resource[], loader: Loader, path: string): void {
    for (const each of resources) each.origin = { root: loader.root, path }
  },

  markGenerated(resource: Resource, loader: Loader, fileName: string): void {
    const kind = resource.isFromChart ? 'HelmChartInflationGenerator' : `${resource.object.kind}Generator`
    resource.origin ??= { root: loader.root, configuredIn: fileName, kind }
  },

  /** Paths are told from the folder that was built, which the set's objects were read below or beside of. */
  write(set: ResourceSet, from: string): void {
    for (const { object, origin } of set.list) {
      if (origin === undefined) continue
      const at = (file: string): string => relative(from, `${origin.root}/${file}`) || file
      const value =
        origin.path === undefined
          ? { configuredIn: at(origin.configuredIn!), configuredBy: { apiVersion: 'builtin', kind: origin.kind } }
          : { path: /^https?:/.test(origin.path) ? origin.path : at(origin.path) }
      object.metadata = { ...object.metadata, annotations: { ...annotationsOf(object), [annotation]: stringify(value) } }
    }
  },
}
