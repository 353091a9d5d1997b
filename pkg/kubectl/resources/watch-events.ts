/** The events of a watch's answer, one JSON text a line. */
const longestLine = 64 << 20

export async function* watchEvents(stream: AsyncIterable<Uint8Array>): AsyncIterable<any> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true })
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end).trim()
      rest = rest.slice(end + 1)
      if (line !== '') yield JSON.parse(line)
    }
    if (rest.length > longestLine) throw new Error('a watch event is too large')
  }
}
