/** Columns of text as Go's text/tabwriter aligns them, padding with spaces. */
export interface TabWriterOptions {
  readonly minWidth: number
  readonly padding: number
}

/** Tables: kubectl's GetNewTabWriter. */
export const tableColumns: TabWriterOptions = { minWidth: 6, padding: 3 }
/** describe's. */
export const describeColumns: TabWriterOptions = { minWidth: 0, padding: 2 }

/** A cell ends at a tab; what follows the last tab of a line is not part of a column. `remembered`: widths that later calls keep to. */
export function alignTabs(text: string, { minWidth, padding }: TabWriterOptions, remembered?: number[]): string {
  if (!text.includes('\t')) return text
  const lines = text.split('\n').map((line) => line.split('\t'))
  const widths: number[] = []
  const out: string[] = []
  const write = (from: number, to: number): void => {
    for (let at = from; at < to; at++) {
      const cells = lines[at]!
      const line = cells.map((cell, index) => (index < cells.length - 1 && index < widths.length ? padTo(cell, widths[index]!) : cell))
      out.push(line.join(''))
    }
  }
  const format = (first: number, end: number): void => {
    const column = widths.length
    let start = first
    for (let at = first; at < end; at++) {
      if (column >= lines[at]!.length - 1) continue
      write(start, at)
      start = at
      let width = minWidth
      for (; at < end && column < lines[at]!.length - 1; at++) width = Math.max(width, widthOf(lines[at]![column]!) + padding)
      if (remembered) width = remembered[column] = Math.max(width, remembered[column] ?? 0)
      widths.push(width)
      format(start, at)
      widths.pop()
      start = at
    }
    write(start, end)
  }
  format(0, lines.length)
  return out.join('\n')
}

function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : [...text].length
}

function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
