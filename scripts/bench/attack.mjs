// Attacks the built daemon from every side that is open to strangers and to keys of few rights. Prints a line per idea: the
// worst delay of /healthz meanwhile (without the time in which the machine had no core for it), the highest RSS, and whether
// every promise held. Exits with 1 if one did not, or if there was no time to try it. ATTACK_ONLY is a pattern of names.
import { Arena } from './attacks/arena.mjs'
import { connectionIdeas } from './attacks/connections.mjs'
import { fileIdeas } from './attacks/files.mjs'
import { keyIdeas } from './attacks/keys.mjs'
import { listIdeas } from './attacks/lists.mjs'
import { modelIdeas } from './attacks/model.mjs'
import { requestIdeas } from './attacks/requests.mjs'
import { webhookIdeas } from './attacks/webhooks.mjs'
import { whatsappIdeas } from './attacks/whatsapp.mjs'

const short = process.argv.includes('--short')
const limits = { delayMs: 250, rssMiB: 350 }
/** The time limit of the whole run; ideas that are not tried by then are reported. */
const maxMs = short ? 85_000 : 290_000
const only = new RegExp(process.env.ATTACK_ONLY ?? '')

const all = [
  ...requestIdeas,
  ...connectionIdeas,
  ...keyIdeas,
  ...webhookIdeas,
  ...modelIdeas,
  ...listIdeas,
  ...whatsappIdeas,
  ...fileIdeas,
]

export async function attack() {
  const deadline = performance.now() + maxMs
  const arena = await Arena.start()
  const rows = []
  for (const { name, act, isSlow = false } of all) {
    if ((short && isSlow) || !only.test(name)) continue
    if (performance.now() > deadline) {
      rows.push({ figure: name, held: 'not tried' })
      process.exitCode = 1
      continue
    }
    const seen = await arena.observe(act, deadline)
    const faults = [...seen.broken]
    if (seen.delayMs > limits.delayMs) faults.push(`/healthz took ${Math.round(seen.delayMs)} ms`)
    if (seen.rssMiB > limits.rssMiB) faults.push(`RSS was ${Math.round(seen.rssMiB)} MiB`)
    if (faults.length > 0) process.exitCode = 1
    if (faults.length > 0) faults.push(...seen.stalls.slice(0, 5))
    for (const fault of faults) process.stderr.write(`${name}: ${fault}\n`)
    rows.push({
      figure: name,
      'worst /healthz, ms': Math.round(seen.delayMs),
      'and no core for, ms': Math.round(seen.waitedMs),
      'highest RSS, MiB': Math.round(seen.rssMiB),
      held: faults.length === 0 ? 'yes' : 'NO',
      s: Math.round(seen.ms / 100) / 10,
    })
  }
  return rows
}
