import type { AccountId, CustomerId } from '../../core/ids.ts'
import { languageOfPhone } from '../../core/phone/country.ts'
import { atUsername, unnamedCustomer } from '../contacts/customer.ts'
import type { Customer } from '../contacts/customer.ts'
import { AppError } from '../../core/errors.ts'
import type { ErrorDetail } from '../../core/errors.ts'
import { formatPhone } from '../../core/jid.ts'
import { shownRecipient } from './recipient.ts'
import {
  cleanText,
  customerFields,
  fits,
  isKnown,
  languageFor,
  maxTextLength,
  readLanguage,
  reminderTemplate,
  render,
  fallbackOf,
  requiredVariablesOf,
  variablesOf,
  variablesOfTexts,
  wordsOfTime,
} from './rules/template.ts'
import type { Language, Template, TemplateUse } from './rules/template.ts'
import { findCustomer, findCustomerByJid } from '../contacts/records.ts'
import { findTemplate } from './queries/templates.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { oneLine } from '../../util/text.ts'
import type { Languages } from '../messages/languages.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

const maxFactLength = 200

/** Holds the recipient of a template; no particular person without a customer. */
export interface Reader {
  customer: Customer | undefined
  /** By default the customer's next one. */
  appointment?: { service: string; start: Date } | undefined
}

/** Holds a template as a recipient would get it. */
export interface Filled {
  text: string
  language: Language
  /** The text's variables and their values; null for a missing one. */
  variables: { name: string; value: string | null }[]
  /** The names of missing variables. Such a text is never sent. */
  missing: string[]
}

/** Lists a customer's booked appointments that have not ended, the next one first. */
export type ComingAppointments = (
  db: Db,
  accountId: AccountId,
  customerId: CustomerId,
  now: Date,
) => Promise<readonly { service: string; start: Date }[]>

/** Fills in templates with known and given values. */
export class Wording {
  private readonly parts: {
    clock: Clock
    settings: Pick<AccountSettings, 'get'>
    languages: Pick<Languages, 'ofBusiness'>
    comingAppointments: ComingAppointments
    /** The time zone of the business. */
    zone: string
  }

  constructor(parts: Wording['parts']) {
    this.parts = parts
  }

  /**
   * Fills in the text for each recipient: all or none.
   * @throws AppError not_found; invalid_request naming each variable that is unknown or without a value, and the
   * recipient who lacks it
   */
  async forAll(
    db: Db,
    accountId: AccountId,
    use: TemplateUse,
    to: readonly string[],
  ): Promise<Map<string, string>> {
    const template = await this.check(db, accountId, use)
    const texts = new Map<string, string>()
    const faults: ErrorDetail[] = []
    for (const jid of to) {
      const customer = await findCustomerByJid(db, accountId, jid)
      const filled = await this.fill(db, accountId, { template, use, reader: { customer } })
      const fault = faultOf(filled)
      if (fault === undefined) texts.set(jid, filled.text)
      else faults.push({ field: 'body.to', message: `${shownRecipient(jid, customer)}: ${fault}` })
    }
    const [first] = faults
    if (first === undefined) return texts
    const some = to.length === 1 ? '' : `${faults.length} of ${to.length} cannot get it: `
    const message = `The template ${use.name} cannot be filled in, and nothing was sent. ${some}${first.message}`
    throw new AppError('invalid_request', message, { details: faults })
  }

  /** Fills in the text for one recipient at its time; says why if that fails. */
  async forOne(
    db: Db,
    accountId: AccountId,
    use: TemplateUse,
    jid: string,
  ): Promise<{ text: string } | { fault: string }> {
    const template = await findTemplate(db, accountId, use.name)
    if (!template) return { fault: `the template ${use.name} no longer exists` }
    const customer = await findCustomerByJid(db, accountId, jid)
    const filled = await this.fill(db, accountId, { template, use, reader: { customer } })
    const fault = faultOf(filled)
    return fault === undefined ? { text: filled.text } : { fault }
  }

  /** Fills in the account's own reminder; undefined if it has none, or it cannot be filled in. */
  async reminder(trx: Trx, { accountId, customerId, ...appointment }: Reminded): Promise<string | undefined> {
    const template = await findTemplate(trx, accountId, reminderTemplate)
    if (!template) return undefined
    const customer = await findCustomer(trx, accountId, customerId)
    const use = { name: reminderTemplate }
    const filled = await this.fill(trx, accountId, { template, use, reader: { customer, appointment } })
    return faultOf(filled) === undefined ? filled.text : undefined
  }

  /**
   * Finds the template and checks that exactly its own fields are given.
   * @throws AppError not_found; invalid_request
   */
  async check(db: Db, accountId: AccountId, use: TemplateUse): Promise<Template> {
    const template = await this.find(db, accountId, use)
    const { texts } = template
    const said = use.language === undefined ? Object.values(texts) : [texts[use.language] ?? '']
    const given = use.variables ?? {}
    const lacking = said
      .flatMap(requiredVariablesOf)
      .filter((name) => !isKnown(name) && !Object.hasOwn(given, name))
    const names = [...new Set(lacking)]
    if (names.length === 0) return template
    throw refused(use.name, `${names.join(', ')} missing`, names, 'required')
  }

