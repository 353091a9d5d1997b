/** `$(NAME)` in commands, arguments and values: known names are replaced, unknown ones stay, `$$` escapes. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (found, name: string | undefined) => {
    if (name === undefined) return '$'
    return lookup(name) ?? found
  })
}
