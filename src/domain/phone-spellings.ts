/**
 * Countries that changed how their mobile numbers are written, so that one number has two spellings: WhatsApp knows it under
 * one of them, people and address books use either. Brazil put a 9 before eight digits, Argentina has a 9 after 54 and Mexico
 * had a 1 after 52.
 */
const pairs: readonly [RegExp, string][] = [
  [/^55(\d\d)9(\d{8})$/, '55$1$2'],
  [/^55(\d\d)([6-9]\d{7})$/, '55$19$2'],
  [/^549(\d{10})$/, '54$1'],
  [/^54([1-8]\d{9})$/, '549$1'],
  [/^521(\d{10})$/, '52$1'],
  [/^52([2-9]\d{9})$/, '521$1'],
]

/** The digits as given, and the other spelling of the same number where its country has two. */
export function phoneSpellings(digits: string): string[] {
  const other = pairs.find(([pattern]) => pattern.test(digits))
  return other ? [digits, digits.replace(other[0], other[1])] : [digits]
}
