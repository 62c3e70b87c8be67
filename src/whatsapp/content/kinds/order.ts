import { jidOf, label, numberWithin, words } from '../checked.ts'
import { amountOf, factsOf } from '../reading.ts'
import { quoteWords } from './module.ts'
import type { KindModule } from './module.ts'

export const order: KindModule<'order'> = {
  read: {
    orderMessage: (part) => {
      const title = label(part.orderTitle)
      const details = factsOf({
        orderId: label(part.orderId, 100),
        title,
        items: numberWithin(part.itemCount, 0, 1_000_000),
        total: amountOf(part.totalAmount1000),
        currency: label(part.totalCurrencyCode, 8),
        seller: jidOf(part.sellerJid) ?? undefined,
      })
      return { kind: 'order', text: words(part.message) || title, details }
    },
  },
  write: null,
  quote: quoteWords,
  hasSecret: false,
}
