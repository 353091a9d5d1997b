/**
 * Links in a page that comes through a proxy subresource: those that are absolute on their host are led through the proxy again.
 * Stands for apimachinery's pkg/util/proxy/transport.go.
 */
import type { Token, TokenHandler } from 'parse5'

/** Which attributes of which tags hold a URL (HTML 4.01, HTML Living Standard: attributes). */
const urlAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}

/** What comes after these is text until their end tag, and no tags. */
const textOnly: Readonly<Record<string, 'RAWTEXT' | 'RCDATA' | 'SCRIPT_DATA' | 'PLAINTEXT'>> = {
  iframe: 'RAWTEXT',
  noembed: 'RAWTEXT',
  noframes: 'RAWTEXT',
  noscript: 'RAWTEXT',
  plaintext: 'PLAINTEXT',
  script: 'SCRIPT_DATA',
  style: 'RAWTEXT',
  textarea: 'RCDATA',
  title: 'RCDATA',
  xmp: 'RAWTEXT',
}

/** The page with each URL of its start tags changed by `rewrite`; all else stays byte for byte. */
export async function rewriteHtml(page: string, rewrite: (url: string) => string): Promise<string> {
  const { Tokenizer, TokenizerMode } = await import('parse5')
  let written = ''
  let copied = 0
  const nothing = (): void => {}
  const handler: TokenHandler = {
    onStartTag(tag) {
      const { startOffset, endOffset } = tag.location!
      written += page.slice(copied, startOffset) + startTag(tag, rewrite)
      copied = endOffset
      const mode = textOnly[tag.tagName]
      if (mode) tokenizer.state = TokenizerMode[mode]
    },
    onEndTag: nothing,
    onComment: nothing,
    onDoctype: nothing,
    onEof: nothing,
    onCharacter: nothing,
    onNullCharacter: nothing,
    onWhitespaceCharacter: nothing,
  }
  const tokenizer = new Tokenizer({ sourceCodeLocationInfo: true }, handler)
  tokenizer.write(page, true)
  return written + page.slice(copied)
}

function startTag({ tagName, attrs, selfClosing }: Token.TagToken, rewrite: (url: string) => string): string {
  const holdUrls = urlAttributes[tagName] ?? []
  const written = attrs.map(({ name, value }) => ` ${name}="${escaped(holdUrls.includes(name) ? rewrite(value) : value)}"`)
  return `<${tagName}${written.join('')}${selfClosing ? '/' : ''}>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', "'": '&#39;', '<': '&lt;', '>': '&gt;', '"': '&#34;', '\r': '&#13;' }
const escaped = (text: string): string => text.replace(/[&'<>"\r]/g, (each) => entities[each]!)
