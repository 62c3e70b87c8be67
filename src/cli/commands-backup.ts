import type { Command } from 'commander'
import type { BackupFlags } from './backup.ts'
import { configFlag, examples } from './command-parts.ts'
import type { CommandOutcome } from './command-parts.ts'
import type { CliContext } from './context.ts'
import type { RestoreFlags } from './restore.ts'

const passphraseFlag = ['--passphrase-file <file>', 'a file with the passphrase that encrypts it'] as const

/** Adds `zaguan backup` and `zaguan restore`. */
export function addBackup(program: Command, context: CliContext, outcome: CommandOutcome): void {
  program
    .command('backup [file]')
    .description('write a backup into a file, or - for stdout; works while the gateway runs')
    .option('--no-media', 'leave out the files of messages')
    .option(...passphraseFlag)
    .option(...configFlag)
    .option('--data <folder>', 'the data folder of the gateway (data.dir)')
    .option('--sandbox', 'back up the built-in sandbox')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'zaguan backup',
        'zaguan backup /mnt/usb/zaguan.tar.enc --passphrase-file ./passphrase',
        'zaguan backup - --no-media | ssh nas "cat > zaguan.tar"',
      ),
    )
    .action(async (file: string | undefined, flags: BackupFlags) => {
      // Loaded late, like everything that opens the database.
      outcome.code = await (await import('./backup.ts')).backup(file, flags, context)
    })
  program
    .command('restore <file>')
    .description('restore a backup into a new or empty data folder, and check it')
    .requiredOption('--data <folder>', 'the new data folder')
    .option('--passphrase-file <file>', 'a file with the passphrase of the backup')
    .option('--secret-key <file>', 'the secret.key of the former folder, if the backup has none')
    .option('--new-key', 'go on without that key: webhooks then need new secrets')
    .option('--with-link', 'take over the link to WhatsApp; only if the old gateway never runs again')
    .option('--i-stopped-the-old-one', 'confirm that it does not run since the backup was made')
    .option('--sandbox', 'restore the built-in sandbox')
    .option(...configFlag)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'zaguan restore zaguan-20261201T020000Z.tar --data ./data --secret-key ./secret.key',
        'zaguan restore zaguan.tar.enc --data /srv/zaguan/data --passphrase-file ./passphrase',
      ),
    )
    .action(async (file: string, flags: RestoreFlags) => {
      outcome.code = await (await import('./restore.ts')).restore(file, flags, context)
    })
}
