// Puts the compiled modules and the libraries that they load into a few files, dist/program: Node opens some 1,500 files less at
// each start, which halves its time. What is imported late stays a file of its own and is still read late.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}dist/program`

/** Loaded from node_modules as ever: machine code, and packages that look for files of theirs beside their own. */
const apart = ['better-sqlite3', 'pino', 'sharp', 'swagger-ui-dist', 'whatsapp-rust-bridge']
/** Packages that Baileys uses where somebody has installed them. */
const optional = ['audio-decode', 'jimp', 'link-preview-js']
/** A direct `eval` in a library of Koa's, which only names a function. */
const harmless = (log) => log.code === 'EVAL' && /[\\/]depd[\\/]/.test(log.id ?? log.message)

rmSync(folder, { recursive: true, force: true })
const bundle = await rolldown({
  input: { main: `${root}dist/main.js` },
  platform: 'node',
  external: [...apart, ...optional],
  onLog(level, log) {
    if (level === 'warn' && !harmless(log)) throw new Error(log.message)
  },
})
// Beside each other: what is found by a path from its module, such as package.json, lies as far away as from the sources.
await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js' })
await bundle.close()
