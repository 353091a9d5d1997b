/** The message that an ended container leaves (terminationMessagePath and its policy). */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { CriContainerStatus } from '../cri/types.ts'
import { terminationMessagePathAnnotation, terminationMessagePolicyAnnotation } from './labels.ts'

const maxMessageBytes = 4096
const maxLogLines = 80
const maxLogBytes = 2048

/** What the application left at its terminationMessagePath, else the end of its log where the policy asks for that. */
export function terminationMessage(status: CriContainerStatus): string {
  const path = status.annotations[terminationMessagePathAnnotation]
  const mount = path ? status.mounts.find(({ containerPath }) => containerPath === path) : undefined
  let message = ''
  if (mount?.hostPath) {
    try {
      message = readEnd(mount.hostPath, maxMessageBytes)
    } catch (error) {
      message = `Error on reading termination log ${mount.hostPath}: ${(error as Error).message}`
    }
  }
  const fallBack = status.annotations[terminationMessagePolicyAnnotation] === 'FallbackToLogsOnError'
  if (message === '' && fallBack && status.exitCode !== 0 && status.logPath) message = endOfLog(status.logPath)
  return message || status.message
}

function readEnd(path: string, maxBytes: number): string {
  const { size } = statSync(path)
  const buffer = Buffer.alloc(Math.min(size, maxBytes))
  const file = openSync(path, 'r')
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, size - buffer.length)).toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** Of a line "TIME STREAM TAG CONTENT"; a partial one ("P") has no end of line of its own. */
function contentOf(line: string): string {
  const [, , tag = '', ...words] = line.split(' ')
  return tag.split(':')[0] === 'P' ? words.join(' ') : `${words.join(' ')}\n`
}

function endOfLog(path: string): string {
  try {
    const lines = readEnd(path, 64 * 1024)
      .split('\n')
      .filter(Boolean)
      .slice(-maxLogLines)
    return Buffer.from(lines.map(contentOf).join('')).subarray(-maxLogBytes).toString('utf8')
  } catch {
    return ''
  }
}
