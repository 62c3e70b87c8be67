import { z } from 'zod'

export const botPurposes = ['attend', 'schedule', 'support', 'sell'] as const
/** Names the purpose of the assistant. */
export type BotPurpose = (typeof botPurposes)[number]

/** The assistant's configuration of one account, as `POST /config` sets it. */
export const Settings = z.strictObject({
  businessName: z.string().max(120),
  businessDescription: z.string().max(4000),
  botPurpose: z.enum(botPurposes),
  guardrails: z.string().max(4000),
  customInstructions: z.string().max(4000),
  botNewChats: z.boolean(),
})
/** Holds the settings of one account. */
export type Settings = z.infer<typeof Settings>
/** Names a setting. */
export type SettingKey = keyof Settings

/** Says where a value comes from: the API (database), the file or environment, or the built-in default. */
export type SettingSource = 'api' | 'file' | 'default'

/** Holds the source of each setting. */
export type SettingSources = Record<SettingKey, SettingSource>

/** Describes a change: a value sets a key, `null` returns it to the file's value, `undefined` leaves it. */
export type SettingsPatch = { [K in SettingKey]?: Settings[K] | null | undefined }

export const defaultSettings: Settings = {
  businessName: '',
  businessDescription: '',
  botPurpose: 'attend',
  guardrails: '',
  customInstructions: '',
  // A fresh installation must not answer strangers unasked.
  botNewChats: false,
}
