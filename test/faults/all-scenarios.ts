import type { Scenario } from './scenario.ts'
import { ACCESS_SCENARIOS } from './scenarios/access.ts'
import { BODY_SCENARIOS } from './scenarios/broken-bodies.ts'
import { READER_SCENARIOS } from './scenarios/readers.ts'
import { REQUEST_SCENARIOS } from './scenarios/requests.ts'
import { STORAGE_SCENARIOS } from './scenarios/storage.ts'
import { TAG_SCENARIOS } from './scenarios/tags.ts'

/** One for each row of docs/failures.md, in its order. */
export const ALL_SCENARIOS: readonly Scenario[] = [
  ...READER_SCENARIOS,
  ...BODY_SCENARIOS,
  ...STORAGE_SCENARIOS,
  ...TAG_SCENARIOS,
  ...ACCESS_SCENARIOS,
  ...REQUEST_SCENARIOS,
].sort((one, other) => one.row - other.row)
