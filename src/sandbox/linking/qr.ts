/** The contents of a companion's QR code. */
export interface QrCode {
  readonly ref: string
  readonly noiseKey: Buffer
  readonly identity: Buffer
  readonly advSecret: Buffer
}

const prefix = /^https:\/\/wa\.me\/settings\/linked_devices#/

/** Parses a QR code's text. @throws Error for a person to read if it is no such code */
export function parseQr(text: string): QrCode {
  const [ref, ...keys] = text.trim().replace(prefix, '').split(',')
  const [noiseKey, identity, advSecret] = keys.slice(0, 3).map((key) => Buffer.from(key, 'base64'))
  const complete = ref && noiseKey?.length === 32 && identity?.length === 32 && advSecret?.length === 32
  if (!complete) throw new Error('This is not a QR code of WhatsApp')
  return { ref, noiseKey, identity, advSecret }
}
