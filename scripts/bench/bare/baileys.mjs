// The floor: Baileys alone, as its own documentation shows it, with a file for each key and a line for each message.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import {
  DEFAULT_CONNECTION_CONFIG,
  WA_CERT_DETAILS,
  makeWASocket,
  useMultiFileAuthState,
} from '@whiskeysockets/baileys'

const [url, rootKey, folder] = process.argv.slice(2)
for (const method of ['log', 'info', 'warn', 'error']) console[method] = () => undefined
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'base64')
const silent = { level: 'silent', child: () => silent }
for (const level of ['trace', 'debug', 'info', 'warn', 'error']) silent[level] = () => undefined

const { state, saveCreds } = await useMultiFileAuthState(folder)
let qr
let open = false
let count = 0
let sock

function connect() {
  sock = makeWASocket({
    ...DEFAULT_CONNECTION_CONFIG,
    waWebSocketUrl: url,
    auth: state,
    logger: silent,
    markOnlineOnConnect: false,
  })
  sock.ev.on('creds.update', saveCreds)
  sock.ev.on('connection.update', (update) => {
    if (update.qr) qr = update.qr
    if (update.connection === 'open') open = true
    if (update.connection === 'close') connect()
  })
  sock.ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) {
      if (message.key.fromMe || !message.message) continue
      count++
      appendFileSync(`${folder}/messages.jsonl`, `${JSON.stringify(message)}\n`)
    }
  })
}
connect()

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    const answer = { qr, open, count, rss: process.memoryUsage.rss(), cpu: process.cpuUsage() }
    if (request.method === 'POST') {
      const { to, message } = JSON.parse(Buffer.concat(chunks).toString())
      const sent = await sock.sendMessage(`${to}@s.whatsapp.net`, { text: message })
      answer.id = sent.key.id
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
