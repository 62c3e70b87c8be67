'use strict'

/** The features, in the one order in which they may import each other: each only those before it. */
const features = [
  'events',
  'accounts',
  'access',
  'media',
  'contacts',
  'chats',
  'messages',
  'sending',
  'bot',
  'webhooks',
  'insight',
]
const everyFeature = features.map((name) => `features/${name}`)

/** The law of imports: each folder of src with the folders that it may import, besides itself. */
const may = {
  runtime: [],
  util: ['runtime'],
  core: ['util'],
  db: ['core', 'util', 'runtime'],
  backup: ['core', 'db', 'util', 'runtime'],
  signal: [],
  net: ['core', 'features/media', 'util'],
  ...Object.fromEntries(
    features.map((name, place) => [
      `features/${name}`,
      ['core', 'db', 'net', 'util', 'runtime', ...everyFeature.slice(0, place)],
    ]),
  ),
  llm: ['core', 'features/bot', 'util'],
  whatsapp: ['core', 'signal', ...everyFeature, 'util', 'runtime'],
  sandbox: ['signal', 'util'],
  http: ['core', 'features/access', 'util', 'runtime'],
  apis: ['core', ...everyFeature, 'http', 'util', 'runtime'],
  config: ['core', ...everyFeature, 'util', 'runtime'],
  daemon: [
    'core',
    'db',
    'backup',
    ...everyFeature,
    'net',
    'llm',
    'whatsapp',
    'sandbox',
    'http',
    'apis',
    'config',
    'util',
    'runtime',
  ],
  cli: ['core', 'db', 'backup', ...everyFeature, 'apis', 'config', 'daemon', 'sandbox', 'http', 'util'],
  client: [],
  'main.ts': ['cli', 'daemon', 'util', 'runtime'],
}

/** The folders in which each heavy package may be imported. */
const owners = {
  '@whiskeysockets/baileys': 'whatsapp|sandbox',
  libsignal: 'whatsapp|sandbox|signal',
  'curve25519-js': 'signal',
  'whatsapp-rust-bridge': 'signal',
  'better-sqlite3': 'db',
  kysely: 'db|features/[^/]+/queries',
  '@fastify/busboy': 'http',
  'file-type': 'features/media',
  koa: 'http',
  '@koa/router': 'http',
  'koa-bodyparser': 'http',
  commander: 'cli',
  pino: 'util',
  'prom-client': 'apis/zaguan/metrics',
  yaml: 'config',
  'node-cron': 'daemon',
  openai: 'llm',
  undici: 'util|features/webhooks',
  'openapi-fetch': 'client',
  'opus-decoder': 'features/media/preview',
  sharp: 'features/media/preview',
  'libphonenumber-js': 'core',
  'temporal-polyfill': 'core',
  'csv-parse': 'apis/zaguan/bot',
  'tar-stream': 'backup',
  tinyld: 'core',
}

const pathOf = (name) => (name.endsWith('.ts') ? `^src/${name.replace('.', '\\.')}$` : `^src/${name}/`)

/** Ports and tables are described in the words of features: these folders may import types from everywhere. */
const speaksOfAll = ['core', 'db']

const folderRules = Object.entries(may).map(([folder, others]) => ({
  name: `${folder.replace('/', '-')}-imports`,
  comment: `src/${folder} may import ${['itself', ...others].join(', ')}`,
  severity: 'error',
  from: { path: pathOf(folder) },
  to: {
    path: '^src/',
    pathNot: [folder, ...others].map(pathOf),
    ...(speaksOfAll.includes(folder) ? { dependencyTypesNot: ['type-only'] } : {}),
  },
}))

const ownerRules = Object.entries(owners).map(([name, folder]) => ({
  name: `${name}-has-one-owner`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folder})/` },
  to: { path: `^node_modules/(@types/)?${name}/` },
}))

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
    {
      name: 'queries-are-private',
      comment: 'what others may read and write of a feature’s rows is in its records.ts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/features/' },
      to: { path: '^src/features/[^/]+/queries/' },
    },
    {
      name: 'queries-are-private-to-their-feature',
      comment: 'what others may read and write of a feature’s rows is in its records.ts',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: { path: '^src/features/[^/]+/queries/', pathNot: '^src/features/$1/' },
    },
    ...ownerRules,
    {
      name: 'apis-stand-alone',
      comment:
        'the APIs never import one another; what two of them share is in src/apis/shared, which knows none',
      severity: 'error',
      from: { path: '^src/apis/([^/]+)/' },
      to: { path: '^src/apis/[^/]+/', pathNot: '^src/apis/($1|shared)/' },
    },
    {
      name: 'apis-see-no-koa',
      severity: 'error',
      from: { path: '^src/apis/' },
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
