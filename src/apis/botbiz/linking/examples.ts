const expires_at = '2026-03-25T14:02:40Z'

export const number = { phone_number: '+5491138620812' }

export const code = { code: 'ABCD-EFGH' }

export const pairingCode = { ...code, expires_at }

export const request = {
  step: 'assertion',
  say: 'WhatsApp protects this account with a passkey, so a code alone does not link it.',
  request: {
    challenge: 'q2Jc0k3m8Q',
    rpId: 'whatsapp.com',
    timeout: 60_000,
    allowCredentials: [{ id: 'kT9xWw', type: 'public-key', transports: ['hybrid', 'internal'] }],
    userVerification: 'required',
  },
  code: null,
  expires_at,
}

export const assertion = {
  id: 'kT9xWw',
  rawId: 'kT9xWw',
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
    authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4',
    signature: 'MEUCIQDx',
    userHandle: null,
  },
}

export const phone = {
  step: 'phone',
  say: 'WhatsApp accepted the passkey. Keep WhatsApp open on the phone: it has to answer now.',
  request: null,
  code: null,
  expires_at,
}

export const finishing = {
  step: 'finishing',
  say: 'The phone is about to link this device.',
  request: null,
  ...code,
  expires_at,
}
