import { z } from 'zod'
import { key } from './key.ts'
import { folder, hostOrNetwork } from './values.ts'

const gibibyte = 1024 ** 3

export const data = z.strictObject({
  dir: key(
    folder().default('./data'),
    'The folder of the databases, relative to the folder in which the gateway starts.',
    'the path of a folder',
  ),
  reserveMb: key(
    z.int().min(0).max(1_000_000).nullable().default(null),
    'How many megabytes of disk space to reserve for the databases; null: 512, or 5 percent of a smaller disk.',
    'a whole number from 0 to 1000000, or null',
  ),
})

export const backup = z.strictObject({
  dir: key(
    folder().nullable().default(null),
    'The folder for scheduled backups, outside the data folder; null: none are made.',
    'the path of a folder, or null',
  ),
  every: key(
    z
      .string()
      .regex(/^[1-9]\d{0,2}[hd]$/)
      .default('24h'),
    'How often to make a backup: hours or days.',
    'a number and h or d, such as 12h or 7d',
  ),
  keep: key(
    z.int().min(1).max(1000).default(7),
    'How many scheduled backups to keep.',
    'a whole number from 1 to 1000',
  ),
  media: key(z.boolean().default(true), 'Whether backups include the files of messages.', 'true or false'),
  passphraseFile: key(
    folder().nullable().default(null),
    'A file with the passphrase that encrypts backups; null leaves them readable and without the key of the data folder.',
    'the path of a file, or null',
  ),
})

export const secrets = z.strictObject({
  keyFile: key(
    folder().nullable().default(null),
    'A file outside the data folder with the key that encrypts its secrets (32 bytes in base64); null keeps the key in the data folder.',
    'the path of a file, or null',
  ),
  passphraseFile: key(
    folder().nullable().default(null),
    'A file outside the data folder with a passphrase that encrypts the key in it; null uses none.',
    'the path of a file, or null',
  ),
})

export const media = z.strictObject({
  fetch: key(
    z.boolean().default(true),
    'Whether to fetch pictures, voice notes and other files when their messages arrive.',
    'true or false',
  ),
  maxBytes: key(
    z
      .int()
      .min(1024)
      .max(2_000_000_000)
      .default(64 * 1024 * 1024),
    'How many bytes a file may have, received or sent.',
    'a whole number from 1024 to 2000000000',
  ),
  maxUploadBytesPerDay: key(
    z
      .int()
      .min(1)
      .max(1e15)
      .nullable()
      .default(2 * gibibyte),
    'How many bytes of files an API key may upload, or have fetched, per UTC day; null: no limit.',
    'a whole number of bytes of 1 or more, or null',
  ),
  maxKeptBytes: key(
    z
      .int()
      .min(1)
      .max(1e15)
      .nullable()
      .default(20 * gibibyte),
    'How many bytes of files an account may keep, including those of messages; null: as many as fit on the disk.',
    'a whole number of bytes of 1 or more, or null',
  ),
  retentionDays: key(
    z.int().min(1).max(3650).nullable().default(null),
    'After how many days to remove files, keeping their messages; null keeps them.',
    'a whole number of days from 1 to 3650, or null',
  ),
  allowPrivate: key(
    z.array(hostOrNetwork()).default([]),
    'Private hosts and networks from which files to send may be fetched.',
    'a list of host names, IP addresses or networks such as 10.0.0.0/8',
  ),
})
