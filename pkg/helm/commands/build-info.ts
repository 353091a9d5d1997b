/** What `helm version --template` is given: a struct, of which no other field may be asked for. */
import { GoObject, type Value } from '#template/types.ts'

export class BuildInfo extends GoObject {
  readonly typeName = 'version.BuildInfo'
  readonly #fields: Readonly<Record<string, string>>

  constructor(fields: Readonly<Record<string, string>>) {
    super()
    this.#fields = fields
  }

  override field(name: string): Value {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }

  print(): string {
    return `{${Object.values(this.#fields).join(' ')}}`
  }
}
