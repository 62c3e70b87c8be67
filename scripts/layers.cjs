'use strict'

/** What each folder of src may import: the law of the tree. A folder may always import itself. */
const may = {
  cli: ['app', 'config', 'domain', 'storage', 'services', 'wire', 'whatsapp', 'sandbox', 'http', 'util'],
  config: ['domain', 'util'],
  domain: ['util'],
  storage: ['domain', 'util'],
  services: ['domain', 'storage', 'util'],
  whatsapp: ['domain', 'util'],
  sandbox: ['util'],
  wire: ['domain', 'util'],
  net: ['domain', 'util'],
  webhooks: ['domain', 'storage', 'net', 'wire', 'util'],
  llm: ['domain', 'util'],
  bot: ['domain', 'services', 'util'],
  jobs: ['domain', 'services', 'util'],
  http: ['domain', 'services', 'wire', 'util'],
  client: [],
  util: [],
}

/** The one folder in which each heavy package may be imported. */
const owners = {
  '@whiskeysockets/baileys': 'whatsapp|sandbox',
  libsignal: 'whatsapp|sandbox|util',
  'curve25519-js': 'util',
  'whatsapp-rust-bridge': 'util',
  'better-sqlite3': 'storage',
  kysely: 'storage',
  '@fastify/busboy': 'http',
  'file-type': 'util',
  koa: 'http',
  '@koa/router': 'http',
  'koa-bodyparser': 'http',
  commander: 'cli',
  pino: 'util',
  'prom-client': 'http',
  yaml: 'config',
  'node-cron': 'jobs',
  openai: 'llm',
  undici: 'util|webhooks',
  'openapi-fetch': 'client',
  'opus-decoder': 'util',
  sharp: 'util',
  'libphonenumber-js': 'domain',
  'temporal-polyfill': 'domain',
  'csv-parse': 'wire',
  tinyld: 'domain',
}

const folderRules = Object.entries(may).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${['itself', ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^src/',
    pathNot: [folder, ...allowed].map((name) => (name === 'app' ? '^src/app\\.ts$' : `^src/${name}/`)),
  },
}))

const ownerRules = Object.entries(owners).map(([name, folder]) => ({
  name: `${name}-has-one-owner`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folder})/` },
  to: { path: `^node_modules/(@types/)?${name}/` },
}))

const vocabularies = ['boton', 'botssy', 'botbiz']

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/(main|client/client)\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    ...folderRules,
    ...ownerRules,
    ...vocabularies.map((name) => ({
      name: `${name}-stands-alone`,
      comment: 'the three API vocabularies never import one another',
      severity: 'error',
      from: { path: `^src/(http/facades|wire)/${name}` },
      to: { path: `^src/(http/facades|wire)/(${vocabularies.filter((other) => other !== name).join('|')})` },
    })),
    {
      name: 'facades-see-no-koa',
      severity: 'error',
      from: { path: '^src/http/facades/' },
      to: { path: '^node_modules/(@types/)?(koa|@koa)' },
    },
    {
      name: 'whatsapp-comes-late',
      comment: 'its library takes as long to load as everything else: the start must not wait for it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(whatsapp|sandbox)/' },
      to: {
        path: '^src/whatsapp/',
        pathNot: '^src/whatsapp/whatsapp\\.ts$',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'types', 'node'] },
  },
}
