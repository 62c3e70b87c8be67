import { createReadStream } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Manifest } from '../backup/manifest.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { loadConfig } from '../config/load.ts'
import { SetupError } from '../core/errors.ts'
import { readPassphrase } from './backup.ts'
import type { CliContext, ExitCode } from './context.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of `restore`. */
export interface RestoreFlags {
  data: string
  config?: string
  sandbox?: boolean
  passphraseFile?: string
  secretKey?: string
  newKey?: boolean
  withLink?: boolean
  iStoppedTheOldOne?: boolean
  json?: boolean
}

/** Restores a backup into a new or empty folder. Exit code 0, or 1 with the reason. */
export async function restore(file: string, flags: RestoreFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd, stdout, stderr } = context
  const link = flags.withLink === true
  if (link && flags.iStoppedTheOldOne !== true) {
    throw new SetupError(
      'Two gateways with one link lose messages to each other, and an older link than the one in use decrypts nothing. ' +
        'Stop the old gateway for good, make a new backup, and add --i-stopped-the-old-one.',
    )
  }
  const { config } = loadConfig({ path: flags.config, env, cwd })
  const root = resolve(cwd, flags.data)
  const dir = flags.sandbox === true ? join(root, 'sandbox') : root
  const passphraseFile = flags.passphraseFile
  print(stderr, 'Restoring and checking …\n')
  const manifest = await restoreBackup({
    source: createReadStream(resolve(cwd, file)),
    dir,
    passphrase: passphraseFile === undefined ? null : readPassphrase(resolve(cwd, passphraseFile)),
    link,
    keyFile: flags.secretKey === undefined ? null : resolve(cwd, flags.secretKey),
    newKey: flags.newKey === true,
    secrets: config.secrets,
  })
  if (flags.json) printJson(stdout, manifest)
  else print(stdout, `${nextSteps(manifest, { dir, link })}\n`)
  return 0
}

function nextSteps(
  { counts, createdAt, includes, waiting }: Manifest,
  { dir, link }: { dir: string; link: boolean },
): string {
  const lines = [
    `${dir} is as it was on ${createdAt}: ${counts.messages} messages of ${counts.chats} chats. Everything was checked.`,
  ]
  if (!link)
    lines.push('The link to WhatsApp was left out: start the gateway and scan the code with the phone.')
  if (!includes.files) lines.push('The backup has no files: pictures and documents are missing.')
  if (includes.config)
    lines.push(`The configuration is in ${join(dir, 'config.yaml')}: move it to its place.`)
  if (waiting > 0) {
    lines.push(
      `${waiting} messages were still to be sent. They go out when the phone is linked, unless they have expired: cancel what the ` +
        'old gateway has sent since.',
    )
  }
  return lines.join('\n')
}
