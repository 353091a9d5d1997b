/** Runs what a plugin does; an error says where it came up. */
export function during(what: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw placed(what, error)
  }
}

/** The same of what takes its time. */
export async function duringWait(what: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    throw placed(what, error)
  })
}

const placed = (what: string, error: unknown): Error => new Error(`${what}: ${(error as Error).message}`, { cause: error })
