import { readAttributes } from './control-attributes.ts'
import { ControlError, type Fields } from './control-request.ts'
import type { SendOptions } from '../people/correspondence.ts'
import type { Customer } from '../people/customer.ts'
import type { MediaDraft } from '../media/phone-media.ts'
import { mediaKinds, type MediaKind } from '../media/media-kinds.ts'
import type { Phone } from '../people/phone.ts'

/** Describes a file to send. */
export interface MediaRequest extends Omit<SendOptions, 'ad'> {
  kind: MediaKind
  /** One of three: base64, a path on this machine, or a number of bytes to generate. */
  data?: string
  path?: string
  size?: number
  mimetype?: string
  caption?: string
  fileName?: string
  seconds?: number
}

/** Sends a file as a customer or from the phone. */
export async function sendMedia(from: Phone | Customer, body: Fields): Promise<{ id: string }> {
  const to = body.required('to', 'string')
  const draft = readDraft(body)
  const options = {
    id: body.optional('id', 'string'),
    timestamp: body.optional('timestamp', 'number'),
    addressing: body.oneOf('addressing', ['pn', 'lid'] as const),
    attributes: readAttributes(body),
  }
  body.end()
  return { id: await from.sendMedia(to, draft, options) }
}

function readDraft(body: Fields): MediaDraft {
  const kind = body.oneOf('kind', mediaKinds)
  if (kind === undefined) throw new ControlError(400, 'kind is missing')
  const words = ['mimetype', 'caption', 'fileName'] as const
  const given = words.map((name) => [name, body.optional(name, 'string')] as const)
  const seconds = body.optional('seconds', 'number')
  return {
    kind,
    content: readContent(body),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(seconds === undefined ? {} : { seconds }),
  }
}

function readContent(body: Fields): MediaDraft['content'] {
  const [data, path] = [body.optional('data', 'string'), body.optional('path', 'string')]
  const size = body.optional('size', 'number')
  const contents = [
    ...(data === undefined ? [] : [Buffer.from(data, 'base64')]),
    ...(path === undefined ? [] : [{ path }]),
    ...(size === undefined ? [] : [{ size }]),
  ]
  const [content] = contents
  if (!content || contents.length > 1) throw new ControlError(400, 'One of data, path and size is needed')
  return content
}
