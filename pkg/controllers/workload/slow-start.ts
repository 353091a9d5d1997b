/** Calls in batches of 1, 2, 4 …, so that what always fails (a quota, a webhook) is found out by few calls. */
export async function slowStart(
  count: number,
  call: (index: number) => Promise<void>,
  initialBatch = 1,
): Promise<{ readonly succeeded: number; readonly error?: unknown }> {
  let succeeded = 0
  let started = 0
  for (let batch = Math.min(count, initialBatch); batch > 0; batch = Math.min(2 * batch, count - started)) {
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, offset) => call(started + offset)))
    started += batch
    succeeded += results.filter(({ status }) => status === 'fulfilled').length
    const failed = results.find((each) => each.status === 'rejected')
    if (failed) return { succeeded, error: failed.reason }
  }
  return { succeeded }
}
