/** The first facts of a request: what it is about, and the id that audit and logs know it by. */
import { randomUUID } from 'node:crypto'
import { parseRequestInfo } from '../request-info.ts'
import { answered } from '../status-response.ts'
import type { Filter } from '../types.ts'

export const requestInfo: Filter = (request, next) => {
  request.context.info = parseRequestInfo(request.method, request.path, request.query)
  return next(request)
}

export const auditId: Filter = async (request, next) => {
  const given = request.headers['audit-id']
  request.context.auditId = given && given.length <= 64 ? given : randomUUID()
  const response = await answered(request, next(request))
  response.headers['audit-id'] = request.context.auditId
  response.headers['cache-control'] ??= 'no-cache, private'
  return response
}
