/**
 * Runs inside a page of WhatsApp. Shows a button there, because browsers want a click in the page before they ask for a
 * passkey, and resolves with the assertion as JSON, or with the reason why there is none. It has to be complete in itself:
 * the browser carries its source text over.
 *
 * @param {Record<string, any>} request the WebAuthn request, bytes in base64url
 * @returns {Promise<{ assertion: object } | { error: string }>}
 */
export async function signHere(request) {
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '')
  const publicKey = {
    ...request,
    challenge: toBytes(request.challenge),
    allowCredentials: (request.allowCredentials ?? []).map((credential) => ({
      ...credential,
      id: toBytes(credential.id),
    })),
  }
  const button = document.createElement('button')
  button.textContent = 'Link the gateway: sign with your passkey'
  button.style.cssText =
    'position:fixed;z-index:2147483647;top:24px;left:50%;transform:translateX(-50%);padding:16px 24px;' +
    'font:600 18px sans-serif;color:#fff;background:#0a7d5a;border:0;border-radius:8px;cursor:pointer'
  document.body.append(button)
  try {
    await new Promise((resolve) => button.addEventListener('click', resolve, { once: true }))
    const { id, rawId, type, response } = await navigator.credentials.get({ publicKey })
    return {
      assertion: {
        id,
        rawId: toText(rawId),
        type,
        response: {
          clientDataJSON: toText(response.clientDataJSON),
          authenticatorData: toText(response.authenticatorData),
          signature: toText(response.signature),
          userHandle: response.userHandle ? toText(response.userHandle) : null,
        },
      },
    }
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  } finally {
    button.remove()
  }
}
