// Texts that are hard to read, and a language model's server that means harm.
import { gzipSync } from 'node:zlib'
import { account, drip, filled, isShort, pour, speak } from './arena.mjs'

/** Each nearly matches a pattern again and again, or takes long to compare. */
const pieces = [
  'a',
  'a.',
  'a-',
  '7',
  '1 111,',
  'a@a.',
  '😀',
  'ñ\u0301\u0308',
  '\u200d\u200b',
  'ﷺ',
  '\u0663\u0664',
  '中',
  '{{',
  '*_~',
  '"\\',
  'http://a.',
  '@1 ',
  '\n> ',
]

/** Has the bot answer a customer, and says how its turn ended. */
async function turnOf(arena, text) {
  const phone = await arena.customer()
  await arena.control.sendAsCustomer(phone, account, text)
  const turn = await arena.comes(
    'the turn of the bot ends',
    async () => {
      const { text: said, status } = await arena.ask(`/api/v1/bot/turns?chat=${phone}`)
      if (status !== 200) return undefined
      const [latest] = JSON.parse(said).turns
      return latest?.state === 'done' && latest
    },
    70_000,
  )
  return { phone, turn }
}

const texts = {
  name: `texts of 65,536 hostile characters, in ${pieces.length} alphabets, to the bot`,
  async act(arena) {
    arena.model = speak('Gracias, lo miro.')
    for (const piece of isShort ? pieces.slice(0, 6) : pieces) {
      const { turn } = await turnOf(arena, filled(piece))
      arena.holds(turn?.outcome !== undefined, `the turn about ${JSON.stringify(piece)} has an outcome`)
      arena.holds(
        turn?.reason !== 'turn_timed_out',
        `the turn about ${JSON.stringify(piece)} was over in time`,
      )
    }
  },
}

const answers = {
  'an answer of 1 GB that was packed': (req, res) => {
    req.resume()
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
  },
  'an answer that does not end': (req, res) => {
    req.resume()
    res.writeHead(200, { 'content-type': 'application/json' })
    void pour(res, Buffer.alloc(65_536, '{"a":'))
  },
  'a refusal that does not end': (req, res) => {
    req.resume()
    res.writeHead(400, { 'content-type': 'text/html' })
    void pour(res, Buffer.alloc(65_536, '<b>no</b>'))
  },
  '200,000 tool calls': (req, res) => speak(null, { tool_calls: toolCalls(200_000) })(req, res),
  '20,000 tool calls written as text': speak(filled('{"name":"handover","arguments":{}}', 680_000)),
  'a text of 1 MB of marks': speak(filled('**_~<think>', 1_000_000)),
}

let bomb = Buffer.alloc(0)

function toolCalls(count) {
  return Array.from({ length: count }, (_, n) => ({
    id: `c${n}`,
    type: 'function',
    function: { name: 'h', arguments: '' },
  }))
}

const hostileAnswers = Object.entries(answers).map(([what, answer]) => ({
  name: `a model server with ${what}`,
  async act(arena) {
    if (bomb.length === 0) bomb = gzipSync(Buffer.alloc(2 ** 30, 'a'), { level: 1 })
    const before = arena.questions
    arena.model = answer
    const { phone, turn } = await turnOf(arena, `hola ${before}`)
    arena.holds(arena.questions > before, 'the model was asked')
    arena.holds(turn?.outcome !== 'answered', 'what it wrote is not taken for an answer')
    const said = (await arena.control.received(phone)).messages.map(({ text }) => text ?? '')
    arena.holds(
      said.every((text) => text.length < 5000),
      'the customer gets none of it',
    )
    await rest(arena)
  },
}))

/** After failures the bot leaves the server alone for a while: a good answer ends that. */
async function rest(arena) {
  arena.model = speak('Hola.')
  await turnOf(arena, 'hola')
}

const redirects = {
  name: 'a model server that redirects to another address of this machine',
  async act(arena) {
    let hits = 0
    const other = await arena.serve((req, res) => {
      hits += 1
      speak('stolen')(req, res)
    }, '127.0.0.2')
    arena.model = (req, res) => {
      req.resume()
      res.writeHead(307, { location: `${other}/v1/chat/completions` }).end()
    }
    const { turn } = await turnOf(arena, 'hola')
    arena.holds(turn?.outcome !== 'answered', 'no answer is taken from there')
    arena.holds(hits === 0, 'the conversation is not sent there')
  },
}

const drips = {
  name: 'a model server that drips',
  isSlow: true,
  async act(arena) {
    arena.model = (req, res) => {
      req.resume()
      res.writeHead(200, { 'content-type': 'application/json' })
      drip(res, 500)
    }
    const { turn } = await turnOf(arena, 'hola')
    arena.holds(turn?.outcome !== 'answered', 'it is given up')
  },
}

export const modelIdeas = [texts, redirects, ...hostileAnswers, drips]
