/**
 * Who may import whom. Folders under src are layers:
 *   oci <- streams <- store, upstream <- cache, auth <- server <- cli
 * with config beside them, and executor <- runner, pipeline apart from the cache altogether.
 */

/**
 * Small things that any layer above streams may ask: time, what is still ahead in it, how long things took, waits that
 * end early, the codes of file errors, the log, what hides secrets, guesses words, chooses proxies and counts what is
 * remembered; and the events of a YAML text.
 */
const COMMON =
  'src/(yaml/|(at-most-entries|clock|duration|duration-counts|file-error|log|loopback-id|proxy-choice|redact|replace-file|still-ahead|suggest|until-aborted)\\.ts$)'

/** What store and upstream promise, without how they keep it. */
const STORE_INTERFACES =
  'src/store/(blob-store|ingest|catalog|access-catalog|list-catalog|pull-day-catalog|errors|storage-error)\\.ts$'
const UPSTREAM_INTERFACES = 'src/upstream/(upstream|errors)\\.ts$'

/** A layer that may import itself and what is named, of all that is under src. */
function layer({ name, comment, from, to }) {
  const allowed = [`^src/${from}/`, ...to.map((path) => `^${path}`)].join('|')
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^src/${from}/` },
    to: { path: '^src/', pathNot: allowed },
  }
}

/** A package that only some files may import. */
function owned({ name, comment, packages, by }) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: '^src/', pathNot: by.map((path) => `^src/${path}`).join('|') },
    to: { path: `(^|/)node_modules/(@types/)?(${packages.join('|')})/` },
  }
}

export default {
  forbidden: [
    {
      name: 'oci-is-pure',
      comment:
        'The domain model stays testable without I/O and usable by every layer: no package, no other layer. ' +
        'crypto is for digests, net for telling an IP address from a name.',
      severity: 'error',
      from: { path: '^src/oci/' },
      to: { pathNot: '^src/oci/|^(node:)?(crypto|net)$' },
    },
    {
      name: 'streams-need-node-only',
      comment: 'Moving bytes knows nothing of registries, layouts or settings, so every layer can reuse it.',
      severity: 'error',
      from: { path: '^src/streams/' },
      to: { pathNot: '^src/(streams|oci)/', dependencyTypesNot: ['core'] },
    },
    layer({
      name: 'store-knows-no-upstream',
      comment:
        'Another store (S3, Postgres) must not drag HTTP in: where content came from is not its business.',
      from: 'store',
      to: ['src/(streams|oci)/', COMMON],
    }),
    layer({
      name: 'upstream-knows-no-store',
      comment:
        'Fetching is apart from keeping: what is kept, and who may read it, is decided in cache alone.',
      from: 'upstream',
      to: ['src/(streams|oci)/', COMMON],
    }),
    layer({
      name: 'cache-imports-interfaces-only',
      comment:
        'The flows are written against what store and upstream promise, so that either can be replaced.',
      from: 'cache',
      to: ['src/(streams|oci)/', COMMON, STORE_INTERFACES, UPSTREAM_INTERFACES],
    }),
    layer({
      name: 'auth-is-apart-from-pulling',
      comment: 'Who may ask is decided without knowing how content is fetched or kept.',
      from: 'auth',
      to: ['src/oci/', COMMON, STORE_INTERFACES],
    }),
    layer({
      name: 'executor-knows-no-cache',
      comment:
        'Jobs reach the cache over HTTP like every other client; the executor works with any registry.',
      from: 'executor',
      to: ['src/oci/', COMMON],
    }),
    layer({
      name: 'runner-and-pipeline-know-jobs-only',
      comment: 'Where jobs come from is apart from the server: both hand the same Job to the executor.',
      from: '(runner|pipeline)',
      to: ['src/(executor|oci)/', COMMON],
    }),
    layer({
      name: 'config-is-a-leaf',
      comment: 'Settings are read before anything else exists, so they depend on nothing that runs.',
      from: 'config',
      to: ['src/(oci|yaml)/', 'src/(duration|file-error|suggest)\\.ts$'],
    }),
    layer({
      name: 'yaml-is-a-leaf',
      comment: 'A text becomes events whatever it is about.',
      from: 'yaml',
      to: [],
    }),
    {
      name: 'settings-are-handed-down',
      comment: 'Below server and cli nothing reads settings: it is given the values that it needs.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(config|server|cli)/' },
      to: { path: '^src/config/' },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'The command line is one user of the program, not a part of it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-cli-imports-server',
      comment: 'The layers below work without HTTP of ours.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server|cli)/' },
      to: { path: '^src/server/' },
    },
    {
      name: 'concrete-classes-in-the-composition-root',
      comment:
        'Handlers and commands use interfaces; only the composition root knows which class is behind one.',
      severity: 'error',
      from: { path: '^src/(server|cli)/', pathNot: '^src/server/(context|upstreams|start)\\.ts$' },
      to: { path: '^src/(store|upstream)/', pathNot: `${STORE_INTERFACES}|${UPSTREAM_INTERFACES}` },
    },
    owned({
      name: 'undici-talks-to-other-servers-only',
      comment: 'Addresses, redirects and credentials are checked where requests leave: in few places.',
      packages: ['undici'],
      by: ['upstream/', 'runner/', 'executor/proxy/', 'cli/(server-client|run/fetch-text)\\.ts$'],
    }),
    owned({
      name: 'fastify-stays-in-server',
      comment: 'The framework can be replaced without touching what the server does.',
      packages: ['fastify', '@fastify'],
      by: ['server/'],
    }),
    owned({
      name: 'prometheus-stays-in-metrics',
      comment:
        'What is counted is plain numbers everywhere else: they cost nothing, and any other format can be made of them.',
      packages: ['prom-client'],
      by: ['server/metrics/'],
    }),
    owned({
      name: 'tokens-stay-in-auth',
      comment: 'What a token is worth is decided in one place.',
      packages: ['jose'],
      by: ['auth/'],
    }),
    owned({
      name: 'sqlite-stays-in-store',
      comment: 'No SQL outside the store: another catalog must be able to take its place.',
      packages: ['better-sqlite3'],
      by: ['store/'],
    }),
    owned({
      name: 'schemas-stay-in-config',
      comment:
        'What comes in as text is checked at the edge once; inside, types say it. Jobs come from servers and files.',
      packages: ['zod'],
      by: [
        'config/',
        'server/schemas/',
        'executor/(job|config|proxy)/',
        'executor/images/proof-file\\.ts$',
        'runner/protocol/',
      ],
    }),
    owned({
      name: 'events-of-yaml-become-values-in-two-places',
      comment:
        'Settings, and the nodes of a pipeline file that know their place; yaml alone knows the parser.',
      packages: ['js-yaml'],
      by: ['yaml/', 'config/file(-places)?\\.ts$', 'pipeline/yaml/'],
    }),
    owned({
      name: 'toml-stays-in-executor-config',
      comment: 'config.toml is read in one place, which knows the lines of its keys.',
      packages: ['smol-toml'],
      by: ['executor/config/'],
    }),
    owned({
      name: 'zips-stay-in-the-stages',
      comment: 'A zip from a server is looked through before anything of it is unpacked: in one place.',
      packages: ['yazl', 'yauzl'],
      by: ['executor/stages/archives/'],
    }),
    owned({
      name: 'tar-stays-in-executor',
      comment:
        'Files enter and leave containers as tar. What is in an archive is looked at by those who move them, and by ' +
        'nobody above; the sources of a pipeline are put into one where they are read.',
      packages: ['tar-stream'],
      by: ['executor/(tar|docker|stages/files)/', 'pipeline/sources/'],
    }),
    owned({
      name: 're2-stays-in-pipeline',
      comment: 'Patterns of pipeline files are run by an engine of linear time; ours need none.',
      packages: ['re2js'],
      by: ['pipeline/expression/'],
    }),
    owned({
      name: 'xml-stays-in-reports',
      comment: 'XML of jobs is read in one place, without entities of its own.',
      packages: ['saxes'],
      by: ['pipeline/reports/'],
    }),
    owned({
      name: 'networks-stay-in-config',
      comment: 'Which address is in which network is told by one reader, so that no two disagree.',
      packages: ['ipaddr\\.js'],
      by: ['config/network\\.ts$'],
    }),
    owned({
      name: 'widths-stay-in-one-file',
      comment: 'How wide a text is on a terminal is asked in one place, so that columns and footers agree.',
      packages: ['string-width'],
      by: ['cli/display-width\\.ts$'],
    }),
    owned({
      name: 'commander-stays-in-cli',
      comment: 'Commands are thin: what they do works without a command line.',
      packages: ['commander'],
      by: ['cli/'],
    }),
    owned({
      name: 'pino-stays-in-server',
      comment: 'Layers log through the Log interface, and tests hand them a recorder.',
      packages: ['pino', 'pino-pretty'],
      by: ['server/'],
    }),
    owned({
      name: 'dockerode-stays-in-executor-docker',
      comment: 'The executor interface must be implementable without Docker.',
      packages: ['dockerode'],
      by: ['executor/docker/'],
    }),
    {
      name: 'no-circular-imports',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment:
        'A file that nothing imports is dead. Sizes wait for the space budget, the first setting of bytes.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/config/size\\.ts$',
        orphan: true,
      },
      to: {},
    },
    {
      name: 'no-development-packages',
      comment: 'What is not installed with the package cannot be imported by it.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
    {
      name: 'nothing-outside-src',
      comment: 'Only src is built and published: tests and benchmarks import it, never the reverse.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|build|dist)/' },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would slip past every other rule.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: a layer that names another layer's types depends on it.
    tsPreCompilationDeps: true,
  },
}
