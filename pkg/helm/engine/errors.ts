/** Errors of templates as Helm tells them: a trace of places, or the author's own words. */
import { ExecError } from '#template/exec/execute.ts'
import { warnEnd, warnStart } from './functions.ts'

export function parseErrorMessage(file: string, error: Error): string {
  const tokens = error.message.split(': ')
  if (tokens.length === 1) return `parse error in (${file}): ${error.message}`
  return `parse error at (${tokens[1]}): ${tokens.at(-1)}`
}

interface Place {
  readonly location: string
  readonly message: string
  readonly executed: string
}

const untilNext = (message: string): string => {
  const cut = message.indexOf(' template:')
  return cut < 0 ? message : message.slice(0, cut)
}

/** One error of text/template, taken apart; undefined when it is of another kind. */
function placeOf(text: string): Place | undefined {
  if (!text.startsWith('template: ')) return undefined
  const rest = text.slice('template: '.length)
  if (rest.startsWith('no template ')) return { location: '', message: text, executed: '' }
  const executing = rest.indexOf(': executing ')
  if (executing >= 0) {
    const after = rest.slice(executing + ': executing '.length)
    const match = /^"([^"]*)" at <([\s\S]*?)>: ([\s\S]*)$/.exec(after)
    if (match) return { location: rest.slice(0, executing), message: untilNext(match[3]!), executed: `executing "${match[1]}" at <${match[2]}>:` }
  }
  const separator = rest.lastIndexOf(': ')
  if (separator < 0) return undefined
  return { location: rest.slice(0, separator), message: untilNext(rest.slice(separator + 2)), executed: '' }
}

const placeText = ({ location, message, executed }: Place): string =>
  (location === '' ? '' : `${location}\n  `) + (executed === '' ? '' : `${executed}\n    `) + (message === '' ? '' : `${message}\n`)

/** `file`: the template that was asked for, which stands first where an error tells no place. */
export function executionErrorMessage(file: string, error: Error): string {
  if (!(error instanceof ExecError)) return error.message
  const [, location, ...others] = error.message.split(': ')
  if (others.length === 0) return `execution error in (${file}): ${error.message}`
  const rest = others.join(': ')
  const start = rest.indexOf(warnStart)
  const end = rest.lastIndexOf(warnEnd)
  if (start >= 0 && end > start) return `execution error at (${location}): ${rest.slice(start + warnStart.length, end)}`
  const places: Place[] = []
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const place = placeOf(current.message)
    if (!place) return error.message
    const last = places.at(-1)
    if (!last || placeText(last) !== placeText(place)) places.push(place)
  }
  return places.map(placeText).join('').trim()
}
