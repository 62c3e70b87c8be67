import { z } from 'zod'
import { key } from './key.ts'
import { folder, hostOrNetwork } from './values.ts'

const gibibyte = 1024 ** 3

export const data = z.strictObject({
  dir: key(
    folder().default('./data'),
    'The folder of the databases, seen from the folder in which the gateway is started.',
    'the path of a folder',
  ),
  reserveMb: key(
    z.int().min(0).max(1_000_000).nullable().default(null),
    'How many megabytes of the disk files leave to the databases; null: 512, or 5 percent of a smaller disk.',
    'a whole number from 0 to 1000000, or null',
  ),
})

export const secrets = z.strictObject({
  keyFile: key(
    folder().nullable().default(null),
    'A file outside of the data folder with the key that opens what is sealed in it (32 bytes in base64); null: the key lies in the data folder.',
    'the path of a file, or null',
  ),
  passphraseFile: key(
    folder().nullable().default(null),
    'A file outside of the data folder with a passphrase that seals the key in it; null is none.',
    'the path of a file, or null',
  ),
})

export const media = z.strictObject({
  fetch: key(
    z.boolean().default(true),
    'Whether pictures, voice notes and other files of messages are fetched when they arrive.',
    'true or false',
  ),
  maxBytes: key(
    z
      .int()
      .min(1024)
      .max(2_000_000_000)
      .default(64 * 1024 * 1024),
    'How many bytes a file may have, in either direction.',
    'a whole number from 1024 to 2000000000',
  ),
  maxUploadBytesPerDay: key(
    z
      .int()
      .min(1)
      .max(1e15)
      .nullable()
      .default(2 * gibibyte),
    'How many bytes of files an API key may hand in, or have fetched, in a day (UTC); null: any number.',
    'a whole number of bytes of 1 or more, or null',
  ),
  maxKeptBytes: key(
    z
      .int()
      .min(1)
      .max(1e15)
      .nullable()
      .default(20 * gibibyte),
    'How many bytes of files an account may keep, those of its messages included; null: as many as the disk has room for.',
    'a whole number of bytes of 1 or more, or null',
  ),
  retentionDays: key(
    z.int().min(1).max(3650).nullable().default(null),
    'After how many days files are removed, while their messages stay; null keeps them.',
    'a whole number of days from 1 to 3650, or null',
  ),
  allowPrivate: key(
    z.array(hostOrNetwork()).default([]),
    'Hosts and networks on private addresses from which files to be sent may be fetched all the same.',
    'a list of host names, IP addresses or networks such as 10.0.0.0/8',
  ),
})
