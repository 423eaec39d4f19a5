import { type Command, Option } from 'commander'
import { PIPELINE_EVENTS } from '../../pipeline/pipeline-context.ts'
import { collect } from '../collect.ts'

/** What all commands take that are about the pipeline of a project: see ProjectFlags. */
export function addProjectFlags(command: Command): Command {
  return command
    .option('-C, --directory <dir>', 'the project (default: the one that this directory is in)')
    .option('--file <path>', 'the pipeline file, from the top of the project (default: .gitlab-ci.yml)')
    .addOption(
      new Option('--event <event>', 'what starts the pipeline').choices(PIPELINE_EVENTS).default('push'),
    )
    .option('--tag <name>', 'as for this tag, instead of the branch')
    .option('--variable <name=value>', 'set a variable of the pipeline; can be repeated', collect)
    .option('--variables-file <file>', 'variables in place of those of the project, NAME=value per line')
    .option('--file-variable <name=path>', 'set a variable to the path of a copy of this file', collect)
    .option('--input <name=value>', 'a value for an input of the pipeline file (spec:inputs)', collect)
    .option('--committed', 'the files of the last commit, not those of the work tree')
}
