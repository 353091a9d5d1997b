/** Which dependencies are in, under which name, and what values they give to their parent. */
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { parseVersion } from '#template/semver/version.ts'
import { printValue } from '#template/print/print.ts'
import { deepCopy } from '#template/sprig/dicts.ts'
import { type Dictionary, dictionary } from '#template/values.ts'
import { coalesceTables, coalesceValues, isTable, mergeValues, tableAt, valueAt } from '../values/coalesce.ts'
import { addDependency, setDependencies } from './tree.ts'
import type { Chart, Dependency, Warn } from './types.ts'

/** False also for a range or a version that is none. */
export function isCompatibleRange(range: string, version: string): boolean {
  try {
    return satisfies(parseConstraints(range), parseVersion(version))
  } catch {
    return false
  }
}

/** Changes the chart: disabled dependencies go, aliases come, import-values join its own. */
export function processDependencies(chart: Chart, values: Dictionary, warn: Warn): void {
  processEnabled(chart, values, '', warn)
  processImportValues(chart, warn)
}

function applyTags(dependencies: readonly Dependency[], values: Dictionary, warn: Warn): void {
  const tags = tableAt(values, 'tags')
  if (!tags) return
  for (const dependency of dependencies) {
    const set = dependency.tags
      .filter((tag) => Object.hasOwn(tags, tag))
      .map((tag) => {
        if (typeof tags[tag] !== 'boolean') warn(`returned non-bool value tag=${tag} chart=${dependency.name}`)
        return tags[tag]
      })
    dependency.enabled = set.includes(true) || !set.includes(false)
  }
}

function applyConditions(dependencies: readonly Dependency[], values: Dictionary, path: string, warn: Warn): void {
  for (const dependency of dependencies) {
    for (const condition of dependency.condition.trim().split(',')) {
      if (condition === '') continue
      const value = valueAt(values, path + condition)
      if (value === undefined) continue
      if (typeof value === 'boolean') {
        dependency.enabled = value
        break
      }
      warn(`returned non-bool value path=${condition} chart=${dependency.name}`)
    }
  }
}

/** A copy of the chart that a dependency means, under its alias. */
function aliased(charts: readonly Chart[], dependency: Dependency): Chart | undefined {
  const chart = charts.find(({ metadata }) => metadata.name === dependency.name && isCompatibleRange(dependency.version, metadata.version))
  if (!chart) return undefined
  const metadata = { ...chart.metadata, dependencies: chart.metadata.dependencies.map((each) => ({ ...each })) }
  if (dependency.alias !== '') metadata.name = dependency.alias
  const copy: Chart = { ...chart, metadata, dependencies: [] }
  addDependency(copy, ...chart.dependencies.map((each) => ({ ...each })))
  for (const child of copy.dependencies) for (const inner of child.dependencies) inner.parent = child
  return copy
}

function processEnabled(chart: Chart, values: Dictionary, path: string, warn: Warn): void {
  const { metadata } = chart
  if (metadata.dependencies.length === 0) return
  const unlisted = chart.dependencies.filter(
    (existing) => !metadata.dependencies.some((each) => each.name === existing.metadata.name && isCompatibleRange(each.version, existing.metadata.version)),
  )
  const kept = [...unlisted]
  for (const dependency of metadata.dependencies) {
    const made = aliased(chart.dependencies, dependency)
    if (made) kept.push(made)
    if (dependency.alias !== '') dependency.name = dependency.alias
    dependency.enabled = true
  }
  setDependencies(chart, kept)
  const coalesced = coalesceValues(chart, values, warn)
  applyTags(metadata.dependencies, coalesced, warn)
  applyConditions(metadata.dependencies, coalesced, path, warn)
  const disabled = new Set(metadata.dependencies.filter(({ enabled }) => !enabled).map(({ name }) => name))
  const enabled = chart.dependencies.filter((each) => !disabled.has(each.metadata.name))
  for (const child of enabled) processEnabled(child, coalesced, `${path}${child.metadata.name}.`, warn)
  metadata.dependencies = metadata.dependencies.filter(({ name }) => !disabled.has(name))
  setDependencies(chart, enabled)
}

function nested(path: string, table: Dictionary): Dictionary {
  if (path === '.') return table
  return path.split('.').reduceRight((inner, key) => dictionary([[key, inner]]), table)
}

function processImportValues(chart: Chart, warn: Warn): void {
  for (const child of chart.dependencies) processImportValues(child, warn)
  if (chart.metadata.dependencies.length === 0) return
  const merged = mergeValues(chart, dictionary(), warn)
  let imported: Dictionary = dictionary()
  for (const dependency of chart.metadata.dependencies) {
    dependency.importValues = dependency.importValues.flatMap((entry) => {
      const [child, parent] = isTable(entry) ? [printValue(entry.child), printValue(entry.parent)] : [`exports.${String(entry)}`, '.']
      const table = tableAt(merged, `${dependency.name}.${child}`)
      if (table) imported = coalesceTables(warn, imported, nested(parent, table), '', true)!
      else
        warn(
          `ImportValues missing table${isTable(entry) ? ` from chart chart=${dependency.name}` : ''} error="${JSON.stringify(child.split('.').at(-1))} is not a table"`,
        )
      return [
        dictionary([
          ['child', child],
          ['parent', parent],
        ]),
      ]
    })
  }
  chart.values = coalesceTables(warn, deepCopy(merged) as Dictionary, imported, '', true)!
}

/** Throws, as Helm does, when charts/ lacks what Chart.yaml lists. */
export function checkDependencies(chart: Chart): void {
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name))
  const missing = chart.metadata.dependencies.filter(({ name }) => !present.has(name)).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`)
}
