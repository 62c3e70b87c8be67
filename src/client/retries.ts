/** How a call is made again that met a limit, or the first one with its Idempotency-Key. */
export interface RetryOptions {
  /**
   * How many times a call is made again that was answered with 429, or with 409 while the first one with its Idempotency-Key
   * still runs. Left out or 0: never.
   */
  retries?: number
  /** The longest time to wait for a place, in milliseconds; a call told to wait longer is not made again. A minute if left out. */
  maxWaitMs?: number
}

type Fetch = (request: Request) => Promise<Response>

/** `fetch` that waits as long as `Retry-After` says, and asks again with the very same request. */
export function fetchAgain(fetch: Fetch, { retries = 0, maxWaitMs = 60_000 }: RetryOptions): Fetch {
  if (retries === 0) return fetch
  return async (request) => {
    for (let left = retries; ; left--) {
      // A body can be read once, so each attempt gets a copy.
      const response = await fetch(request.clone())
      const waitMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
      // A 409 that is final names no time.
      const comesBack = response.status === 429 || response.status === 409
      const again = comesBack && left > 0 && waitMs >= 0 && waitMs <= maxWaitMs
      if (!again) return response
      await response.body?.cancel()
      await wait(waitMs, request.signal)
    }
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    }, ms)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
