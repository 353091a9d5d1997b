/** The first facts of a request: what it is about, and the id that audit and logs know it by. */
import { randomUUID } from 'node:crypto'
import { parseRequestInfo } from '../request-info.ts'
import { textResponse } from '../response.ts'
import { answered } from '../status-response.ts'
import type { Filter } from '../types.ts'

const bareVerb = /^\/+(api\/[^/]+|apis\/[^/]+\/[^/]+)\/(watch|proxy)\/*$/

export const requestInfo: Filter = async (request, next) => {
  if (bareVerb.test(request.path)) {
    const why = `failed to create RequestInfo: unable to determine kind and namespace from url, ${request.path}`
    return textResponse(500, `Internal Server Error: ${JSON.stringify(request.path)}: ${why}\n`, { 'audit-id': randomUUID() })
  }
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
