import { ControlError, type Fields } from './control-request.ts'
import type { Phone } from '../people/phone.ts'
import type { Assertion } from '../linking/webauthn.ts'

/** Protects an account by a passkey; `required: false` ends that. The other fields set the network's behaviour. */
export function setProtection(phone: Phone, body: Fields): void {
  const required = body.required('required', 'boolean')
  const embedsRequest = body.optional('embedsRequest', 'boolean')
  const challengeMs = body.optional('challengeMs', 'number')
  const trustsHandoff = body.optional('trustsHandoff', 'boolean')
  body.end()
  if (!required) return phone.unprotect()
  phone.protect({
    ...(embedsRequest === undefined ? {} : { embedsRequest }),
    ...(challengeMs === undefined ? {} : { challengeMs }),
    ...(trustsHandoff === undefined ? {} : { trustsHandoff }),
  })
}

/** Signs a request as the owner's browser does, at WhatsApp's page or at another origin. */
export function signWithPasskey(phone: Phone, body: Fields): Assertion {
  const request = body.object('request')
  const origin = body.optional('origin', 'string')
  body.end()
  if (!request) throw new ControlError(400, 'request is missing')
  if (!phone.protection) throw new ControlError(400, 'This account has no passkey')
  const [challenge, rpId] = [request.required('challenge', 'string'), request.required('rpId', 'string')]
  return phone.protection.authenticator.assert({ challenge, rpId }, origin)
}
