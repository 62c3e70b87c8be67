import { quoteWords } from './module.ts'
import type { KindModule } from './module.ts'

/** Shared parts of the kinds whose fields are not read. */
const nothing = { read: {}, write: null, quote: quoteWords, hasSecret: false }

export const unsupported: KindModule<'unsupported'> = nothing
export const undecryptable: KindModule<'undecryptable'> = nothing
