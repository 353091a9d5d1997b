/** Patterns of gobwas/glob with the slash as separator: * within a name, ** across, {a,b}, [a-z], ?. */

/** undefined for a pattern that is none. */
export function compileGlob(pattern: string): RegExp | undefined {
  let source = ''
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at]!
    if (c === '*') {
      if (pattern[at + 1] === '*') {
        while (pattern[at + 1] === '*') at++
        source += '.*'
      } else source += '[^/]*'
    } else if (c === '?') source += '[^/]'
    else if (c === '[') {
      const end = pattern.indexOf(']', at + 1)
      if (end < 0) return undefined
      const body = pattern.slice(at + 1, end)
      source += `[${(body.startsWith('!') ? `^${body.slice(1)}` : body).replaceAll('\\', '\\\\')}]`
      at = end
    } else if (c === '{') {
      depth++
      source += '(?:'
    } else if (c === '}' && depth > 0) {
      depth--
      source += ')'
    } else if (c === ',' && depth > 0) source += '|'
    else {
      const literal = c === '\\' && at + 1 < pattern.length ? pattern[++at]! : c
      source += literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    }
  }
  if (depth > 0) return undefined
  try {
    return new RegExp(`^${source}$`, 's')
  } catch {
    return undefined
  }
}
