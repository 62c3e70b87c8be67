import { quoteWords } from './module.ts'
import type { KindModule } from './module.ts'

/** A message of which no field can be read. */
const nothing = { read: {}, write: null, quote: quoteWords, hasSecret: false }

export const unsupported: KindModule<'unsupported'> = nothing
export const undecryptable: KindModule<'undecryptable'> = nothing
