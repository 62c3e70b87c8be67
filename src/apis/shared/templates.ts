import { z } from 'zod'
import {
  isVariableName,
  knownVariables,
  languages,
  maxTextLength,
  maxValueLength,
  templateName,
  variablesOfTexts,
} from '../../features/sending/rules/template.ts'
import type { Language, Template } from '../../features/sending/rules/template.ts'
import { countParam, addressField } from './params.ts'
import { iso } from './times.ts'

const expectedName = 'expected 1 to 64 lower-case letters, digits, - and _'

/** A template's name, in a path or a body. */
const templateNameField = z
  .string({ error: expectedName })
  .regex(templateName, expectedName)
  .meta({ description: 'The name of the template', example: 'order-ready' })

const language = z.enum(languages).meta({
  description: 'Default: the customer’s language, else the account’s, else any it has',
})

const maxGiven = 50
const expectedValue = `expected 1 to ${maxValueLength} characters, or a number`

const value = z
  .union([z.string().min(1, expectedValue).max(maxValueLength, expectedValue), z.number()], {
    error: expectedValue,
  })
  .transform(String)
  .meta({ type: ['string', 'number'] })

const variables = z
  .record(z.string(), value)
  .superRefine((given, ctx) => {
    const names = Object.keys(given)
    if (names.length > maxGiven)
      ctx.addIssue({ code: 'custom', message: `expected at most ${maxGiven} variables` })
    for (const name of names.filter((each) => !isVariableName(each)).slice(0, maxGiven)) {
      ctx.addIssue({ code: 'custom', path: [name.slice(0, 60)], message: 'expected the name of a variable' })
    }
  })
  .meta({
    description: 'Values for the template’s own fields, or to replace those that the gateway knows',
    example: { order: 'A-17' },
  })

const useFields = { language: language.optional(), variables: variables.optional() }

/** A template in place of a text. */
export const TemplateField = z.strictObject({ name: templateNameField, ...useFields }).meta({
  description: 'A template instead of a message',
})

const text = z
  .string({ error: 'expected text' })
  .min(1)
  .max(2 * maxTextLength)
  .meta({
    description: `1 to ${maxTextLength} characters, with variables such as {{customer.name}}, or {{customer.name|there}} with a fallback`,
  })

const texts = (field: z.ZodType<string | null>) =>
  z.strictObject({ es: field.optional(), pt: field.optional(), en: field.optional() })

export const TemplateCreate = z.strictObject({
  name: templateNameField,
  texts: z
    .strictObject({ es: text.optional(), pt: text.optional(), en: text.optional() })
    .meta({ description: 'The text in at least one language' }),
})

export const TemplatePatch = z.strictObject({
  texts: texts(text.nullable()).meta({ description: 'Sets the given texts; null removes one' }),
})

export const TemplateParams = z.strictObject({ name: templateNameField })

export const TemplatesQuery = z.strictObject({
  after: templateNameField.optional().meta({ description: 'Only names after this one' }),
  limit: countParam({ description: 'How many templates', default: 50, min: 1, clampTo: 200 }),
})

export const PreviewInput = z
  .strictObject({
    customerId: z.int().positive().optional().meta({ description: 'Preview for this customer' }),
    to: addressField(z.string().max(100))
      .optional()
      .meta({ type: 'string', description: 'Preview for this number', example: '5491112345678' }),
    ...useFields,
  })
  .refine(({ customerId, to }) => customerId === undefined || to === undefined, {
    path: ['to'],
    error: 'expected either customerId or to',
  })

const textOut = z.string().optional()

export const TemplateBody = z
  .object({
    name: z.string(),
    texts: z.object({ es: textOut, pt: textOut, en: textOut }),
    variables: z.array(z.string()).meta({ description: 'The variables of its texts' }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Template' })

export const TemplateList = z.object({ templates: z.array(TemplateBody) }).meta({ id: 'Templates' })

export const TemplateDeleted = z
  .object({ name: z.string(), deleted: z.literal(true) })
  .meta({ id: 'TemplateDeleted' })

export const PreviewBody = z
  .object({
    text: z
      .string()
      .meta({ description: 'The text as it would be sent; missing values leave their placeholder' }),
    language: z.enum(languages),
    variables: z.array(z.object({ name: z.string(), value: z.string().nullable() })),
    missing: z
      .array(z.string())
      .meta({ description: 'Variables without a value: while there is any, nothing is sent' }),
  })
  .meta({ id: 'TemplatePreview' })

/** Shows a template with its variables. */
export function presentTemplate(template: Template): z.input<typeof TemplateBody> {
  const { name, texts: said, createdAt, updatedAt } = template
  return {
    name,
    texts: said,
    variables: variablesOfTexts(said),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  }
}

/** Shows a template as a recipient would get it. */
export function presentPreview(filled: {
  text: string
  language: Language
  variables: { name: string; value: string | null }[]
  missing: string[]
}): z.input<typeof PreviewBody> {
  return filled
}

/** The variables that the gateway fills in, for the document. */
export const variablesInWords = Object.entries(knownVariables)
  .map(([name, say]) => `\`{{${name}}}\` – ${say}`)
  .join('; ')
