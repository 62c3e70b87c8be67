import { expect, test } from 'vitest'
import { required } from '../../src/util/required.ts'

test('a value that is there is returned, also where it is 0 or empty', () => {
  expect(required(0, 'a count')).toBe(0)
  expect(required('', 'a text')).toBe('')
})

test.each([null, undefined])('a missing value is named and not replaced by 0: %s', (value) => {
  expect(() => required(value, 'the id of a message')).toThrow('the id of a message is missing')
})
