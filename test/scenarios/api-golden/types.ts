/** A request whose answer Kubernetes 1.36 itself has given before. */
export interface Question {
  /** Says what is asked, once in its list: what the answer is recorded under. */
  readonly key: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'TRACE' | 'PROPFIND'
  readonly path: string
  /** An object is sent as JSON, a string as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Response headers that are part of the answer; `present` of those that differ each time. */
  readonly shows?: readonly string[]
  /** The last characters as they came are part of the answer: whether a line is ended, whether it is indented. */
  readonly ends?: true
  /** Read this many lines of a stream, then leave. */
  readonly lines?: number
  /** Asked again until the answer begins so (a new kind is not served at once, nor does a new policy act at once). */
  readonly until?: string
  /**
   * Later questions of the list may name this answer's metadata in paths, headers and bodies: `{NAME.resourceVersion}`,
   * `{NAME.continue}`, `{NAME.uid}`, and `{NAME.resourceVersion+5}` of what is a number.
   */
  readonly remembered?: string
  /** Asked without any credentials. */
  readonly anonymous?: true
  /** Keep the whole body in the record, not only its hash. */
  readonly whole?: true
}

/** What runs beside the server that is asked, for it to call. */
export interface Companion {
  /** The text with the places filled that stand for it. */
  fill(text: string): string
  close(): Promise<void>
}

/** A list of questions on one room of the API, asked one after the other. */
export interface Questionnaire {
  /** Flags of the server that is asked, with files of its own; DIR stands for where these are. */
  readonly flags?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  /** The server that is asked has a certificate to show to those that it passes requests on to. */
  readonly proxies?: true
  /** Started before the setup. */
  readonly companion?: () => Promise<Companion>
  /** What must be there before: created as it stands on both servers, answers not compared. */
  readonly setup: readonly Question[]
  readonly questions: readonly Question[]
}

/** What a server said, without what differs from one server or moment to another. */
export interface Answer {
  /** The status, and for a refusal its message; with the warnings. */
  readonly said: string
  /** Of the whole normalised body. */
  readonly hash: string
  readonly body?: unknown
  /** As it came, where it is an object with metadata. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** `HASH SAID`, and the body of those that keep it. */
export type Kept = string | readonly [string, unknown]

/** An API server to ask. */
export interface Target {
  readonly server: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tls: { readonly cert?: string; readonly key?: string; readonly ca?: string; readonly rejectUnauthorized?: boolean }
}
