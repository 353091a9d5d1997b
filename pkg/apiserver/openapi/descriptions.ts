/**
 * Descriptions of types and fields, read when they are first asked for from the documentation in the npm
 * package `@kubernetes/client-node`, where that is installed. None is kept in this repository.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Descriptions } from './types.ts'

interface Model {
  readonly type: string | undefined
  readonly fields: ReadonlyMap<string, string>
}

const empty: Model = { type: undefined, fields: new Map() }

/** Where the package's model declarations are; undefined when it is not installed. */
export function findModels(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve('@kubernetes/client-node')
    const folder = join(dirname(main), 'gen', 'models')
    return existsSync(folder) ? folder : undefined
  } catch {
    return undefined
  }
}

export class ClientNodeDescriptions implements Descriptions {
  readonly #folder: string | undefined
  readonly #models = new Map<string, Model>()

  constructor(folder: string | undefined = findModels()) {
    this.#folder = folder
  }

  ofType(name: string): string | undefined {
    return this.#model(name).type
  }

  ofField(typeName: string, field: string): string | undefined {
    const { fields } = this.#model(typeName)
    return fields.get(field) ?? fields.get(`_${field}`) ?? fields.get(field.replaceAll('-', '_'))
  }

  #model(name: string): Model {
    let model = this.#models.get(name)
    if (model === undefined) {
      model = this.#read(name)
      this.#models.set(name, model)
    }
    return model
  }

  #read(name: string): Model {
    if (this.#folder === undefined) return empty
    for (const candidate of candidates(name)) {
      const file = join(this.#folder, `${candidate}.d.ts`)
      if (existsSync(file)) return parseModel(readFileSync(file, 'utf8'))
    }
    return empty
  }
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

/** "V1Pod", or "CoreV1Event" where several groups have one of the name: that first, because the plain name may then be of another release. */
function candidates(name: string): string[] {
  const parts = name.split('.')
  const [group, version, type] = parts.slice(-3)
  if (!group || !version || !type || !/^v\d/.test(version)) return []
  return [`${capital(group)}${capital(version)}${type}`, `${capital(version)}${type}`]
}

/** Comments before the class and before its properties. */
function parseModel(text: string): Model {
  const fields = new Map<string, string>()
  let type: string | undefined
  for (const [, comment, what, property] of text.matchAll(/\/\*\*\n((?:\s*\*(?!\/).*\n)+)\s*\*\/\s*(?:(export declare class)|'([^']+)')/g)) {
    const description = clean(comment ?? '')
    if (what !== undefined) type = description
    else if (property !== undefined) fields.set(property, description)
  }
  return { type, fields }
}

function clean(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replace(/\\(["'`\\])/g, '$1')
    .replaceAll('*_/', '*/')
}
