import { z } from 'zod'

/** In the answer to whoever switches the bot on. */
export const warningField = z.string().optional().meta({
  description:
    'There while the bot is switched on and cannot answer: no language model is configured, or it is down',
})

/**
 * The warning of an answer that says whether the bot is on; empty where it is off or can answer.
 * @param model how the language model is
 */
export function botWarning(
  isOn: boolean,
  model: { state: 'ok' | 'untried' | 'down' | 'missing'; say: string },
): { warning?: string } {
  const answers = model.state === 'ok' || model.state === 'untried'
  return isOn && !answers ? { warning: `The bot is switched on. ${model.say}` } : {}
}
