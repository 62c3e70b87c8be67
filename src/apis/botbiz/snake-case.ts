/** Converts keys to Botbiz's spelling: `fromMe` becomes `from_me`. Keys chosen by people stay. */
export function snaked<T extends object>(value: T): { [key: string]: unknown } {
  const entries = Object.entries(value).map(([key, inner]) => [
    key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    snakedAny(inner),
  ])
  return Object.fromEntries(entries) as { [key: string]: unknown }
}

function snakedAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakedAny)
  return typeof value === 'object' && value !== null ? snaked(value) : value
}
