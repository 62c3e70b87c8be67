import { signHere } from './sign.js'

const pageOfWhatsApp = 'https://web.whatsapp.com/'
const field = (id) => document.getElementById(id)

let path = ''
let key = ''

field('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const gateway = new URL(field('gateway').value)
  if (!keepsSecrets(gateway)) {
    return say('The key would go there readable for everybody on the way: use an address with https://.')
  }
  path = `${gateway.origin}/v1/whatsapp/accounts/${encodeURIComponent(field('account').value.trim())}/passkey`
  key = field('key').value.trim()
  // Asked for in the click itself: browsers grant it only there.
  chrome.permissions
    .request({ origins: [`${gateway.protocol}//${gateway.hostname}/*`] })
    .then((granted) => (granted ? run() : say('The browser does not let this page talk to the gateway.')))
    .catch((error) => say(String(error)))
})

field('confirmation').addEventListener('submit', (event) => {
  event.preventDefault()
  call('/confirmation', { code: field('typed').value }).then(show, (error) => say(error.message))
})

/** Tells whether the connection is encrypted or stays on this machine. */
function keepsSecrets({ protocol, hostname }) {
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  )
}

async function run() {
  try {
    const { request, say: words } = await call('')
    if (!request) return say(words)
    say('Sign at the page of WhatsApp that opens now: press the green button there.')
    const result = await signAtWhatsApp(request)
    if ('error' in result) return say(`The passkey was not used. ${result.error}`)
    show(await call('', result.assertion))
    await follow()
  } catch (error) {
    say(error.message)
  }
}

async function signAtWhatsApp(request) {
  const tab = await chrome.tabs.create({ url: pageOfWhatsApp, active: true })
  await loaded(tab.id)
  const [injected] = await chrome.scripting.executeScript({
    target: { tabId: tab.id },
    world: 'MAIN',
    func: signHere,
    args: [request],
  })
  await chrome.tabs.remove(tab.id)
  return injected?.result ?? { error: 'The page of WhatsApp gave no answer.' }
}

function loaded(id) {
  return new Promise((resolve) => {
    const look = (changed, { status }) => {
      if (changed !== id || status !== 'complete') return
      chrome.tabs.onUpdated.removeListener(look)
      resolve()
    }
    chrome.tabs.onUpdated.addListener(look)
  })
}

/** Until nothing is asked any more: the account is linked then, or the gateway says why not. */
async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const state = await call('').catch((error) => ({ step: null, say: error.message, code: null }))
    show(state)
    if (state.step === null) return
  }
}

function show({ step, say: words, code }) {
  say(words)
  field('code').textContent = code ?? ''
  field('confirmation').hidden = step !== 'confirmation'
}

function say(words) {
  field('say').textContent = words
}

async function call(tail, body) {
  const response = await fetch(path + tail, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message ?? `HTTP ${response.status}`)
  return answer
}
