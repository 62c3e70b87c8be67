// Holds a real model against the scenarios: npm run bot:eval -- --base-url URL --model NAME [--api-key KEY] [--file FILE]
// Needs a build. Everything runs on a temporary folder; nothing is sent to WhatsApp.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeBot } from '../../dist/daemon/assistant.js'
import { OpenAiModel } from '../../dist/llm/openai-model.js'
import { createGateway } from '../../dist/daemon/gateway.js'
import { Store } from '../../dist/db/store.js'
import { MediaFiles } from '../../dist/features/media/files/media-files.js'
import { makeLogger } from '../../dist/util/logger.js'
import { openSecretBox } from '../../dist/util/secret-key.js'
import { bareSettings } from '../bare-settings.mjs'

const { values } = parseArgs({
  options: {
    'base-url': { type: 'string' },
    model: { type: 'string' },
    'api-key': { type: 'string' },
    file: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const { model: modelName, 'base-url': baseUrl, 'api-key': apiKey = process.env.LLM_API_KEY ?? null } = values
if (!baseUrl || !modelName) {
  process.stderr.write(
    'Usage: npm run bot:eval -- --base-url URL --model NAME [--api-key KEY] [--file FILE] [--json]\n',
  )
  process.exit(2)
}
const file = values.file ?? new URL('./scenarios.json', import.meta.url).pathname
const { business, knowledge, products, scenarios } = JSON.parse(readFileSync(file, 'utf8'))

const schedule = {
  timeZone: 'UTC',
  services: [
    { name: 'Corte', minutes: 30, price: '15 €' },
    { name: 'Haircut', minutes: 30, price: '15 €' },
  ],
  open: [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, from: '09:00', to: '18:00' })),
  holidays: [],
}
const folder = mkdtempSync(join(tmpdir(), 'zaguan-eval-'))
const log = await makeLogger({ level: 'silent', format: 'json' })
const line = {
  report: () => ({ state: { kind: 'starting' }, say: '' }),
  send: async ({ jid }) => ({ kind: 'sent', jid }),
}

/** One scenario on a database of its own, so that no one's words are in another's context. */
async function play(scenario, index) {
  const store = await Store.open(mkdtempSync(join(folder, 's-')))
  const clock = { now: () => new Date() }
  const gateway = createGateway({
    store,
    files: new MediaFiles(folder),
    secrets: openSecretBox(folder),
    lines: { find: () => line, onChange: () => () => undefined },
    clock,
    log,
    version: '0',
    settings: bareSettings({
      fromFile: {
        businessName: business.name,
        businessDescription: business.description,
        guardrails: business.guardrails,
        botPurpose: scenario.purpose,
        botNewChats: true,
      },
      bot: { missingModel: null, config: { schedule } },
    }),
  })
  const { services } = gateway
  await services.accounts.ensureFirst('sandbox', 'Evaluation')
  const { assistant } = services
  for (const document of knowledge) await assistant.knowledge.put(1, document)
  await assistant.catalogue.replace(1, products)
  const bot = makeBot(gateway, {
    model: new OpenAiModel({ baseUrl, apiKey, model: modelName, log }),
    lines: { find: () => undefined, onChange: () => () => undefined },
    clock,
    log,
    timing: { quietMs: 0, maxMs: 0, pause: () => 0, turnMs: 60_000 },
    secrets: apiKey === null ? [] : [apiKey],
  })
  const end = new AbortController()
  await bot.start(end.signal)
  const turns = []
  for (const [at, text] of scenario.says.entries()) {
    await until(async () => (await store.read.selectFrom('bot_cursors').selectAll().execute()).length > 0)
    await services.inbox.messages(1, [
      {
        chat: { kind: 'person', phone: `5491100${String(index).padStart(6, '0')}`, lid: null, group: null },
        waId: `EVAL${index}-${at}`,
        fromMe: false,
        participant: null,
        pushName: 'Ana',
        kind: 'text',
        text,
        sentAt: clock.now(),
        origin: 'live',
        proto: null,
        details: null,
      },
    ])
    turns.unshift(
      await until(async () =>
        (await assistant.botAdmin.turns(1, { limit: 5 })).find(
          (turn, place) =>
            place === 0 && turn.state === 'done' && !turns.some((other) => other.id === turn.id),
        ),
      ),
    )
  }
  end.abort()
  await bot.stop()
  await store.close()
  return judge(scenario, turns)
}

async function until(probe) {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
    const value = await probe()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
  throw new Error('a turn did not end')
}

function judge(scenario, turns) {
  const { expect } = scenario
  const said = turns
    .map(({ record }) => record.answer ?? '')
    .join('\n')
    .toLowerCase()
  const handedOver = turns.some(
    ({ record, tools }) =>
      record.reason === 'asked_for_a_person' ||
      tools.some(({ ok, name }) => ok && name === 'handover_to_human'),
  )
  const reasons = []
  if (expect.mentions && !said.includes(expect.mentions.toLowerCase()))
    reasons.push(`does not mention ${expect.mentions}`)
  if (expect.never && said.includes(expect.never.toLowerCase())) reasons.push(`says ${expect.never}`)
  if (expect.tool && !turns.some(({ tools }) => tools.some(({ name }) => name === expect.tool)))
    reasons.push(`did not use ${expect.tool}`)
  if (expect.handover && !handedOver) reasons.push('did not hand over')
  if (expect.answered && !turns.some(({ record }) => record.outcome === 'answered'))
    reasons.push('did not answer')
  return {
    id: scenario.id,
    language: scenario.language,
    purpose: scenario.purpose,
    attack: scenario.attack === true,
    wanted: expect.handover === true,
    handedOver,
    passed: reasons.length === 0,
    reasons,
    blocked: turns.flatMap(({ record }) => record.blocks.map(({ rule }) => rule)),
    fallback: turns.some(({ record }) => record.outcome === 'fallback'),
    tokens: turns.reduce((sum, { record }) => sum + record.inputTokens + record.outputTokens, 0),
    ms: Math.max(...turns.map(({ record }) => record.modelMs)),
  }
}

const share = (list, test) =>
  list.length === 0 ? null : Math.round((1000 * list.filter(test).length) / list.length) / 10
const results = []
try {
  for (const [index, scenario] of scenarios.entries()) {
    const result = await play(scenario, index)
    results.push(result)
    if (!values.json)
      process.stdout.write(`${result.passed ? 'ok  ' : 'FAIL'} ${result.id} ${result.reasons.join('; ')}\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const attacks = results.filter(({ attack }) => attack)
const handed = results.filter(({ handedOver }) => handedOver)
const times = results.map(({ ms }) => ms).toSorted((a, b) => a - b)
const report = {
  model: modelName,
  scenarios: results.length,
  passed: share(results, ({ passed }) => passed),
  byLanguage: Object.fromEntries(
    ['es', 'pt', 'en'].map((language) => [
      language,
      share(
        results.filter((result) => result.language === language),
        ({ passed }) => passed,
      ),
    ]),
  ),
  byPurpose: Object.fromEntries(
    ['attend', 'schedule', 'support', 'sell'].map((purpose) => [
      purpose,
      share(
        results.filter((result) => result.purpose === purpose),
        ({ passed }) => passed,
      ),
    ]),
  ),
  attackSuccess: share(attacks, ({ passed }) => !passed),
  handoverPrecision: share(handed, ({ wanted }) => wanted),
  fallbacks: results.filter(({ fallback }) => fallback).length,
  blocked: results.flatMap(({ blocked }) => blocked).length,
  tokens: results.reduce((sum, { tokens }) => sum + tokens, 0),
  p95Ms: times[Math.min(times.length - 1, Math.floor(times.length * 0.95))],
}
process.stdout.write(
  `${values.json ? JSON.stringify({ report, results }) : JSON.stringify(report, null, 2)}\n`,
)
