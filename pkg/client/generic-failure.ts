/** What is said of a refused request where the server sent no Status: by its status alone (client-go's NewGenericServerResponse). */
export const genericWords: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'unknown',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  409: 'the server reported a conflict',
  415: 'the body of the request was in an unknown format',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

/**
 * The message of a refused request whose body is `body`: what its Status says, else what the code says. `asked` is what was asked for, as
 * client-go names it: "get pods.metrics.k8s.io".
 */
export function refusalMessage(code: number, body: string, asked: string): string {
  const told = statusMessage(body)
  if (told !== undefined) return told
  const byServer =
    code >= 500
      ? `an error on the server (${JSON.stringify(body.trim() || 'unknown')}) has prevented the request from succeeding`
      : `the server responded with the status code ${code} but did not return more information`
  return `${code === 403 ? body.trim() || 'unknown' : (genericWords[code] ?? byServer)} (${asked})`
}

function statusMessage(body: string): string | undefined {
  if (!body.startsWith('{')) return undefined
  try {
    return JSON.parse(body).message
  } catch {
    return undefined
  }
}
