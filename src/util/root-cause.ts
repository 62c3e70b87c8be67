const maxDepth = 8

/** Plain words for the operating system's error codes. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no program listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'there is no network',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be looked up right now',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak https',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ENOSPC: 'the disk is full',
}

/** Describes the innermost cause that has a code, in plain words if they are known; undefined if no cause has one. */
export function rootCause(error: unknown): string | undefined {
  const code = rootCode(error)
  return code === undefined ? undefined : (words[code] ?? code)
}

/** Returns the reason of a failure in few words: as {@link rootCause}, or the innermost message. */
export function briefCause(error: unknown): string {
  const known = rootCause(error)
  if (known !== undefined) return known
  let one = error
  for (let depth = 0; one instanceof Error && one.cause instanceof Error && depth < maxDepth; depth++) {
    one = one.cause
  }
  return one instanceof Error ? one.message : String(one)
}

/** Returns the code of the innermost cause that has one, such as `ECONNREFUSED`. */
function rootCode(error: unknown): string | undefined {
  let found: string | undefined
  let one = error
  for (let depth = 0; one instanceof Error && depth < maxDepth; depth++) {
    if ('code' in one && typeof one.code === 'string') found = one.code
    // Several addresses were tried; the first error tells as much as the others.
    one = one instanceof AggregateError ? (one.errors[0] as unknown) : one.cause
  }
  return found
}
