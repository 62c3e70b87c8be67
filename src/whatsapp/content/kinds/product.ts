import type { proto } from '@whiskeysockets/baileys'
import { jidOf, label, webAddress, words } from '../checked.ts'
import { amountOf, factsOf } from '../reading.ts'
import type { ReadingOf } from '../reading.ts'
import { quoteWords } from './module.ts'
import type { KindModule } from './module.ts'

export const product: KindModule<'product'> = {
  read: { productMessage: readProduct },
  write: null,
  quote: quoteWords,
  hasSecret: false,
}

/** Reads a product of a catalogue, or the catalogue itself. */
export function readProduct({
  product,
  catalog,
  businessOwnerJid,
  body,
}: proto.Message.IProductMessage): ReadingOf<'product'> {
  const title = label(product?.title) || label(catalog?.title)
  const details = factsOf({
    productId: label(product?.productId, 100),
    title,
    description: words(product?.description ?? catalog?.description).slice(0, 2000),
    price: amountOf(product?.salePriceAmount1000 ?? product?.priceAmount1000),
    currency: label(product?.currencyCode, 8),
    sku: label(product?.retailerId, 100),
    url: webAddress(product?.url),
    seller: jidOf(businessOwnerJid) ?? undefined,
  })
  return { kind: 'product', text: words(body) || title, details }
}
