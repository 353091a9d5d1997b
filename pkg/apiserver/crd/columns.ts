/** additionalPrinterColumns as table columns (apiextensions' tableconvertor). */
import type { CustomResourceColumnDefinition, CustomResourceDefinitionVersion } from '#api/gen/apiextensions/v1.ts'
import { ageOf } from '#api/ages.ts'
import type { TableColumn } from '#api/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { findAll, parseJsonPath } from './json-path.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'

/** What kinds without columns of their own show beside the name. */
const age: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: 'When the server created the object, in UTC; the server alone sets it.',
  jsonPath: '.metadata.creationTimestamp',
}

export function columnsOf({ additionalPrinterColumns }: CustomResourceDefinitionVersion): TableColumn<KubeObject>[] {
  const given = additionalPrinterColumns?.length ? additionalPrinterColumns : [age]
  const name: TableColumn<KubeObject> = {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name, unique among objects of this kind in its namespace.',
    priority: 0,
    cell: ({ metadata }) => metadata.name,
  }
  return [name, ...given.map(columnOf)]
}

function columnOf({ name, type, format, description, priority, jsonPath }: CustomResourceColumnDefinition): TableColumn<KubeObject> {
  const path = parseJsonPath(jsonPath)
  return {
    name,
    type: type as TableColumn<KubeObject>['type'],
    ...(format ? { format } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object, now) => cellOf(type, findAll(path, object)[0], now),
  }
}

function cellOf(type: string, value: unknown, now: number): unknown {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'string':
      return typeof value === 'object' ? goJson(value) : String(value)
    case 'integer':
      return typeof value === 'bigint' ? value : typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      if (typeof value !== 'string') return null
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : ageOf(value, now)
    default:
      return null
  }
}
