import type { AccountId, ChatId } from '../../core/ids.ts'
import { languageOfCountry, languageOfPhone } from '../../core/phone/country.ts'
import { detectLanguage } from '../../core/phone/language.ts'
import type { Language } from '../../core/phone/language.ts'
import { findAccount } from '../accounts/records.ts'
import { messagesOfChat } from './queries/messages.ts'
import type { Db } from '../../db/tables.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

/** Holds the business's country and language as configured. */
export interface BusinessLocale {
  /** Null: that of the country. */
  language: Language | null
  /** ISO code; null: that of the account's number. */
  country: string | null
}

/** Messages of the customer that are examined, and how many of the newest together. */
const maxMessages = 40
const maxTogether = 6

/** Finds the language to write to a customer in. */
export class Languages {
  private readonly locale: BusinessLocale
  private readonly settings: Pick<AccountSettings, 'get'>

  constructor(parts: { locale: BusinessLocale; settings: Pick<AccountSettings, 'get'> }) {
    this.locale = parts.locale
    this.settings = parts.settings
  }

  /**
   * Returns a business's language: as configured, else of its country, else of its own texts. English from a country
   * alone yields to a business that describes itself in another language. Null if nothing tells.
   */
  async ofBusiness(db: Db, accountId: AccountId): Promise<Language | null> {
    if (this.locale.language !== null) return this.locale.language
    const account = await findAccount(db, accountId)
    const country = this.locale.country
    const local = country === null ? languageOfPhone(account?.phone ?? null) : languageOfCountry(country)
    if (local === 'es' || local === 'pt') return local
    return (await this.ofTexts(accountId)) ?? local
  }

  /** Returns the fallback if a customer's messages do not tell. */
  async fallback(db: Db, accountId: AccountId, phone: string | null): Promise<Language> {
    return (await this.ofBusiness(db, accountId)) ?? languageOfPhone(phone) ?? 'es'
  }

  /** Returns the language of a chat's customer: of a given text, of earlier messages, else `fallback`. */
  async ofCustomer(
    db: Db,
    accountId: AccountId,
    customer: { chatId: ChatId; phone: string | null; text?: string },
  ): Promise<Language> {
    const told = customer.text === undefined ? undefined : await detectLanguage(customer.text)
    if (told !== undefined) return told
    const messages = await messagesOfChat(db, customer.chatId, { limit: maxMessages })
    const said = messages.filter(({ direction }) => direction === 'incoming').map(({ text }) => text)
    return (await languageOfTexts(said)) ?? this.fallback(db, accountId, customer.phone)
  }

  private async ofTexts(accountId: AccountId): Promise<Language | undefined> {
    const { settings } = await this.settings.get(accountId)
    const { businessDescription, customInstructions, guardrails } = settings
    return detectLanguage(`${businessDescription}\n${customInstructions}\n${guardrails}`)
  }
}

/** Detects the language of a person's texts, oldest first: of the newest together, else of all. */
export async function languageOfTexts(texts: readonly string[]): Promise<Language | undefined> {
  const joined = (some: readonly string[]) =>
    some
      .map((text) => text.slice(0, 300))
      .toReversed()
      .join('\n')
  return (await detectLanguage(joined(texts.slice(-maxTogether)))) ?? detectLanguage(joined(texts))
}
