import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** The header that carries the token of the control API. */
export const tokenHeader = 'x-sandbox-token'

/** Makes a token for one run of a sandbox: 128 bits in hex. */
export function newControlToken(): string {
  return randomBytes(16).toString('hex')
}

/** Writes the address of a control API: the token stands behind `#`, which no HTTP client sends or logs on its way. */
export function controlAddress(base: string, token: string): string {
  return `${base}/#${token}`
}

/** Takes an address apart, as {@link controlAddress} writes it: the address without the token, and the headers with it. */
export function readControlAddress(address: string): { base: string; headers: Record<string, string> } {
  const [base = '', token = ''] = address.split('#')
  return { base: base.replace(/\/$/, ''), headers: token === '' ? {} : { [tokenHeader]: token } }
}

/** Compares a header with the token, in constant time. */
export function isToken(given: string | string[] | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(token))
}
