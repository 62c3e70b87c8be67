import { readFile } from 'node:fs/promises'
import { questionFault } from '../rules/bot-model.ts'
import type { Model, ModelImage } from '../rules/bot-model.ts'
import type { RunningTurn } from '../rules/bot-turn.ts'
import type { MediaFile, MediaReader } from '../../media/media-reader.ts'
import type { Message } from '../../messages/message.ts'
import type { BotBrief, BotBriefs } from '../bot-brief.ts'
import type { Logger } from '../../../util/logger.ts'
import { cleaned } from './text.ts'

/** The maximum size of audio in bytes: that of WhatsApp's Cloud API. */
const maxVoiceBytes = 16 * 2 ** 20
/** The maximum size of a picture in bytes; phones' pictures are far smaller. */
const maxImageBytes = 4 * 2 ** 20
const maxImages = 4
const imageTypes = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif'])
const maxTranscriptLength = 4000

/** Holds the dependencies of reading files. */
export interface AttachmentParts {
  model: Pick<Model, 'takesImages' | 'takesSpeech' | 'transcribe'>
  /** Reads the files; none can be read if undefined. */
  media?: MediaReader
  briefs: Pick<BotBriefs, 'heard'>
  log: Logger
}

/**
 * Adds to the brief the transcripts of voice notes and the pictures to answer. Unreadable files stay as they are, for a person
 * to look at.
 */
export async function readAttachments(
  turn: RunningTurn,
  brief: BotBrief,
  parts: AttachmentParts,
  signal: AbortSignal,
): Promise<BotBrief> {
  const { media } = parts
  if (!media) return brief
  const heard = new Map<number, string>()
  const images = new Map<number, ModelImage>()
  for (const message of brief.asked) {
    const open = () => within(media.open(message.id), signal)
    try {
      if (message.kind === 'audio' && message.text === '' && parts.model.takesSpeech) {
        const said = await hear(turn, message, { parts, file: await open() }, signal)
        if (said !== undefined) heard.set(message.id, said)
      } else if (message.kind === 'image' && parts.model.takesImages && images.size < maxImages) {
        const image = await see(await open())
        if (image) images.set(message.id, image)
      }
    } catch (error) {
      signal.throwIfAborted()
      parts.log.warn({ turn: turn.id, ...questionFault(error) }, 'a file of a customer could not be read')
    }
  }
  const spoken = (message: Message) => {
    const text = heard.get(message.id)
    return text === undefined ? message : { ...message, text }
  }
  return { ...brief, messages: brief.messages.map(spoken), asked: brief.asked.map(spoken), images }
}

async function hear(
  turn: RunningTurn,
  message: Message,
  { parts, file }: { parts: AttachmentParts; file: MediaFile | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!file || file.size > maxVoiceBytes) return undefined
  const text = cleaned(await parts.model.transcribe(file, signal), maxTranscriptLength).trim()
  if (text === '') return undefined
  await parts.briefs.heard(turn, message.id, text)
  return text
}

async function see(file: MediaFile | undefined): Promise<ModelImage | undefined> {
  if (!file || file.size > maxImageBytes || !imageTypes.has(file.mimeType)) return undefined
  return { mimeType: file.mimeType, base64: (await readFile(file.path)).toString('base64') }
}

/** Resolves with the outcome, or rejects with the signal's reason if it aborts first. */
function within<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error)
    signal.addEventListener('abort', giveUp, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