  /** @throws AppError not_found; invalid_request for a language or a variable that the template does not have */
  async find(db: Db, accountId: AccountId, use: TemplateUse): Promise<Template> {
    const template = await findTemplate(db, accountId, use.name)
    if (!template) throw new AppError('not_found', `No such template: ${use.name}`)
    const { language } = use
    if (language !== undefined && template.texts[language] === undefined) {
      const has = Object.keys(template.texts).join(', ')
      throw new AppError('invalid_request', `The template ${use.name} has no ${language} text.`, {
        details: [{ field: 'body.template.language', message: `expected one of ${has}` }],
      })
    }
    const known = variablesOfTexts(template.texts)
    const unknown = Object.keys(use.variables ?? {}).filter((name) => !known.includes(name))
    if (unknown.length > 0) throw refused(use.name, `it has no ${unknown.join(', ')}`, unknown, 'unknown')
    return template
  }

  /** Fills in everything known for one recipient. */
  async fill(
    db: Db,
    accountId: AccountId,
    { template, use, reader }: { template: Template; use: TemplateUse; reader: Reader },
  ): Promise<Filled> {
    const language = languageFor(template.texts, [
      use.language,
      languageOfCustomer(reader.customer),
      await this.parts.languages.ofBusiness(db, accountId),
    ])
    const text = language && template.texts[language]
    if (language === undefined || text === undefined) throw new Error('a template without a text')
    const names = variablesOf(text)
    const values = new Map([
      ...customerValues(reader.customer, names),
      ...nameOfUnnamed(reader.customer, text, language),
      ...(await this.appointmentValues(db, accountId, { reader, names, language })),
      ...present('business.name', (await this.parts.settings.get(accountId)).settings.businessName),
      ...Object.entries(use.variables ?? {}).flatMap(([name, value]) => given(name, value)),
    ])
    const { text: filled, missing } = render(text, values)
    const variables = names.map((name) => ({
      name,
      value: values.get(name) ?? fallbackOf(text, name) ?? null,
    }))
    return { text: filled, language, variables, missing }
  }

  private async appointmentValues(
    db: Db,
    accountId: AccountId,
    { reader, names, language }: { reader: Reader; names: readonly string[]; language: Language },
  ): Promise<[string, string][]> {
    if (!names.some((name) => name.startsWith('appointment.'))) return []
    const { customer } = reader
    const [next] = customer
      ? await this.parts.comingAppointments(db, accountId, customer.id, this.parts.clock.now())
      : []
    const appointment = reader.appointment ?? next
    if (!appointment) return []
    const { date, time } = wordsOfTime(appointment.start, language, this.parts.zone)
    return [
      ...present('appointment.service', appointment.service),
      ...present('appointment.date', date),
      ...present('appointment.time', time),
    ]
  }
}

interface Reminded {
  accountId: AccountId
  customerId: CustomerId
  service: string
  start: Date
}

function faultOf({ missing, text }: Filled): string | undefined {
  if (missing.length > 0) return `${missing.join(', ')} missing`
  return fits(text) ? undefined : `the text has more than ${maxTextLength} characters`
}

function refused(template: string, what: string, names: readonly string[], message: string): AppError {
  return new AppError('invalid_request', `The template ${template} cannot be filled in: ${what}.`, {
    details: names.map((name) => ({ field: `body.template.variables.${name}`, message })),
  })
}

/** Returns a person's own wish from the custom fields, else the number's language. */
function languageOfCustomer(customer: Customer | undefined): Language | null {
  if (!customer) return null
  const own = readLanguage(customer.customFields['language'])
  return own ?? languageOfPhone(customer.phone)
}

function customerValues(customer: Customer | undefined, names: readonly string[]): [string, string][] {
  if (!customer) return []
  const { phone, email, company, customFields } = customer
  const own = names.filter((each) => each.startsWith(customerFields))
  return [
    ...present('customer.name', nameToGreet(customer)),
    ...present('customer.phone', phone && formatPhone(phone)),
    ...present('customer.email', email),
    ...present('customer.company', company),
    ...own.flatMap((each) => {
      const field = each.slice(customerFields.length)
      return present(each, Object.hasOwn(customFields, field) ? customFields[field] : null)
    }),
  ]
}

/**
 * Returns the neutral word for a customer without name and number, if the text has no word of its own for them: the owner
 * cannot look such a person up, either.
 */
function nameOfUnnamed(customer: Customer | undefined, text: string, language: Language): [string, string][] {
  const variable = 'customer.name'
  if (customer?.phone !== null || nameToGreet(customer) !== null) return []
  return fallbackOf(text, variable) === undefined ? [[variable, unnamedCustomer[language]]] : []
}

function nameToGreet({ name, pushName, username, phone }: Customer): string | null {
  return calledBy(name) ?? calledBy(pushName) ?? (phone === null ? atUsername(username) : null)
}

/** Returns a name to greet a person by; null for one that is only a number. */
function calledBy(name: string | null): string | null {
  return name !== null && /\p{L}/u.test(name.slice(0, maxFactLength)) ? name : null
}

/** Returns outside data as one line; no entry if they are empty. */
function present(name: string, value: unknown): [string, string][] {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  const line = oneLine(text, maxFactLength)
  return line === '' ? [] : [[name, line]]
}

/** Returns the caller's value, which may have several lines. */
function given(name: string, value: string): [string, string][] {
  const text = cleanText(value)
  return text.trim() === '' ? [] : [[name, text]]
}
