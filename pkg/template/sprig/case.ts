/** camelcase, snakecase, kebabcase: where huandu/xstrings sees words. */

const isConnector = (c: string): boolean => c === '-' || c === '_' || /\s/u.test(c)
const isUpper = (c: string): boolean => /\p{Lu}/u.test(c)
const isLetter = (c: string): boolean => /\p{L}/u.test(c)
const isNumber = (c: string): boolean => /\p{N}/u.test(c)
const isPunct = (c: string): boolean => /\p{P}/u.test(c)

/** "some_words" to "SomeWords". */
export function toPascalCase(text: string): string {
  const points = [...text]
  let out = ''
  let at = 0
  while (at < points.length && isConnector(points[at]!)) out += points[at++]
  if (at >= points.length) return out
  let previous = points[at]!
  let firstIsUpper = isUpper(previous)
  previous = previous.toUpperCase()
  for (at++; at < points.length; at++) {
    const before = previous
    previous = points[at]!
    if (isConnector(previous) && isConnector(before)) {
      out += before
      continue
    }
    if (isConnector(before)) {
      firstIsUpper = isUpper(previous)
      previous = previous.toUpperCase()
      continue
    }
    if (firstIsUpper) {
      if (isUpper(previous)) previous = previous.toLowerCase()
      else firstIsUpper = false
    }
    out += before
  }
  return out + previous
}

type WordType = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punct' | 'other'
interface Word {
  readonly type: WordType
  readonly text: string
}

/** The text cut into runs of one kind; "HTTPStatus" is "HTTP" and "Status". */
function words(text: string): Word[] {
  const points = [...text]
  const found: Word[] = []
  let at = 0
  const run = (test: (c: string) => boolean, from: number): number => {
    let end = from
    while (end < points.length && test(points[end]!)) end++
    return end
  }
  while (at < points.length) {
    const c = points[at]!
    let type: WordType
    let end: number
    if (isConnector(c)) [type, end] = ['connector', run(isConnector, at)]
    else if (isPunct(c)) [type, end] = ['punct', run(isPunct, at)]
    else if (isUpper(c)) {
      type = 'upper'
      end = run(isUpper, at)
      if (end > at + 1) {
        if (end < points.length && isLetter(points[end]!)) end--
      } else end = run((each) => isLetter(each) && !isUpper(each), at + 1)
    } else if (isLetter(c)) [type, end] = ['alphabet', run((each) => isLetter(each) && !isUpper(each), at)]
    else if (isNumber(c)) [type, end] = ['number', run(isNumber, at)]
    else [type, end] = ['other', run((each) => !isConnector(each) && !isLetter(each) && !isNumber(each) && !isPunct(each), at)]
    found.push({ type, text: points.slice(at, end).join('') })
    at = end
  }
  return found
}

const none: Word = { type: 'none', text: '' }

/** "SomeWords" to "some_words", with the given connector. */
export function toLowerCaseWords(text: string, connector: string): string {
  const all = words(text)
  let next = 0
  let out = ''
  const take = (): Word => all[next++] ?? none
  const more = (): boolean => next < all.length
  const write = ({ type, text: word }: Word): void => {
    if (type === 'upper') out += word.toLowerCase()
    else if (type === 'connector') out += [...word].map((c) => (isConnector(c) ? connector : c)).join('')
    else out += word
  }
  const plain = ({ type }: Word): boolean => type === 'alphabet' || type === 'number'
  const separates = ({ type }: Word): boolean => type === 'connector' || type === 'punct'
  let word = take()
  while (more()) {
    if (word.type !== 'connector') write(word)
    const last = word
    word = take()
    if (last.type === 'number') {
      while (plain(word)) {
        write(word)
        word = take()
      }
      if (word.type !== 'none' && !separates(word)) out += connector
    } else if (last.type === 'connector') write(last)
    else if (last.type !== 'punct') {
      if (word.type !== 'number') {
        if (!separates(word)) out += connector
      } else if (more()) {
        const number = word
        word = take()
        if (word.type !== 'alphabet') {
          // A number belongs to the word before it: "Bld4Floor".
          write(number)
          if (!separates(word)) out += connector
        } else {
          out += connector
          write(number)
          while (plain(word)) {
            write(word)
            word = take()
          }
          if (word.type !== 'none' && !separates(word)) out += connector
        }
      }
    }
  }
  write(word)
  return out
}
