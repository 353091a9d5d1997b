/** lifecycle.stopSignal (KEP-4960): CRI numbers the signals by name; a runtime that does not know the field sends its own. */
import type { Container } from '#api/gen/core/v1.ts'

/** In CRI's order: RUNTIME_DEFAULT is 0. */
const named = [
  'SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT',
  'SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN',
]
  .join(' ')
  .split(' ')
const beyond = [
  ...Array.from({ length: 15 }, (_, index) => `SIGRTMINPLUS${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `SIGRTMAXMINUS${14 - index}`),
  'SIGRTMAX',
]
const numbers = new Map([...named, ...beyond].map((name, index) => [name, index + 1]))

/** Undefined: the image's own, or the runtime's. */
export function criStopSignal({ lifecycle }: Container): number | undefined {
  const name = lifecycle?.stopSignal?.replace('+', 'PLUS').replace(/^SIGRTMAX-/, 'SIGRTMAXMINUS')
  return name === undefined ? undefined : numbers.get(name)
}

/** What the kernel calls it: runtimes before CRI's field are sent it by us. Undefined for real-time signals, which Node.js cannot send by name. */
export function kernelStopSignal({ lifecycle }: Container): NodeJS.Signals | undefined {
  const name = lifecycle?.stopSignal
  return name && name !== 'SIGTERM' && !name.startsWith('SIGRT') ? (name as NodeJS.Signals) : undefined
}
