/** A release as a Go template of `get all --template` sees it. */
import { type Dictionary, dictionary } from '#template/values.ts'
import { metadataMap } from '../engine/render.ts'
import type { Release } from '../release/release.ts'

export function releaseObject({ name, namespace, version, info, chart, config, manifest, hooks, applyMethod }: Release): Dictionary {
  return dictionary([
    ['Name', name],
    ['Namespace', namespace],
    ['Version', BigInt(version)],
    ['Manifest', manifest],
    ['ApplyMethod', applyMethod],
    ['Config', config ?? dictionary()],
    [
      'Info',
      dictionary([
        ['Status', info.status],
        ['Description', info.description],
        ['Notes', info.notes],
        ['FirstDeployed', info.firstDeployed],
        ['LastDeployed', info.lastDeployed],
      ]),
    ],
    [
      'Chart',
      dictionary(
        chart
          ? [
              ['Metadata', metadataMap(chart.metadata, true)],
              ['Values', chart.values],
            ]
          : [],
      ),
    ],
    [
      'Hooks',
      hooks.map((hook) =>
        dictionary([
          ['Name', hook.name],
          ['Kind', hook.kind],
          ['Path', hook.path],
          ['Manifest', hook.manifest],
          ['Weight', BigInt(hook.weight)],
        ]),
      ),
    ],
  ])
}
