/** The colors of list and of a release for people (`--color`, HELM_COLOR, NO_COLOR, and whether a terminal reads). */
import type { Session } from '../types.ts'
import { escapeControls } from './terminal.ts'

/** Gives its text in color, or as it was. */
export interface Paint {
  header(text: string): string
  namespace(text: string): string
  status(text: string): string
  /** What a terminal is shown of a text: its control characters escaped, but for what this paint has colored. */
  shown(text: string): string
}

export const plain: Paint = { header: (text) => text, namespace: (text) => text, status: (text) => text, shown: escapeControls }

const statusColors: Readonly<Record<string, number>> = {
  deployed: 32,
  failed: 31,
  unknown: 31,
  'pending-install': 33,
  'pending-upgrade': 33,
  'pending-rollback': 33,
  uninstalling: 33,
}

/** NO_COLOR outdoes `--color always`; `auto` asks for a terminal that is not a dumb one. */
function isColored(mode: string, { env, stdout }: Session): boolean {
  if (env.NO_COLOR || mode === 'never') return false
  return mode === 'always' || (stdout.isTTY === true && env.TERM !== 'dumb')
}

export function paintFor(mode: string, session: Session): Paint {
  if (!isColored(mode, session)) return plain
  const colored = new Set<string>()
  const inColor = (code: number, reset: number, text: string): string => {
    // What would steer a terminal is not ours to let through.
    if (text !== escapeControls(text)) return text
    const painted = `\x1b[${code}m${text}\x1b[${reset}m`
    colored.add(painted)
    return painted
  }
  return {
    header: (text) => inColor(1, 22, text),
    namespace: (text) => inColor(36, 0, text),
    status: (text) => (Object.hasOwn(statusColors, text) ? inColor(statusColors[text]!, 0, text) : text),
    shown(text) {
      let shown = escapeControls(text)
      for (const each of colored) shown = shown.replaceAll(escapeControls(each), each)
      return shown
    },
  }
}
