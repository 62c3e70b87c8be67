import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Signs and checks short-lived tokens for one path each: an `<img>` cannot send an Authorization header. */
export interface UrlSigner {
  /** Returns `<expiry in Unix seconds>.<base64url HMAC-SHA256>` for `?token=`. */
  sign(path: string, ttlMs: number): string
  verify(path: string, token: string): boolean
}

/** Creates a signer whose tokens are valid for as long as the secret stays the same. */
export function makeUrlSigner(secret: string, clock: Clock): UrlSigner {
  const digest = (path: string, end: string) =>
    createHmac('sha256', secret).update(`${end}\n${path}`).digest()
  return {
    sign(path, ttlMs) {
      const end = String(Math.ceil((clock.now().getTime() + ttlMs) / 1000))
      return `${end}.${digest(path, end).toString('base64url')}`
    },
    verify(path, token) {
      const [, end, signature] = /^(\d{1,12})\.([\w-]{43})$/.exec(token) ?? []
      if (end === undefined || signature === undefined) return false
      if (!timingSafeEqual(digest(path, end), Buffer.from(signature, 'base64url'))) return false
      return Number(end) * 1000 > clock.now().getTime()
    },
  }
}
