// Settings of a gateway that fetches no files, keeps no pace and sends no webhooks.
export function bareSettings({ fromFile, bot }) {
  return {
    accounts: { fromFile },
    messages: { contents: { read: () => undefined } },
    media: { fetch: false, maxBytes: 1024, retentionDays: null, allowPrivate: [] },
    sending: { timeToLiveMs: 3_600_000, pacing: 'off' },
    bot,
    webhooks: { retentionDays: 30, allowPrivate: [] },
    server: { host: '127.0.0.1', port: 0, publicUrl: null },
  }
}
