/** complex128: templates may write its constants and print them, and nothing more. */
import { GoObject } from '../types.ts'
import { formatFloat } from './float.ts'

export class ComplexObject extends GoObject {
  readonly typeName = 'complex128'
  override readonly kind = 'complex128'
  readonly real: number
  readonly imaginary: number
  constructor(real: number, imaginary: number) {
    super()
    this.real = real
    this.imaginary = imaginary
  }
  override json(): never {
    throw new Error('json: unsupported type: complex128')
  }
  override print(): string {
    const imaginary = formatFloat(this.imaginary, 'g', -1)
    return `(${formatFloat(this.real, 'g', -1)}${/^[-+]/.test(imaginary) ? '' : '+'}${imaginary}i)`
  }
}
