/** .Files: what a chart brings besides its templates. */
import { goFunction } from '#template/exec/signature.ts'
import { bytesToText } from '#template/print/quote.ts'
import { printValue } from '#template/print/print.ts'
import { baseName } from '#template/sprig/paths.ts'
import { GoObject, type GoFunction, type Value } from '#template/types.ts'
import { dictionary, ofType } from '#template/values.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { compileGlob } from './glob.ts'

const trimmed = (yaml: string): string => yaml.replace(/\n$/, '')

export class Files extends GoObject {
  readonly typeName = 'engine.files'
  override readonly kind = 'map'
  readonly #files: ReadonlyMap<string, Buffer>

  constructor(files: ReadonlyMap<string, Buffer>) {
    super()
    this.#files = files
  }

  override method(name: string): GoFunction | undefined {
    switch (name) {
      case 'Get':
        return goFunction('string', (path: string) => bytesToText(this.#bytes(path)))
      case 'GetBytes':
        return goFunction('string', (path: string) => this.#bytes(path))
      case 'Glob':
        return goFunction('string', (pattern: string) => this.#glob(pattern))
      case 'AsConfig':
        return goFunction('', () => this.#asMap(bytesToText))
      case 'AsSecrets':
        return goFunction('', () => this.#asMap((bytes) => bytes.toString('base64')))
      case 'Lines':
        return goFunction('string', (path: string) => this.#lines(path))
    }
    return undefined
  }

  #bytes(path: string): Buffer {
    return this.#files.get(path) ?? Buffer.alloc(0)
  }

  #glob(pattern: string): Files {
    const expression = compileGlob(pattern) ?? /^.*$/s
    return new Files(new Map([...this.#files].filter(([name]) => expression.test(name))))
  }

  #asMap(convert: (bytes: Buffer) => string): string {
    return trimmed(encodeYaml(dictionary([...this.#files].map(([name, bytes]) => [baseName(name), convert(bytes)] as const))))
  }

  #lines(path: string): Value {
    const bytes = this.#files.get(path)
    if (!bytes) return ofType('[]string', [])
    const text = bytesToText(bytes)
    if (text === '') throw new Error('runtime error: index out of range [-1]')
    return ofType('[]string', text.replace(/\n$/, '').split('\n'))
  }

  override print(): string {
    return printValue(this.underlying())
  }
  override json(): Value {
    return this.underlying()
  }
  override underlying(): Value {
    return ofType('map[string][]uint8', dictionary(this.#files))
  }
}
