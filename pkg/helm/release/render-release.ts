/** From a chart and its values to manifests, hooks and notes: what install, upgrade and template have in common. */
import type { Dictionary } from '#template/values.ts'
import { isCompatibleRange } from '../chart/dependencies.ts'
import { crdsOf } from '../chart/tree.ts'
import type { Chart } from '../chart/types.ts'
import { Capabilities, type CapabilityFacts } from '../engine/capabilities.ts'
import { renderChart, type RenderOptions } from '../engine/render.ts'
import { type ReleaseFacts, toRenderValues } from '../values/render-values.ts'
import type { Warn } from '../chart/types.ts'
import { sortManifests } from './manifests.ts'
import { type PostRenderStrategy, postRendered } from './post-render.ts'
import type { Manifest, RenderedRelease } from './types.ts'

export interface RenderReleaseOptions extends RenderOptions {
  readonly release: ReleaseFacts
  readonly capabilities: CapabilityFacts
  readonly includeCrds?: boolean
  readonly skipSchemaValidation?: boolean
  /** The notes of dependencies too. */
  readonly subNotes?: boolean
  /** The contents of Secrets are left out. */
  readonly hideSecret?: boolean
  /** Gets all that was rendered and gives what is to be taken instead. */
  readonly postRender?: ((manifests: string) => string) | undefined
  readonly postRenderStrategy?: PostRenderStrategy | undefined
  readonly warn: Warn
}

/** Values that the chart cannot take: nothing has been rendered. */
export class ValuesError extends Error {}

/** A rendering that came out, but is no YAML: `manifest` is what --debug shows. */
export class InvalidManifestError extends Error {
  readonly manifest: string
  constructor(message: string, manifest: string) {
    super(message)
    this.manifest = manifest
  }
}

export const sourced = (path: string, content: string): string => `---\n# Source: ${path}\n${content}\n`

/** The chart's dependencies have been processed (chart/dependencies.ts). Throws with Helm's messages. */
export function renderRelease(chart: Chart, values: Dictionary, options: RenderReleaseOptions): RenderedRelease {
  const top = renderValues(chart, values, options)
  const { kubeVersion } = options.capabilities
  if (chart.metadata.kubeVersion !== '' && !isCompatibleRange(chart.metadata.kubeVersion, kubeVersion.normalized)) {
    throw new Error(`chart requires kubeVersion: ${chart.metadata.kubeVersion} which is incompatible with Kubernetes ${kubeVersion.version}`)
  }
  let files = renderChart(chart, top, options)
  const notes = takeNotes(chart, files, options.subNotes ?? false)
  if (options.postRender) files = postRendered(files, options.postRender, options.postRenderStrategy ?? 'combined')
  let sorted: ReturnType<typeof sortManifests>
  try {
    sorted = sortManifests(files)
  } catch (error) {
    const all = [...files].filter(([, content]) => content.trim() !== '').map(([path, content]) => sourced(path, content))
    throw new InvalidManifestError((error as Error).message, all.join(''))
  }
  const isHidden = ({ head }: Manifest): boolean => options.hideSecret === true && head.kind === 'Secret' && head.apiVersion === 'v1'
  const crds = options.includeCrds ? crdsOf(chart).map(({ filename, data }) => sourced(filename, data.toString('utf8'))) : []
  const manifest = [
    ...crds,
    ...sorted.manifests.map((each) => sourced(each.path, isHidden(each) ? '# HIDDEN: The Secret output has been suppressed' : each.content)),
  ].join('')
  return { manifest, ...sorted, notes }
}

function renderValues(chart: Chart, values: Dictionary, options: RenderReleaseOptions): Dictionary {
  try {
    return toRenderValues(chart, values, options.release, {
      capabilities: new Capabilities(options.capabilities),
      warn: options.warn,
      skipSchemaValidation: options.skipSchemaValidation ?? false,
    })
  } catch (error) {
    throw new ValuesError((error as Error).message, { cause: error })
  }
}

/** Takes NOTES.txt out of the files. */
function takeNotes(chart: Chart, files: Map<string, string>, subNotes: boolean): string {
  const notes: string[] = []
  for (const [path, content] of files) {
    if (!path.endsWith('NOTES.txt')) continue
    if (subNotes || path === `${chart.metadata.name}/templates/NOTES.txt`) notes.push(content)
    files.delete(path)
  }
  return notes.join('\n')
}
