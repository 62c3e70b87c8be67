import type { AccountId, CustomerId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import type { ErrorDetail } from '../../core/errors.ts'
import { cleanText, faultOfText, isKnown, reminderTemplate, variablesOfTexts } from './rules/template.ts'
import type { Language, Template, TemplateTexts, TemplateUse } from './rules/template.ts'
import { findCustomer, findCustomerByJid } from '../contacts/records.ts'
import {
  countTemplates,
  deleteTemplate,
  findTemplate,
  insertTemplate,
  listTemplates,
  schedulesOfTemplate,
  updateTemplate,
} from './queries/templates.ts'
import type { Store } from '../../db/store.ts'
import type { Db } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Filled, Reader, Wording } from './wording.ts'
import { noteAudit } from '../events/audit.ts'

const maxTemplates = 500

/** Says for whom a preview is made: a customer, or the person with this number; no particular person if both are undefined. */
export interface PreviewFor extends TemplateUse {
  customerId?: CustomerId | undefined
  jid?: string | undefined
}

/** Undefined leaves a text, null removes it. */
type TextsPatch = Partial<Record<Language, string | null | undefined>>

/** Manages templates: named texts with variables. */
export class Templates {
  private readonly parts: { store: Store; clock: Clock; wording: Pick<Wording, 'find' | 'fill'> }

  constructor(parts: Templates['parts']) {
    this.parts = parts
  }

  /** @throws AppError invalid_request for an invalid text; conflict if the name is in use */
  async create(
    accountId: AccountId,
    { name, texts }: { name: string; texts: TextsPatch },
  ): Promise<Template> {
    const checked = checkTexts(name, given(texts))
    const at = this.parts.clock.now()
    return this.parts.store.write(async (trx) => {
      if ((await countTemplates(trx, accountId)) >= maxTemplates) {
        throw new AppError(
          'conflict',
          `The limit of ${maxTemplates} templates is reached: delete some first.`,
        )
      }
      const template = { name, texts: checked, createdAt: at, updatedAt: at }
      if (!(await insertTemplate(trx, accountId, template))) {
        throw new AppError('conflict', `A template ${name} already exists.`)
      }
      await noteAudit(trx, { action: 'template.created', accountId, subject: `template ${name}` }, at)
      return template
    })
  }

  list(accountId: AccountId, page: { after?: string | undefined; limit: number }): Promise<Template[]> {
    return listTemplates(this.parts.store.read, accountId, page)
  }

  /** @throws AppError not_found */
  get(accountId: AccountId, name: string): Promise<Template> {
    return getTemplate(this.parts.store.read, accountId, name)
  }

  /** Sets the given texts and removes null ones. @throws AppError not_found; invalid_request */
  async update(accountId: AccountId, name: string, patch: TextsPatch): Promise<Template> {
    return this.parts.store.write(async (trx) => {
      const before = await getTemplate(trx, accountId, name)
      const texts = checkTexts(name, given({ ...before.texts, ...set(patch) }))
      const updatedAt = this.parts.clock.now()
      await updateTemplate(trx, accountId, { name, texts, updatedAt })
      await noteAudit(trx, { action: 'template.changed', accountId, subject: `template ${name}` }, updatedAt)
      return { ...before, texts, updatedAt }
    })
  }

  /** @throws AppError not_found; conflict while a schedule uses it */
  async remove(accountId: AccountId, name: string): Promise<void> {
    await this.parts.store.write(async (trx) => {
      await getTemplate(trx, accountId, name)
      const count = await schedulesOfTemplate(trx, accountId, name)
      if (count > 0) {
        const who = count === 1 ? 'A schedule is' : `${count} schedules are`
        throw new AppError('conflict', `${who} to send this template: cancel or change that first.`)
      }
      await deleteTemplate(trx, accountId, name)
      const audited = { action: 'template.deleted', accountId, subject: `template ${name}` } as const
      await noteAudit(trx, audited, this.parts.clock.now())
    })
  }

  /**
   * Returns the text as a recipient would get it. Missing variables are named and stay in the text.
   * @throws AppError not_found; invalid_request for a language or a variable that the template does not have
   */
  async preview(accountId: AccountId, use: PreviewFor): Promise<Filled> {
    const { store, wording } = this.parts
    const template = await wording.find(store.read, accountId, use)
    const reader = await this.readerOf(accountId, use)
    return wording.fill(store.read, accountId, { template, use, reader })
  }

  private async readerOf(accountId: AccountId, { customerId, jid }: PreviewFor): Promise<Reader> {
    const { read } = this.parts.store
    if (customerId !== undefined) {
      const customer = await findCustomer(read, accountId, customerId)
      if (!customer) throw new AppError('not_found', 'No such customer')
      return { customer }
    }
    return { customer: jid === undefined ? undefined : await findCustomerByJid(read, accountId, jid) }
  }
}

/** Returns the texts that a patch sets or removes. */
function set(patch: TextsPatch): TextsPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, text]) => text !== undefined))
}

/** Returns the texts that are set. */
function given(texts: TextsPatch): TemplateTexts {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'))
}

/** Cleans the texts of control characters. @throws AppError invalid_request naming every fault */
function checkTexts(name: string, texts: TemplateTexts): TemplateTexts {
  const clean = Object.entries(texts).map(([language, text]) => [language, cleanText(text)] as const)
  const faults: ErrorDetail[] = clean.flatMap(([language, text]) => {
    const message = faultOfText(text)
    return message === undefined ? [] : [{ field: `body.texts.${language}`, message }]
  })
  if (clean.length === 0)
    faults.push({ field: 'body.texts', message: 'expected a text in at least one language' })
  const checked: TemplateTexts = Object.fromEntries(clean)
  const own = variablesOfTexts(checked).filter((variable) => !isKnown(variable))
  if (name === reminderTemplate && own.length > 0) {
    const message = `a reminder has no value for ${own.join(', ')}: use only variables that the gateway knows`
    faults.push({ field: 'body.texts', message })
  }
  const [first] = faults
  if (first === undefined) return checked
  const where = first.field.slice('body.'.length)
  throw new AppError('invalid_request', `Invalid parameter ${where}: ${first.message}`, { details: faults })
}

async function getTemplate(db: Db, accountId: AccountId, name: string): Promise<Template> {
  const template = await findTemplate(db, accountId, name)
  if (!template) throw new AppError('not_found', `No such template: ${name}`)
  return template
}
