// Puts the compiled modules and the libraries that they load into a few files, dist/program: Node opens some 1,500 files less at
// each start, which halves its time. What is imported late stays a file of its own and is still read late.
//
// V8 keeps the text of every file it has loaded. Without spaces, and in characters of one byte, it takes 8 MB in place of 20.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}dist/program`
/** The maximum size of dist/program, raised only with a reason. */
const maxMegabytes = 11

/** Loaded from node_modules as ever: machine code, and packages that look for files of theirs beside their own. */
const apart = ['better-sqlite3', 'pino', 'sharp', 'swagger-ui-dist']
/** Optional peers of Baileys, which it loads if they are installed. */
const optional = ['audio-decode', 'jimp', 'link-preview-js']
/** A direct `eval` in a library of Koa's, which only names a function. */
const harmless = (log) => log.code === 'EVAL' && /[\\/]depd[\\/]/.test(log.id ?? log.message)

rmSync(folder, { recursive: true, force: true })
const bundle = await rolldown({
  input: { main: `${root}dist/main.js` },
  platform: 'node',
  external: [...apart, ...optional],
  plugins: [webAssemblyFiles()],
  onLog(level, log) {
    if (level === 'warn' && !harmless(log)) throw new Error(log.message)
  },
})
// All chunks in one folder: relative paths to files such as package.json stay as long as those from the sources.
const { output } = await bundle.write({
  dir: folder,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  assetFileNames: '[name][extname]',
  comments: { legal: false },
  // Names stay as they are, for those who read a stack trace.
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
})
await bundle.close()
for (const { fileName } of output) if (fileName.endsWith('.js')) writeInOneByte(`${folder}/${fileName}`)
checkSize()

/**
 * A library that carries WebAssembly as Base64, in two variants of which one is used: in files they are read, decoded and let
 * go, and only the one that is needed.
 */
function webAssemblyFiles() {
  const literal = /"(AGFzbQ[A-Za-z0-9+/=]{10000,})"/g
  return {
    name: 'webassembly files',
    transform: {
      filter: { id: /whatsapp-rust-bridge/ },
      handler(code) {
        let count = 0
        const changed = code.replace(literal, (_, base64) => {
          const fileName = `whatsapp-rust-bridge-${++count}.wasm`
          this.emitFile({ type: 'asset', fileName, source: Buffer.from(base64, 'base64') })
          return `readWebAssembly(new URL("./${fileName}", import.meta.url), "base64")`
        })
        if (count !== 2) throw new Error(`whatsapp-rust-bridge has ${count} WebAssembly modules, not 2`)
        return `import { readFileSync as readWebAssembly } from 'node:fs'\n${changed}`
      },
    },
  }
}

/** Writes characters that need two bytes as escapes. In raw templates these mean something else: such a file stays as it is. */
function writeInOneByte(file) {
  const text = readFileSync(file, 'utf8')
  if (/String\.raw`[^`]*[\u0100-\uffff]/.test(text)) return
  const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(file, text.replace(/[\u0100-\uffff]/g, escape))
}

function checkSize() {
  const names = readdirSync(folder)
  const bytes = names.reduce((sum, name) => sum + readFileSync(`${folder}/${name}`).length, 0)
  if (bytes > maxMegabytes * 1e6)
    throw new Error(`dist/program has ${bytes} bytes, more than its ${maxMegabytes} MB`)
}
