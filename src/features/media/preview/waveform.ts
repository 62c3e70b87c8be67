import type { FileReader } from './file-reader.ts'
import { oggPackets } from './ogg-packets.ts'
import { TimeSlices } from './pace.ts'

/** Columns that phones show for a voice note, each from 0 to 100 (Baileys' lib/Utils/messages-media.js). */
const waveformColumns = 64

/** Loudness needs no high frequencies: the lowest rate that Opus decodes to. */
const sampleRate = 8000
/** Two minutes of usual packets. Longer notes are sampled evenly. */
const maxDecoded = 6000
const maxPackets = 1_000_000
/** Packets per sample: the decoder needs some to converge. */
const partLength = 16

/**
 * Computes the loudness of an Ogg Opus recording over time, in {@link waveformColumns} steps relative to the loudest.
 * Decodes in pieces of some milliseconds, since the size of speech packets hardly depends on loudness. Null if it is
 * empty, silent, or has more than two channels.
 * @param seconds its duration, from its last page
 * @throws Error if it is broken or takes too long
 */
export async function waveformOf(file: FileReader, seconds: number): Promise<Uint8Array | null> {
  const packets = oggPackets(file)
  const head = (await packets.next()).value as Buffer | undefined
  const channels = head?.toString('latin1', 0, 8) === 'OpusHead' ? head.readUInt8(9) : 0
  if (channels < 1 || channels > 2) return null
  // Skips the tags.
  await packets.next()
  const every = Math.max(1, Math.ceil((seconds * 50) / maxDecoded))
  const loudness = await decoded(packets, { channels, every })
  return columnsOf(loudness)
}

/** Yields the mean loudness of each decoded packet. */
async function decoded(
  packets: AsyncIterable<Buffer>,
  { channels, every }: { channels: number; every: number },
): Promise<number[]> {
  // Takes ten megabytes and a tenth of a second to load, and few messages are voice notes.
  const { OpusDecoder } = await import('opus-decoder')
  const decoder = new OpusDecoder({ channels, sampleRate })
  await decoder.ready
  const pace = new TimeSlices()
  const loudness: number[] = []
  let count = 0
  try {
    for await (const packet of packets) {
      if (count > maxPackets) break
      const isWanted = Math.floor(count / partLength) % every === 0
      count += 1
      if (isWanted) {
        const { channelData, errors } = decoder.decodeFrame(packet)
        if (errors.length > 0) throw new Error('the recording is broken')
        loudness.push(meanOf(channelData[0]))
      }
      if (pace.isDue()) await pace.rest()
    }
  } finally {
    decoder.free()
  }
  return loudness
}

function meanOf(samples: Float32Array | undefined): number {
  if (!samples || samples.length === 0) return 0
  let sum = 0
  for (const sample of samples) sum += Math.abs(sample)
  const mean = sum / samples.length
  return Number.isFinite(mean) ? mean : 0
}

function columnsOf(loudness: readonly number[]): Uint8Array | null {
  if (loudness.length === 0) return null
  const columns = Array.from({ length: waveformColumns }, (_, n) => {
    const from = Math.floor((n * loudness.length) / waveformColumns)
    const to = Math.max(from + 1, Math.floor(((n + 1) * loudness.length) / waveformColumns))
    const part = loudness.slice(from, to)
    return part.reduce((sum, each) => sum + each, 0) / part.length
  })
  const loudest = Math.max(...columns)
  return loudest > 0 ? Uint8Array.from(columns, (each) => Math.round((100 * each) / loudest)) : null
}
