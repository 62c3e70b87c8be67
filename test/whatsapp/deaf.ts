import type { PresenceRecords, TemporaryFiles, GroupRecords, Inbound } from '../../src/core/ports.ts'

const done = () => Promise.resolve()

/** For lines of which only the connection matters: takes everything in and keeps nothing. */
export const deaf: {
  inbound: Inbound
  presence: PresenceRecords
  groups: GroupRecords
  temporaryFiles: TemporaryFiles
} = {
  inbound: {
    messages: done,
    receipts: done,
    names: done,
    mappings: done,
    connection: done,
    restricted: done,
    identified: () => Promise.resolve('accepted'),
    sentContent: () => Promise.resolve(undefined),
  },
  presence: { typing: done, readElsewhere: done },
  groups: {
    find: () => Promise.resolve(undefined),
    describe: done,
    change: done,
    gone: done,
    channelName: () => Promise.resolve(undefined),
    nameChannel: done,
  },
  temporaryFiles: { receive: () => Promise.reject(new Error('no room for files')), discard: done },
}
