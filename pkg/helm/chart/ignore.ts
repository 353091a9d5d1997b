/** .helmignore: patterns of path/filepath.Match, one a line, the first that fits decides. */

interface Rule {
  readonly negate: boolean
  readonly mustBeFolder: boolean
  readonly matches: (path: string) => boolean
}

/** filepath.Match on whole names. Throws for a pattern that is none. */
export function compileMatch(pattern: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at]!
    if (c === '*') source += '[^/]*'
    else if (c === '?') source += '[^/]'
    else if (c === '[') {
      const end = pattern.indexOf(']', at + 2)
      if (end < 0) throw new Error('syntax error in pattern')
      source += `[${pattern.slice(at + 1, end).replaceAll('\\', '\\\\')}]`
      at = end
    } else if (c === '\\') {
      if (++at >= pattern.length) throw new Error('syntax error in pattern')
      source += pattern[at]!.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    } else source += c.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  }
  return new RegExp(`^${source}$`, 'su')
}

function parseRule(line: string): Rule | undefined {
  let rule = line.trim()
  if (rule === '' || rule.startsWith('#')) return undefined
  if (rule.includes('**')) throw new Error('double-star (**) syntax is not supported')
  const negate = rule.startsWith('!')
  if (negate) rule = rule.slice(1)
  const mustBeFolder = rule.endsWith('/')
  if (mustBeFolder) rule = rule.slice(0, -1)
  if (rule.startsWith('/')) {
    const rooted = compileMatch(rule.slice(1))
    return { negate, mustBeFolder, matches: (path) => rooted.test(path) }
  }
  const expression = compileMatch(rule)
  if (rule.includes('/')) return { negate, mustBeFolder, matches: (path) => expression.test(path) }
  return { negate, mustBeFolder, matches: (path) => expression.test(path.slice(path.lastIndexOf('/') + 1)) }
}

export type Ignore = (path: string, isFolder: boolean) => boolean

/** Takes the text of .helmignore; dot files in templates/ are always ignored. */
export function parseIgnore(text: string): Ignore {
  const rules = [...text.replace(/^\ufeff/, '').split(/\r?\n/), 'templates/.?*'].map(parseRule).filter((rule) => rule !== undefined)
  return (path, isFolder) => {
    if (path === '' || path === '.' || path === './') return false
    for (const { negate, mustBeFolder, matches } of rules) {
      if (negate) {
        if ((mustBeFolder && !isFolder) || !matches(path)) return true
      } else if ((!mustBeFolder || isFolder) && matches(path)) return true
    }
    return false
  }
}
