/** From a command's chart argument to a chart whose dependencies are there. */
import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { checkDependencies } from '../chart/dependencies.ts'
import { loadAnyChart, loadingLog } from '../chart/load.ts'
import type { Chart } from '../chart/types.ts'
import { CommandError, type Invocation } from '../types.ts'

/** The path of a folder or archive on this machine; what is elsewhere is downloaded. */
export async function locateChart(invocation: Invocation, reference: string): Promise<string> {
  const { flags, session } = invocation
  const name = reference.trim()
  if (flags.string('repo') === '') {
    const path = resolve(session.cwd, name)
    if (existsSync(path)) {
      if (flags.bool('verify')) {
        const { verifyChart } = await import('../provenance/verify.ts')
        await verifyChart(invocation, path)
      }
      return path
    }
    if (isAbsolute(name) || name.startsWith('.')) throw new CommandError(`path ${JSON.stringify(name)} not found`)
  }
  const { downloadChart } = await import('../repository/download.ts')
  return downloadChart(invocation, name, { toCache: true })
}

const hasSchema = ({ schema, dependencies }: Chart): boolean => schema !== undefined || dependencies.some(hasSchema)

export interface LoadOptions {
  /** Library charts too. */
  readonly anyType?: boolean
}

export async function loadRequested(invocation: Invocation, path: string, { anyType = false }: LoadOptions = {}): Promise<Chart> {
  const { flags, log } = invocation
  const warn = (message: string): void => log('WARN', message)
  let chart = await loadAnyChart(path, loadingLog(log))
  const { type, deprecated } = chart.metadata
  if (!anyType && type !== '' && type !== 'application') throw new CommandError(`${type} charts are not installable`)
  if (deprecated) warn('this chart is deprecated')
  try {
    checkDependencies(chart)
  } catch (error) {
    if (!flags.has('dependency-update') || !flags.bool('dependency-update'))
      throw new CommandError(
        `an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: ${(error as Error).message}`,
      )
    const { updateDependencies } = await import('../repository/dependencies.ts')
    await updateDependencies(invocation, { path, shown: path }, { skipRefresh: false })
    chart = await loadAnyChart(path, loadingLog(log))
  }
  if (!(flags.has('skip-schema-validation') && flags.bool('skip-schema-validation')) && hasSchema(chart)) {
    const { fetchSchemaDocuments } = await import('../values/fetch-schema-documents.ts')
    await fetchSchemaDocuments(chart, (message, fields) => log('WARN', message, fields))
  }
  return chart
}
