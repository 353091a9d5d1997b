/**
 * Which credential plugins a user's preferences let run (upstream: client-go's PluginPolicy, as kuberc's
 * credentialPluginPolicy and credentialPluginAllowlist set it).
 */
import { posix } from 'node:path'
import { isExecutable, findProgram } from '../plugins.ts'

export interface PluginPolicy {
  /** AllowAll, DenyAll or Allowlist; AllowAll when it is left out. */
  readonly type: string
  /** Programs by name or path; undefined when none is given. */
  readonly allowlist: readonly string[] | undefined
}

/** A misspelled policy stops everything rather than let something run: what is wrong, or undefined. */
export function policyProblem({ type, allowlist }: PluginPolicy): string | undefined {
  const policy = JSON.stringify(type)
  if (['', 'AllowAll', 'DenyAll'].includes(type))
    return allowlist ? `misconfigured credential plugin allowlist: plugin policy is ${policy} but allowlist is non-nil` : undefined
  if (type !== 'Allowlist') return `unknown plugin policy: ${policy}`
  if (!allowlist) return `credential plugin policy set to ${policy}, but allowlist is unspecified`
  if (allowlist.length === 0) return `credential plugin policy set to ${policy}, but allowlist is empty; use "DenyAll" policy instead`
  for (const [index, entry] of allowlist.entries()) {
    if (entry === '') return `misconfigured credential plugin allowlist: empty allowlist entry #${index + 1}`
    if (cleaned(entry) !== entry) return `non-normalized file path: ${JSON.stringify(entry)} vs ${JSON.stringify(cleaned(entry))}`
  }
  return undefined
}

/**
 * Takes the program of the kubeconfig, gives the one to run; throws when the policy does not allow it. Names are
 * compared as they stand, and then by where PATH leads: a name allows no other program of that name.
 */
export function allowedPlugin(program: string, { type, allowlist = [] }: PluginPolicy, path: string): string {
  if (type === '' || type === 'AllowAll') return program
  const command = cleaned(program)
  if (type === 'DenyAll') throw new Error(`plugin ${JSON.stringify(command)} not allowed: policy set to "DenyAll"`)
  const found = command.includes('/') ? command : (findProgram(command, path) ?? command)
  if (allowlist.includes(command) || allowlist.includes(found)) return found
  const why = lookProblem(found, path)
  if (why) throw new Error(`plugin path ${JSON.stringify(found)} cannot be resolved for credential plugin allowlist check: ${why}`)
  const isFound = (entry: string): boolean => posix.basename(entry) === posix.basename(found) && !entry.includes('/') && findProgram(entry, path) === found
  if (allowlist.some(isFound)) return found
  throw new Error(`plugin path ${JSON.stringify(found)} is not permitted by the credential plugin allowlist`)
}

/** As Go's exec.LookPath tells why there is no such program. */
function lookProblem(program: string, path: string): string | undefined {
  const told = (why: string): string => `exec: ${JSON.stringify(program)}: ${why}`
  if (!program.includes('/')) return findProgram(program, path) ? undefined : told('executable file not found in $PATH')
  try {
    return isExecutable(program) ? undefined : told('permission denied')
  } catch {
    return told(`stat ${program}: no such file or directory`)
  }
}

/** Go's filepath.Clean. */
function cleaned(path: string): string {
  const clean = posix.normalize(path)
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean
}
