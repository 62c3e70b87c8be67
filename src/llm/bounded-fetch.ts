import { ModelFault } from '../features/bot/rules/bot-model.ts'

/** Maximum bytes of a response after inflation; the longest useful one has a hundredth of it. */
const maxAnswerBytes = 2 * 2 ** 20
/** Maximum bytes read of an error response; the rest is cut off. */
const maxRefusalBytes = 16 * 1024

/**
 * Fetches for the OpenAI library: bounds responses in size and follows no redirect, which would hand the conversation to
 * another host. The library's timeout and the caller's signal hold until the body has arrived.
 * @throws ModelFault broken for a response that is too large; the network's errors
 */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'manual' })
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  if (!response.ok) {
    const said = await readWithin(response, maxRefusalBytes, 'cut')
    // The library shows the reason only in OpenAI's form; this makes every server's reason visible.
    headers.set('content-type', 'application/json')
    const body = JSON.stringify({ error: { message: said.toString('utf8') } })
    return new Response(status === 304 ? null : body, { status, statusText, headers })
  }
  const body = await readWithin(response, maxAnswerBytes, 'refuse')
  return new Response(body.length === 0 ? null : new Uint8Array(body), { status, statusText, headers })
}

async function readWithin(response: Response, limit: number, beyond: 'cut' | 'refuse'): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  // Leaving the loop early cancels the body, and with it the connection.
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > limit && beyond === 'refuse')
      throw new ModelFault('broken', `The model's server answered with more than ${limit} bytes.`)
    pieces.push(piece)
    if (length >= limit && beyond === 'cut') break
  }
  return Buffer.concat(pieces).subarray(0, limit)
}
