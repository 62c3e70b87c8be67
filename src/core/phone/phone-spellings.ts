/**
 * Countries that changed how their numbers are written, so that a number has two spellings: WhatsApp knows one of
 * them, people and address books use either. Both are looked up, and WhatsApp's answer decides. A number of any other
 * country is looked up as it is written, and there WhatsApp's answer decides, too.
 *
 * - Argentina: a 9 after 54 for mobiles, which domestic callers do not dial.
 * - Benin: 01 before all eight digits, since 30 November 2024.
 * - Brazil: a 9 before eight digits of mobiles, since 2012 to 2016.
 * - Ivory Coast: the operator's two digits before eight, since 31 January 2021: the second digit of mobiles tells
 * which,
 *   the third of landlines (2 and 3).
 * - Mexico: a 1 after 52 for mobiles, until 2019.
 */
const forms: readonly (readonly [RegExp, string])[] = [
  [/^549(\d{10})$/, '54$1'],
  [/^54([1-8]\d{9})$/, '549$1'],
  [/^22901(\d{8})$/, '229$1'],
  [/^229(\d{8})$/, '22901$1'],
  [/^55(\d\d)9(\d{8})$/, '55$1$2'],
  [/^55(\d\d)([6-9]\d{7})$/, '55$19$2'],
  [/^22501([04-9][0-3]\d{6})$/, '225$1'],
  [/^22505([04-9][4-6]\d{6})$/, '225$1'],
  [/^22507([04-9][7-9]\d{6})$/, '225$1'],
  [/^22521([23]\d8\d{5})$/, '225$1'],
  [/^22525([23]\d0\d{5})$/, '225$1'],
  [/^22527([23]\d[1-79]\d{5})$/, '225$1'],
  [/^225([04-9][0-3]\d{6})$/, '22501$1'],
  [/^225([04-9][4-6]\d{6})$/, '22505$1'],
  [/^225([04-9][7-9]\d{6})$/, '22507$1'],
  [/^225([23]\d8\d{5})$/, '22521$1'],
  [/^225([23]\d0\d{5})$/, '22525$1'],
  [/^225([23]\d[1-79]\d{5})$/, '22527$1'],
  [/^521(\d{10})$/, '52$1'],
  [/^52([2-9]\d{9})$/, '521$1'],
]

/**
 * The prefixes that people dial at home between country code and number, and also write into forms. Area codes differ in
 * length, so several may match: the one that gives an assigned number is meant.
 *
 * - Argentina: 0 before the area code, and 15 after it, which repeats the 9 before it.
 * - Chile: 0 before mobiles, until 2016.
 * - Mexico: 044 or 045 before mobiles, 01 before landlines, until 2019.
 */
const dialled: readonly (readonly [RegExp, string])[] = [
  [/^5490?(\d{2})15(\d{8})$/, '549$1$2'],
  [/^5490?(\d{3})15(\d{7})$/, '549$1$2'],
  [/^5490?(\d{4})15(\d{6})$/, '549$1$2'],
  [/^5490(\d{10})$/, '549$1'],
  [/^560(9\d{8})$/, '56$1'],
  [/^52(?:04[45]|01)(\d{10})$/, '52$1'],
]

/** Lists the numbers that may be meant by digits with prefixes that are dialled at home only. */
export function withoutPrefixes(digits: string): string[] {
  return dialled
    .filter(([pattern]) => pattern.test(digits))
    .map(([pattern, number]) => digits.replace(pattern, number))
}

/** Returns the other spelling of a number if its country has two; otherwise the digits as given. */
export function otherSpelling(digits: string): string {
  const form = forms.find(([pattern]) => pattern.test(digits))
  return form ? digits.replace(form[0], form[1]) : digits
}

/** Returns the digits as given, and the number's other spelling if its country has two. */
export function phoneSpellings(digits: string): string[] {
  return [...new Set([digits, otherSpelling(digits)])]
}

/** Tells whether both are spellings of one number. */
export function isSameNumber(one: string, other: string): boolean {
  return one === other || otherSpelling(one) === other
}
