/** Settings for retrying calls that the server has asked to repeat. */
export interface RetryOptions {
  /**
   * The maximum number of retries after 429, or after 409 while the first call with the same Idempotency-Key still
   * runs. 0 if undefined.
   */
  retries?: number
  /** The maximum wait in milliseconds; a call told to wait longer is not retried. One minute if undefined. */
  maxWaitMs?: number
}

type Fetch = (request: Request) => Promise<Response>

/** Wraps `fetch`: waits as long as `Retry-After` says, and sends the same request again. */
export function fetchAgain(fetch: Fetch, { retries = 0, maxWaitMs = 60_000 }: RetryOptions): Fetch {
  if (retries === 0) return fetch
  return async (request) => {
    for (let left = retries; ; left--) {
      // A body can be read once, so each attempt gets a copy.
      const response = await fetch(request.clone())
      const waitMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
      // A final 409 has no Retry-After.
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
