import { z } from 'zod'
import { Settings } from '../../core/settings.ts'
import type { SettingSource, SettingSources } from '../../core/settings.ts'

const sources = ['api', 'file', 'default'] as const satisfies readonly SettingSource[]
const source = z.enum(sources)

/** The assistant's six settings. */
export const ConfigBody = z.object(Settings.shape).meta({ id: 'Config' })

/** The settings, with the source of each. */
export const ConfigReport = z
  .object({
    config: ConfigBody,
    sources: z
      .object({
        businessName: source,
        businessDescription: source,
        botPurpose: source,
        guardrails: source,
        customInstructions: source,
        botNewChats: source,
      })
      .meta({
        description: 'api: set by POST /config; file: configuration file or environment; default: built in',
      }),
  })
  .meta({ id: 'ConfigReport' })

/** Shows the settings with their sources. */
export function presentConfigReport(held: {
  settings: Settings
  sources: SettingSources
}): z.input<typeof ConfigReport> {
  return { config: held.settings, sources: held.sources }
}
