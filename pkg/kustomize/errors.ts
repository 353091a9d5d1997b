/** What is wrong with a kustomization, as kustomize words it. */
export class KustomizeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KustomizeError'
  }
}

/** The same failure with what was being done in front of it. */
export function wrapped(error: unknown, doing: string): KustomizeError {
  return new KustomizeError(`${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}

/** Runs `act`; what it throws is told with `doing` in front. */
export async function during<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw wrapped(error, doing)
  }
}

/** What `act` answers, or undefined where it fails: for texts that may be read in more than one way. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
