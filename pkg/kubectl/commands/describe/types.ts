/** What describes one kind; events follow by themselves. */
import type { Item } from '../../resources/types.ts'
import type { Invocation } from '../../types.ts'
import type { Description } from './text.ts'

export type Describer = (out: Description, item: Item, invocation: Invocation) => void | Promise<void>
