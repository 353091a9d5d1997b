/** Which controllers run: kube-controller-manager's --controllers ("*" for all, NAME for one, -NAME for all but one). */

export function isControllerSelected(name: string, wanted: readonly string[]): boolean {
  if (wanted.includes(name)) return true
  if (wanted.includes(`-${name}`)) return false
  return wanted.includes('*')
}

/** Throws on a name that no controller has: a misspelt one would silently never run. */
export function assertControllerNames(wanted: readonly string[], known: readonly string[]): void {
  for (const each of wanted) {
    if (each === '*' || known.includes(each.replace(/^-/, ''))) continue
    throw new Error(`"${each}" is not in the list of known controllers: ${known.join(', ')}`)
  }
}
