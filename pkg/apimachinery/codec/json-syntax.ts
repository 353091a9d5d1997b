/** Where text stops being JSON, in the words of Go's scanner; used only once JSON.parse has failed. */

const END = 'unexpected end of JSON input'

class Syntax extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** The words of `syntaxError`, where the offending character stands, and whether it is the text's end that offends. */
export function syntaxFault(text: string): { readonly words: string; readonly at: number; readonly isEnd: boolean } {
  const fault = faultOf(text)
  return { words: fault.message, at: fault.at, isEnd: fault.message === END || fault.at >= text.length }
}

export function syntaxError(text: string): string {
  return faultOf(text).message
}

function faultOf(text: string): Syntax {
  const reader = new Reader(text)
  try {
    reader.value('looking for beginning of value')
    reader.end()
  } catch (error) {
    if (error instanceof Syntax) return error
    if (error instanceof RangeError) return new Syntax('exceeded max depth', 0)
    throw error
  }
  return new Syntax('invalid JSON', 0)
}

function goEscaped(char: string): string {
  const text = JSON.stringify(char).slice(1, -1)
  return text.startsWith('\\u00') ? `\\x${text.slice(4)}` : text
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(context: string): void {
    const char = this.#peek()
    if (char === '{') this.#object()
    else if (char === '[') this.#list()
    else if (char === '"') this.#string()
    else if (char === 't') this.#literal('true')
    else if (char === 'f') this.#literal('false')
    else if (char === 'n') this.#literal('null')
    else if (char !== undefined && /[-0-9]/.test(char)) this.#number()
    else this.#fail(context)
  }

  end(): void {
    if (this.#peek() !== undefined) this.#fail('after top-level value')
  }

  #peek(): string | undefined {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#text[this.#at]
  }

  /** Go's scanner reads a space past the end, and tells of it where none may be. */
  #fail(context: string, isSpaceFault = false): never {
    const char = this.#text[this.#at] ?? (isSpaceFault ? ' ' : undefined)
    if (char === undefined) throw new Syntax(END, this.#at)
    const quoted = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${goEscaped(char)}'`
    throw new Syntax(`invalid character ${quoted} ${context}`, this.#at)
  }

  #object(): void {
    this.#at++
    if (this.#peek() === '}') {
      this.#at++
      return
    }
    let context = 'looking for beginning of object key string'
    for (;;) {
      if (this.#peek() !== '"') this.#fail(context)
      this.#string()
      if (this.#peek() !== ':') this.#fail('after object key')
      this.#at++
      this.value('looking for beginning of value')
      const next = this.#peek()
      if (next !== ',' && next !== '}') this.#fail('after object key:value pair')
      this.#at++
      if (next === '}') return
      context = 'looking for beginning of object key string'
    }
  }

  #list(): void {
    this.#at++
    if (this.#peek() === ']') {
      this.#at++
      return
    }
    for (;;) {
      this.value('looking for beginning of value')
      const next = this.#peek()
      if (next !== ',' && next !== ']') this.#fail('after array element')
      this.#at++
      if (next === ']') return
    }
  }

  #string(): void {
    this.#at++
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined || char < ' ') this.#fail('in string literal')
      this.#at++
      if (char === '"') return
      if (char === '\\') this.#escape()
    }
  }

  #escape(): void {
    const char = this.#text[this.#at]
    if (char === undefined || !'"\\/bfnrtu'.includes(char)) this.#fail('in string escape code', true)
    this.#at++
    for (let digit = 0; char === 'u' && digit < 4; digit++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape', true)
      this.#at++
    }
  }

  #literal(word: string): void {
    for (const [index, char] of [...word].entries()) {
      if (this.#text[this.#at] !== char) this.#fail(`in literal ${word} (expecting '${word[index]}')`, true)
      this.#at++
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++
    if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('in numeric literal', true)
    if (this.#text[this.#at] === '0') this.#at++
    else this.#digits()
    if (this.#text[this.#at] === '.') {
      this.#at++
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('after decimal point in numeric literal', true)
      this.#digits()
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++
      if (/[-+]/.test(this.#text[this.#at] ?? '')) this.#at++
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('in exponent of numeric literal', true)
      this.#digits()
    }
  }

  #digits(): void {
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}
