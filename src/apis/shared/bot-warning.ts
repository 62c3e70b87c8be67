import { z } from 'zod'

/** Answers the caller that enables the bot. */
export const warningField = z.string().optional().meta({
  description:
    'Present while the bot is on but cannot answer: no language model is configured, or it is down',
})

/**
 * Returns the warning for an answer that says whether the bot is enabled; empty if it is off or can answer.
 * @param model the model's state
 */
export function botWarning(
  isOn: boolean,
  model: { state: 'ok' | 'untried' | 'down' | 'missing'; say: string },
): { warning?: string } {
  const answers = model.state === 'ok' || model.state === 'untried'
  return isOn && !answers ? { warning: `The bot is on. ${model.say}` } : {}
}
