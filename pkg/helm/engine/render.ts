/** The templates of a chart and of its dependencies, rendered together: Helm's pkg/engine. */
import { quote } from '#template/print/quote.ts'
import { bytesToText } from '#template/print/quote.ts'
import { goFunction } from '#template/exec/signature.ts'
import { isStackEnd } from '#template/exec/stack-end.ts'
import { TemplateSet } from '#template/template-set.ts'
import type { GoFunction, Value } from '#template/types.ts'
import { compareText, type Dictionary, dictionary, nilMap, ofType } from '#template/values.ts'
import { chartFullPath, isLibrary } from '../chart/tree.ts'
import type { Chart, Metadata } from '../chart/types.ts'
import { tableAt } from '../values/coalesce.ts'
import { executionErrorMessage, parseErrorMessage } from './errors.ts'
import { Files } from './files.ts'
import { type FunctionOptions, helmFunctions } from './functions.ts'

export interface RenderOptions extends FunctionOptions {
  /** A missing value is an error. */
  readonly strict?: boolean
}

const maxRecursion = 1000

interface Renderable {
  readonly text: string
  readonly scope: Dictionary
  readonly basePath: string
}

/**
 * Takes the chart, and what its templates see at the top: Chart, Release, Capabilities, Values. Gives the text of every
 * template that is no partial, by its path. Throws with Helm's messages.
 */
export function renderChart(chart: Chart, top: Dictionary, options: RenderOptions = {}): Map<string, string> {
  const templates = new Map<string, Renderable>()
  collect(chart, templates, top)
  return renderAll(templates, options)
}

/** Partials are found before what stands deeper in the tree overrides them. */
function sortedNames(templates: ReadonlyMap<string, Renderable>): string[] {
  const depth = (name: string): number => name.split('/').length
  return [...templates.keys()].sort((a, b) => depth(b) - depth(a) || compareText(b, a))
}

/** Each rendering of include and tpl counts against one bound. */
function rendering(set: TemplateSet, functions: Map<string, GoFunction>, depths: Map<string, number>, name: string): void {
  functions.set(
    'include',
    goFunction('string, any', (included: string, data: Value) => {
      const depth = depths.get(included) ?? 0
      const tooDeep = (): Error => new Error(`rendering template has a nested reference name: ${included}: unable to execute template`)
      if (depth > maxRecursion) throw tooDeep()
      depths.set(included, depth + 1)
      try {
        return set.execute(included, data ?? undefined, { text: '' }, name)
      } catch (error) {
        // The stack of this process may end before the count does.
        if (isStackEnd(error)) throw tooDeep()
        throw error
      } finally {
        depths.set(included, depth)
      }
    }),
  )
  functions.set(
    'tpl',
    goFunction('string, any', (text: string, data: Value) => {
      const inner = new Map(functions)
      const clone = set.clone(inner)
      rendering(clone, inner, depths, name)
      let tree: ReturnType<typeof clone.parse>
      try {
        tree = clone.parse(name, text)
      } catch (error) {
        throw new Error(`cannot parse template ${quote(text)}: ${(error as Error).message}`, { cause: error })
      }
      try {
        return clone.executeTree(tree, data ?? undefined).replaceAll('<no value>', '')
      } catch (error) {
        throw new Error(`error during tpl function execution for ${quote(text)}: ${(error as Error).message}`, { cause: error })
      }
    }),
  )
}

function renderAll(templates: ReadonlyMap<string, Renderable>, options: RenderOptions): Map<string, string> {
  const functions = helmFunctions(options)
  const set = new TemplateSet({ functions, missingKey: options.strict ? 'error' : 'zero' })
  rendering(set, functions, new Map(), 'gotpl')
  const names = sortedNames(templates)
  for (const name of names) {
    try {
      set.parse(name, templates.get(name)!.text)
    } catch (error) {
      throw new Error(parseErrorMessage(name, error as Error), { cause: error })
    }
  }
  const rendered = new Map<string, string>()
  for (const name of names) {
    if (name.slice(name.lastIndexOf('/') + 1).startsWith('_')) continue
    const { scope, basePath } = templates.get(name)!
    scope.Template = values([
      ['Name', name],
      ['BasePath', basePath],
    ])
    try {
      rendered.set(name, set.execute(name, scope, { text: '' }, 'gotpl').replaceAll('<no value>', ''))
    } catch (error) {
      throw new Error(executionErrorMessage(name, error as Error), { cause: error })
    }
  }
  return rendered
}

const values = (entries: Iterable<readonly [string, Value]>): Dictionary => ofType('common.Values', dictionary(entries))

function collect(chart: Chart, templates: Map<string, Renderable>, outer: Dictionary): Dictionary {
  const subcharts = dictionary()
  const name = chart.metadata.name
  const scope = values([
    ['Chart', metadataMap(chart.metadata, chart.parent === undefined)],
    ['Files', new Files(new Map(chart.files.map((file) => [file.name, file.data])))],
    ['Release', outer.Release],
    ['Capabilities', outer.Capabilities],
    ['Values', values([])],
    ['Subcharts', subcharts],
  ])
  if (!chart.parent) scope.Values = outer.Values
  else {
    const own = tableAt(outer, `Values.${name}`)
    if (own) scope.Values = ofType('common.Values', own)
  }
  for (const child of chart.dependencies) subcharts[child.metadata.name] = collect(child, templates, scope)
  const path = chartFullPath(chart)
  for (const file of chart.templates) {
    const base = file.name.slice(file.name.lastIndexOf('/') + 1)
    if (isLibrary(chart) && !base.startsWith('_')) continue
    templates.set(`${path}/${file.name}`, { text: bytesToText(file.data), scope, basePath: `${path}/templates` })
  }
  return scope
}

const capitalized: Readonly<Record<string, string>> = { apiVersion: 'APIVersion', url: 'URL' }

function fieldsOf(from: object): (readonly [string, Value])[] {
  return Object.entries(from).map(([key, value]) => {
    const name = capitalized[key] ?? key[0]!.toUpperCase() + key.slice(1)
    if (Array.isArray(value))
      return [name, value.map((each) => (typeof each === 'object' && each !== null && name !== 'ImportValues' ? dictionary(fieldsOf(each)) : each))]
    return [name, value as Value]
  })
}

/** .Chart: Chart.yaml by the names of Go's fields. */
export function metadataMap(metadata: Metadata, isRoot: boolean): Dictionary {
  const { annotations, ...rest } = metadata
  const notes = Object.keys(annotations).length === 0 ? nilMap('map[string]string') : ofType('map[string]string', dictionary(Object.entries(annotations)))
  return dictionary([...fieldsOf(rest), ['Annotations', notes], ['IsRoot', isRoot]])
}
