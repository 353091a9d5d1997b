/** The columns that most kinds share, and short constructors for the rest. */
import type { KubeObject } from '#apimachinery/object.ts'
import { ageOf } from './ages.ts'
import type { TableColumn } from './types.ts'

type Cell<T> = (object: T, now: number) => unknown

function column<T>(type: TableColumn<T>['type'], name: string, cell: Cell<T>, description: string, priority: number): TableColumn<T> {
  return { name, type, description, priority, cell }
}

/** What is not there is an empty text, as in Go. */
const orEmpty =
  <T>(cell: Cell<T>): Cell<T> =>
  (object, now) =>
    cell(object, now) ?? ''

export const text = <T>(name: string, cell: Cell<T>, description: string): TableColumn<T> => column('string', name, orEmpty(cell), description, 0)
export const wideText = <T>(name: string, cell: Cell<T>, description: string): TableColumn<T> => column('string', name, orEmpty(cell), description, 1)
export const integer = <T>(name: string, cell: Cell<T>, description: string): TableColumn<T> => column('integer', name, cell, description, 0)
export const truth = <T>(name: string, cell: Cell<T>, description: string): TableColumn<T> => column('boolean', name, cell, description, 0)

export function nameColumn<T extends KubeObject>(): TableColumn<T> {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name, unique among objects of this kind in its namespace.',
    priority: 0,
    cell: (object) => object.metadata.name ?? '',
  }
}

/** The name of a class, which says whether it is the default. */
export function classNameColumn<T extends KubeObject>(defaultAnnotations: readonly string[]): TableColumn<T> {
  const isDefault = ({ annotations }: KubeObject['metadata']): boolean => defaultAnnotations.some((key) => annotations?.[key] === 'true')
  return { ...nameColumn<T>(), cell: ({ metadata }) => (isDefault(metadata) ? `${metadata.name} (default)` : (metadata.name ?? '')) }
}

export function ageColumn<T extends KubeObject>(): TableColumn<T> {
  return text('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now), 'How long ago the server created the object.')
}

/** What upstream shows for a kind that has no columns of its own. */
export function createdAtColumns<T extends KubeObject>(): TableColumn<T>[] {
  return [
    nameColumn(),
    {
      name: 'Created At',
      type: 'date',
      description: 'When the server created the object.',
      priority: 0,
      cell: (object) => object.metadata.creationTimestamp ?? '0001-01-01T00:00:00Z',
    },
  ]
}

/** A map as "a=1,b=2" in key order; "<none>" when empty. */
export function mapText(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.keys(map ?? {}).sort()
  return pairs.length === 0 ? '<none>' : pairs.map((key) => `${key}=${map?.[key]}`).join(',')
}

/** A list for one cell, with "+ N more..." beyond `max`; "<unset>" when empty. */
export function joinedAtMost(items: readonly string[], max: number): string {
  if (items.length === 0) return '<unset>'
  return items.length > max ? `${items.slice(0, max).join(',')} + ${items.length - max} more...` : items.join(',')
}

/** Wide columns of every kind with a pod template. */
export function templateColumns<T>(containersOf: (object: T) => readonly { name: string; image?: string }[]): TableColumn<T>[] {
  return [
    wideText(
      'Containers',
      (object) =>
        containersOf(object)
          .map(({ name }) => name)
          .join(','),
      'The names of the containers in the template.',
    ),
    wideText(
      'Images',
      (object) =>
        containersOf(object)
          .map(({ image }) => image ?? '')
          .join(','),
      'The images of the containers in the template.',
    ),
  ]
}
