import { z } from 'zod'
import { Settings } from '../../../core/settings.ts'
import { botWarning, warningField } from '../../shared/bot-warning.ts'
import { ConfigBody } from '../../shared/settings.ts'

const fields = Settings.shape

/** Rules, as a text or a list of texts. */
const guardrails = z
  .union([z.string(), z.array(z.string())], { error: 'expected a text or an array of texts' })
  .transform((rules) => (typeof rules === 'string' ? rules : rules.join('\n')))
  .pipe(fields.guardrails)

/** The body of `POST /config`: a value sets a key, `null` returns it to the configuration file's value. */
export const ConfigPatchBody = z.strictObject({
  businessName: fields.businessName.nullish().meta({ description: 'Name of the business' }),
  businessDescription: fields.businessDescription.nullish().meta({ description: 'What the business does' }),
  botPurpose: fields.botPurpose.nullish().meta({ description: 'The purpose of the bot' }),
  guardrails: guardrails.nullish().meta({ description: 'Rules that the bot follows' }),
  customInstructions: fields.customInstructions.nullish().meta({ description: 'Further instructions' }),
  botNewChats: fields.botNewChats.nullish().meta({ description: 'Whether the bot answers new chats' }),
})

export const ConfigAnswer = z
  .object({ success: z.literal(true), config: ConfigBody, warning: warningField })
  .meta({ id: 'BotonConfig' })

/** Shows the settings. @param model the model's state: an enabled bot without one gets a warning */
export function presentConfig(
  settings: Settings,
  model: Parameters<typeof botWarning>[1],
): z.input<typeof ConfigAnswer> {
  return { success: true, config: settings, ...botWarning(settings.botNewChats, model) }
}
