/** Many `ip` commands in one process. */
import { type RunCommand, runCommand } from '../run-command.ts'

/** A line of `ip -batch`; with `mayFail`, its failure is no error (deleting what may be gone, adding what may be there). */
export interface IpLine {
  readonly line: string
  readonly mayFail?: boolean
}

export const must = (line: string): IpLine => ({ line })
export const may = (line: string): IpLine => ({ line, mayFail: true })

/** Runs the lines in order, in the host's namespace or `netns`. Throws on the first line that failed and must not. */
export async function ipBatch(lines: readonly IpLine[], netns?: string, run: RunCommand = runCommand): Promise<void> {
  if (lines.length === 0) return
  const where = netns ? ['-n', netns] : []
  const { code, stderr } = await run(['ip', ...where, '-force', '-batch', '-'], `${lines.map((each) => each.line).join('\n')}\n`)
  if (code === 0) return
  const failures = failedLines(stderr)
  if (failures.length === 0) throw new Error(`ip: ${stderr.trim()}`)
  for (const { number, message } of failures) {
    const line = lines[number - 1]
    if (!line?.mayFail) throw new Error(`ip${netns ? ` -n ${netns}` : ''} ${line?.line ?? ''}: ${message}`)
  }
}

/** ip says why first and then "Command failed -:LINE". */
function failedLines(stderr: string): { number: number; message: string }[] {
  const failures: { number: number; message: string }[] = []
  let message: string[] = []
  for (const text of stderr.split('\n')) {
    const failed = /^Command failed -:(\d+)/.exec(text)
    if (failed) {
      failures.push({ number: Number(failed[1]), message: message.join(' ') })
      message = []
    } else if (text) message.push(text)
  }
  return failures
}
