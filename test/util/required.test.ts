import { expect, test } from 'vitest'
import { required } from '../../src/util/required.ts'

test('a value that is there is returned, also where it is 0 or empty', () => {
  expect(required(0, 'a count')).toBe(0)
  expect(required('', 'a text')).toBe('')
})

test.each([null, undefined])('what is missing is named and no 0 takes its place: %s', (value) => {
  expect(() => required(value, 'the id of a message')).toThrow('the id of a message is missing')
})
