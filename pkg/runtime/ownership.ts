/** Refuses two owners of one output, and draws who watches and writes what. */
import { apiVersionOf, type ResourceRef } from '#apimachinery/object.ts'
import type { Controller, Output } from './types.ts'

function nameOf(resource: ResourceRef): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

function outputName({ resource, part }: Output): string {
  return part === 'object' ? nameOf(resource) : `${nameOf(resource)}/${part}`
}

/** Throws when two controllers have one name, or write the same thing without both calling it shared. */
export function assertSingleOwners(controllers: readonly Controller[]): void {
  const names = new Set<string>()
  const owners = new Map<string, { readonly controller: string; readonly shared: boolean }>()
  for (const controller of controllers) {
    if (names.has(controller.name)) throw new Error(`two controllers are named ${controller.name}`)
    names.add(controller.name)
    for (const output of controller.outputs) {
      const name = outputName(output)
      const shared = output.shared === true
      const owner = owners.get(name)
      if (owner && !(owner.shared && shared)) throw new Error(`${controller.name} writes ${name}, which ${owner.controller} owns`)
      owners.set(name, owner ?? { controller: controller.name, shared })
    }
  }
}

/** A Markdown table, and the same as a Mermaid graph. */
export function controllerGraph(controllers: readonly Controller[]): string {
  const rows = controllers.map(({ name, account = '', inputs, outputs }) => {
    const reads = unique(inputs.map(({ resource, keys }) => (keys ? nameOf(resource) : `(${nameOf(resource)})`)))
    const writes = unique(outputs.map((output) => outputName(output) + (output.shared ? '\\*' : '')))
    return `| ${name} | ${account} | ${reads.join(', ')} | ${writes.join(', ')} |`
  })
  const edges = controllers.flatMap(({ name, inputs, outputs }) => [
    ...unique(inputs.filter(({ keys }) => keys).map(({ resource }) => `  ${node(resource)} --> ${name}`)),
    ...unique(outputs.map(({ resource }) => `  ${name} ==> ${node(resource)}`)),
  ])
  return [
    '| controller | account | woken by (reads) | writes (\\* shared) |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '```mermaid',
    'graph LR',
    ...edges,
    '```',
    '',
  ].join('\n')
}

function node(resource: ResourceRef): string {
  return `${resource.plural}["${apiVersionOf(resource)} ${resource.kind}"]`
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
