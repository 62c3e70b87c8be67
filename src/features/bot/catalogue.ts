import type { AccountId } from '../../core/ids.ts'
import { insertLead, listLeads, listProducts, replaceProducts } from './queries/catalogue.ts'
import type { Lead, Product } from './queries/catalogue.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Booker } from './appointments.ts'
import { searchWords } from './knowledge.ts'
import { noteAudit } from '../events/audit.ts'

/** Manages an account's products and the leads for them. */
export class Catalogue {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  products(accountId: AccountId): Promise<Product[]> {
    return listProducts(this.store.read, accountId)
  }

  /** Replaces the whole catalogue. */
  async replace(accountId: AccountId, products: readonly Omit<Product, 'id'>[]): Promise<Product[]> {
    return this.store.write(async (trx) => {
      await replaceProducts(trx, accountId, products)
      const detail = { products: products.length }
      await noteAudit(
        trx,
        { action: 'catalogue.replaced', accountId, subject: null, detail },
        this.clock.now(),
      )
      return listProducts(trx, accountId)
    })
  }

  /** Finds the products that fit a question best; the first ones if none fits. */
  async search(db: Db, accountId: AccountId, query: string): Promise<Product[]> {
    const words = searchWords(plain(query))
    const scored = (await listProducts(db, accountId)).map((product) => {
      const text = plain(`${product.name} ${product.description} ${product.sku}`)
      // Without the plural's s, so that "tartas" finds a "tarta".
      return {
        product,
        score: words.filter((word) => text.includes(word.replace(/(?<=.{3})e?s$/, ''))).length,
      }
    })
    const fitting = scored.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score)
    return (fitting.length > 0 ? fitting : scored).slice(0, 8).map(({ product }) => product)
  }

  /** Records a lead in the caller's transaction; undefined for an unknown product. */
  async lead(
    trx: Trx,
    from: Booker,
    lead: { interest: string; productId: number | null },
  ): Promise<number | undefined> {
    const { accountId, chatId } = from
    if (lead.productId !== null) {
      const products = await listProducts(trx, accountId)
      if (!products.some(({ id }) => id === lead.productId)) return undefined
    }
    const at = this.clock.now()
    const leadId = await insertLead(trx, { ...from, ...lead, at })
    await appendEvent(trx, { name: 'lead.created', accountId, chatId, data: { leadId, chatId } }, at)
    return leadId
  }

  leads(accountId: AccountId, page: { before?: number | undefined; limit: number }): Promise<Lead[]> {
    return listLeads(this.store.read, accountId, page)
  }
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}
