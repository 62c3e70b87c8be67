#!/usr/bin/env node
// Imports nothing of ours before it is known that this Node can run the rest: an older one would fail on an import, with a
// message that helps no reader. Only this file handles the operating system's signals.

type Parts = [
  typeof import('./runtime/memory.ts'),
  typeof import('./cli/run.ts'),
  typeof import('./cli/context.ts'),
  typeof import('./cli/explain.ts'),
]

// New files are for this user alone, also in a folder that others may read.
process.umask(0o077)

/** Maximum time of a clean stop. */
const deadlineMs = 10_000
/** Maximum time that leftovers keep the process alive after that; Baileys' timers would for a minute. */
const leftoverMs = 300

const version = process.versions.node.split('.').map(Number)
const major = version[0] || 0
const minor = version[1] || 0

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Zaguán needs Node 20.19 or newer, and this is Node ${process.versions.node}.\n`)
  process.exitCode = 1
} else {
  const parts = [
    import('./runtime/memory.ts'),
    import('./cli/run.ts'),
    import('./cli/context.ts'),
    import('./cli/explain.ts'),
  ] as const
  Promise.all(parts).then(main, cannotLoad)
}

function main([{ setMemoryMode }, { run }, { processContext }, { reportCrash }]: Parts): void {
  setMemoryMode(process.env['ZAGUAN_MEMORY'])
  const stop = new AbortController()
  const context = processContext(stop.signal)
  let crashed = false
  let deadline: NodeJS.Timeout | undefined

  function requestStop(): void {
    if (stop.signal.aborted) return
    stop.abort()
    deadline = setTimeout(() => process.exit(1), deadlineMs).unref()
  }

  function onSignal(): void {
    if (stop.signal.aborted) process.exit(1)
    requestStop()
  }

  function crash(error: unknown): void {
    crashed = true
    process.exitCode = 1
    reportCrash(error, context)
    requestStop()
  }

  // `zaguan config check | head` closes the pipe early, which is no fault.
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  run(context).then(end, crash)

  function end(code: number): void {
    process.exitCode = crashed ? 1 : code
    clearTimeout(deadline)
    setTimeout(() => process.exit(), leftoverMs).unref()
  }
}

function cannotLoad(error: unknown): void {
  const what = (error instanceof Error ? error.message : String(error)).replace(/\p{Cc}+/gu, ' ')
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const remedy =
    code === 'EMFILE' || code === 'ENFILE'
      ? 'too many files are open. Raise the limit (ulimit -n 1024, or LimitNOFILE= of the systemd unit) and start again.'
      : 'start it with scripts/start, or run "npm ci" first.'
  process.stderr.write(`Zaguán cannot be loaded (${what}): ${remedy}\n`)
  process.exitCode = 1
}
