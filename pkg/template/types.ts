/**
 * What flows through templates. Go's values have static types, which templates show (printing, comparison, errors), so
 * each has one representation here:
 *
 *   nil interface            null            float64                 number
 *   no value at all          undefined       int                     bigint
 *   bool, string             the same        other integers          Integer
 *   map[string]interface {}  plain object    []interface {}          array
 *   []byte                   Uint8Array      structs, named types    GoObject
 *   functions                GoFunction
 *
 * Other maps and slices are objects and arrays that `ofType` (values.ts) has given the name of their type.
 */
export type Value = unknown

/** A parameter's type, as Go writes it. `reflect.Value` takes anything, also no value. */
export type TypeName = string

export interface GoFunction {
  readonly parameters: readonly TypeName[]
  /** The last parameter may be given any number of times. */
  readonly variadic: boolean
  /** What panics or returns an error in Go throws here. */
  readonly body: (...args: never[]) => Value
}

export type Functions = ReadonlyMap<string, GoFunction>

/** What a template does with a field that is not there. */
export type MissingKey = 'default' | 'zero' | 'error'

export interface TemplateOptions {
  readonly functions: Functions
  readonly missingKey?: MissingKey
  /** Characters that one execution may write. */
  readonly maxOutputLength?: number
}

/** A struct or a named type of Go with methods. */
export abstract class GoObject {
  abstract readonly typeName: TypeName
  readonly kind: string = 'struct'
  /** undefined when there is no such field. */
  field(_name: string): Value {
    return undefined
  }
  method(_name: string): GoFunction | undefined {
    return undefined
  }
  /** As %v prints it. */
  abstract print(): string
  /** As an action prints it on its own, where that differs: a Stringer by pointer. */
  display(): string {
    return this.print()
  }
  /** As encoding/json sees it. */
  json(): Value {
    return this.print()
  }
  /** The fields of a struct, in the order in which encoding/json writes them. */
  jsonFields(): readonly (readonly [string, Value])[] | undefined {
    return undefined
  }
  /** The value that it is by its kind, where that is not a struct. */
  underlying(): Value {
    return undefined
  }
}
