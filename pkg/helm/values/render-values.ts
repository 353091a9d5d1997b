/** What templates see at the top: Chart, Capabilities, Release and Values. */
import { type Dictionary, dictionary, ofType } from '#template/values.ts'
import type { Chart, Warn } from '../chart/types.ts'
import type { Capabilities } from '../engine/capabilities.ts'
import { metadataMap } from '../engine/render.ts'
import { coalesceValues } from './coalesce.ts'
import { validateAgainstSchemas } from './schema.ts'

export interface ReleaseFacts {
  readonly name: string
  readonly namespace: string
  readonly revision: number
  readonly isUpgrade: boolean
  readonly isInstall: boolean
}

export interface RenderValuesOptions {
  readonly capabilities: Capabilities
  readonly skipSchemaValidation?: boolean
  readonly warn: Warn
}

/** Throws when the values do not meet a schema of the chart or of its dependencies. */
export function toRenderValues(chart: Chart, values: Dictionary, release: ReleaseFacts, options: RenderValuesOptions): Dictionary {
  const coalesced = coalesceValues(chart, values, options.warn)
  if (!options.skipSchemaValidation) {
    const failures = validateAgainstSchemas(chart, coalesced)
    if (failures !== '') throw new Error(`values don't meet the specifications of the schema(s) in the following chart(s):\n${failures}`)
  }
  return ofType(
    'common.Values',
    dictionary([
      ['Chart', metadataMap(chart.metadata, true)],
      ['Capabilities', options.capabilities],
      [
        'Release',
        dictionary([
          ['Name', release.name],
          ['Namespace', release.namespace],
          ['IsUpgrade', release.isUpgrade],
          ['IsInstall', release.isInstall],
          ['Revision', BigInt(release.revision)],
          ['Service', 'Helm'],
        ]),
      ],
      ['Values', ofType('common.Values', coalesced)],
    ]),
  )
}
