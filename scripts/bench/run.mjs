// Measures the built program. Everything runs on loopback, is bounded, and ends by itself.
import { api } from './api.mjs'
import { attack } from './attack.mjs'
import { basics } from './basics.mjs'
import { bot } from './bot.mjs'
import { fuzz } from './fuzz.mjs'
import { history } from './history.mjs'
import { disk } from './disk.mjs'
import { cleanUpAll } from './lib.mjs'
import { search } from './search.mjs'
import { media } from './media.mjs'
import { memory, soak } from './soak.mjs'
import { outages } from './outages.mjs'
import { powerCut } from './power-cut.mjs'
import { sending } from './sending.mjs'
import { footprint, webhooks } from './webhooks.mjs'
import { webhooksOrder } from './webhooks-order.mjs'

const suites = {
  basics,
  history,
  bot,
  api,
  fuzz,
  attack,
  sending,
  search,
  webhooks,
  'webhooks-order': webhooksOrder,
  media,
  footprint,
  outages,
  disk,
  'power-cut': powerCut,
  soak,
  memory,
}
const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const asJson = process.argv.includes('--json')

if (process.argv.includes('--help') || asked.some((name) => !(name in suites))) {
  process.stdout.write(
    `Usage: scripts/bench/run [--json] [--short] [${Object.keys(suites).join('|')} ...]\n\nWithout a name, all are run. "beside" is a program that does only the unavoidable part.\n`,
  )
  process.exit(process.argv.includes('--help') ? 0 : 2)
}

// Ended from outside (a time limit, Ctrl+C), it still ends what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => void cleanUpAll().finally(() => process.exit(1)))

const results = {}
let failed = false
try {
  for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
    results[name] = await suites[name]()
    if (!asJson) {
      process.stdout.write(`\n${name}\n`)
      console.table(Object.fromEntries(results[name].map(({ figure, ...rest }) => [figure, rest])))
    }
  }
} catch (error) {
  failed = true
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  await cleanUpAll()
}
process.stdout.write(`${JSON.stringify(results)}\n`)
process.exit(failed ? 1 : process.exitCode)
