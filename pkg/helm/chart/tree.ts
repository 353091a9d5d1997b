/** A chart among its dependencies. */
import type { Chart, Crd } from './types.ts'

export function addDependency(chart: Chart, ...dependencies: readonly Chart[]): void {
  for (const dependency of dependencies) {
    dependency.parent = chart
    chart.dependencies.push(dependency)
  }
}

export function setDependencies(chart: Chart, dependencies: readonly Chart[]): void {
  chart.dependencies = []
  addDependency(chart, ...dependencies)
}

/** "root/charts/child", by the names that the charts have, aliases included. */
export function chartFullPath(chart: Chart): string {
  return chart.parent ? `${chartFullPath(chart.parent)}/charts/${chart.metadata.name}` : chart.metadata.name
}

export const isLibrary = (chart: Chart): boolean => chart.metadata.type.toLowerCase() === 'library'

/** The objects of crds/, of the chart and of its dependencies. */
export function crdsOf(chart: Chart): Crd[] {
  const own = chart.files
    .filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name))
    .map(({ name, data }) => ({ name, filename: `${chartFullPath(chart)}/${name}`, data }))
  return [...own, ...chart.dependencies.flatMap(crdsOf)]
}
