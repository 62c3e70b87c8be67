import { expect, test } from 'vitest'
import { HttpClient } from '../support/http-client.ts'
import { app, caller } from './fixture.ts'

test('a removal that was interrupted is finished at the next start, and its answer says what is left to do', async () => {
  const one = await app()
  const { accounts } = one.services
  const second = await accounts.create(caller, { phone: '5491144440000', name: 'Otra' })
  const wiped: number[] = []
  let dies = true
  accounts.follow({
    joined: () => undefined,
    left: (id) => {
      if (dies) throw new Error('the process ends here')
      wiped.push(id)
      return Promise.resolve(false)
    },
  })
  await expect(accounts.remove(caller, second.id)).rejects.toThrow('the process ends here')
  await expect(accounts.get(second.id)).rejects.toThrow('No such account')
  dies = false
  await accounts.finishRemovals()
  expect(wiped).toEqual([second.id])
  await accounts.finishRemovals()
  expect(wiped).toEqual([second.id])
  const third = await accounts.create(caller, { phone: '5491144440001', name: 'Tercera' })
  const gone = await new HttpClient(one.url, one.key).ask(`/v1/whatsapp/accounts/wha_${third.id}`, {
    method: 'DELETE',
  })
  expect(gone.json).toMatchObject({ deleted: true, say: expect.stringContaining('Linked devices') })
})
