import { openMessage, withDistribution, type Letter } from '../people/letter.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import { node, type BinaryNode } from './nodes.ts'

/**
 * Encrypts a letter for one device. In a group that is the ciphertext for all, after the sender key if the device
 * lacks it. A repeated letter (`count`) is encrypted for the device alone.
 */
export async function sealFor(device: LinkedDevice, letter: Letter, count?: string): Promise<BinaryNode[]> {
  const { party, plaintext, group } = letter
  const pairwise = async (content: Buffer) => {
    const { type, ciphertext } = await party.encrypt(device, content)
    return node('enc', { v: '2', type, count }, ciphertext)
  }
  if (!group) return [await pairwise(plaintext)]
  if (count !== undefined) {
    const distribution = party.senderKeys.distribution(group.id)
    return [await pairwise(withDistribution(group.id, distribution, openMessage(letter)))]
  }
  const forAll = node('enc', { v: '2', type: 'skmsg' }, group.ciphertext)
  if (party.senderKeys.isHeldBy(group.id, device.address)) return [forAll]
  const key = await pairwise(withDistribution(group.id, group.distribution))
  party.senderKeys.markHeldBy(group.id, device.address)
  return [key, forAll]
}
