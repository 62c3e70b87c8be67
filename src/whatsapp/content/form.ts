import type { proto } from '@whiskeysockets/baileys'
import type { Choice, Facts } from '../../core/content.ts'
import type { KindDetails } from '../../core/message-body.ts'
import { label, words } from './checked.ts'
import { flatFields, memberOf, parseJson } from './flat-json.ts'
import type { FlatField } from './flat-json.ts'

/** Fields that WhatsApp adds for the business's servers. */
const technical = new Set([
  'id',
  'flow_token',
  'flow_id',
  'flow_name',
  'version',
  'wa_flow_response_params.flow_id',
])
/** Placeholder texts of phones. */
const wordless = new Set(['', 'sent', 'enviado', 'response sent', 'respuesta enviada', 'resposta enviada'])

/** Holds an answer: the words, the tapped option, and the fields of a form. */
export interface ReadAnswer {
  text: string
  details: KindDetails['text']
}

/**
 * Reads the answer to a business's offer: a button, a list row, a form (WhatsApp Flow), an address. Forms answer in
 * JSON designed by the business.
 */
export function readFormAnswer({
  body,
  nativeFlowResponseMessage: flow,
}: proto.Message.IInteractiveResponseMessage): ReadAnswer {
  const params = parseJson(flow?.paramsJson)
  const fields = params === undefined ? rawField(flow?.paramsJson) : answersIn(params)
  const said = words(body?.text)
  const shown = said === '' ? words(memberOf(params, 'title') ?? memberOf(params, 'display_text')) : said
  const choice = choiceIn(params, shown)
  const isForm = choice === undefined || fields.length > 0
  const lines = fields.map(({ name, value }) => (name === '' ? value : `${name}: ${value}`))
  const head = isForm && fields.length > 0 && wordless.has(shown.trim().toLowerCase()) ? [] : [shown]
  const facts: Facts = Object.fromEntries(
    fields.map(({ name, value }) => [name === '' ? 'answer' : name, value]),
  )
  return {
    text: words([...head, ...lines].filter((line) => line !== '').join('\n')),
    details: { ...(choice ? { choice } : {}), ...(fields.length > 0 ? { facts } : {}) },
  }
}

/** Returns the tapped option; undefined for a form that names none. */
function choiceIn(params: unknown, title: string): Choice | undefined {
  const id = label(memberOf(params, 'id'), 256)
  const isForm = typeof params === 'object' && params !== null && id === ''
  if (isForm && flatFields(params).length > 0) return undefined
  return { id, title: label(title), description: label(memberOf(params, 'description'), 500) }
}

/** Lists the fields of a form, without the names that only wrap them. */
function answersIn(params: unknown): FlatField[] {
  const isChoice = memberOf(params, 'id') !== undefined
  return flatFields(params)
    .map(({ name, value }) => ({
      name: name.replace(/^(values|response|wa_flow_response_params)\./, ''),
      value,
    }))
    .filter(({ name }) => !technical.has(name))
    .filter(({ name }) => !isChoice || !['title', 'description', 'display_text'].includes(name))
}

/** Keeps invalid JSON as it came. */
function rawField(json: unknown): FlatField[] {
  const value = words(json).slice(0, 2000)
  return value.trim() === '' ? [] : [{ name: '', value }]
}
