import type { Dialect } from '../config/pipeline-config.ts'
import type { Keywords } from './field.ts'

/** The words of one kind of pipeline file. */
export interface DialectWords {
  /** What stands at the top and is no job. */
  readonly pipeline: Keywords
  readonly job: Keywords
  /** What a job takes from the top when it has none of its own. */
  readonly inherited: readonly string[]
}

const GITLAB_INHERITED = ['image', 'services', 'cache', 'before_script', 'after_script']

const GITLAB: DialectWords = {
  pipeline: { read: [...GITLAB_INHERITED, 'default', 'include', 'stages', 'variables', 'workflow'] },
  job: {
    read: [
      ...['after_script', 'allow_failure', 'artifacts', 'before_script', 'cache', 'coverage', 'dependencies'],
      ...['environment', 'except', 'extends', 'hooks', 'image', 'inherit', 'interruptible', 'needs', 'only'],
      ...['parallel', 'resource_group', 'retry', 'rules', 'run', 'script', 'services', 'stage', 'start_in'],
      ...['tags', 'timeout', 'trigger', 'variables', 'when'],
    ],
    noted: [
      ...[
        'dast_configuration',
        'id_tokens',
        'identity',
        'inputs',
        'manual_confirmation',
        'pages',
        'publish',
        'release',
      ],
      'secrets',
    ],
  },
  inherited: GITLAB_INHERITED,
}

const ALLOY_INHERITED = ['image', 'services', 'cache', 'before_script', 'after_script']

const ALLOY: DialectWords = {
  pipeline: { read: [...ALLOY_INHERITED, 'stages', 'variables'] },
  job: {
    read: [
      ...['after_script', 'allow_failure', 'artifacts', 'before_script', 'cache', 'dependencies', 'except'],
      ...['image', 'only', 'script', 'services', 'stage', 'tags', 'variables', 'when'],
    ],
    noted: ['environment'],
  },
  inherited: ALLOY_INHERITED,
}

export const DIALECTS: Readonly<Record<Dialect, DialectWords>> = { gitlab: GITLAB, alloy: ALLOY }

/** What may stand in `default:`. */
export const DEFAULT_KEYWORDS = {
  read: [...GITLAB_INHERITED, ...['artifacts', 'hooks', 'id_tokens', 'interruptible', 'retry', 'tags']],
  // GitLab reads it and leaves it at that.
  noted: ['timeout', 'identity'],
}
