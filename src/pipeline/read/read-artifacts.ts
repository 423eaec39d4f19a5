import { type ArtifactConfig, type ReportConfig, SAVE_WHENS } from '../config/artifact-config.ts'
import type { Field } from './field.ts'

const ARTIFACT_KEYWORDS = {
  read: ['name', 'paths', 'exclude', 'untracked', 'when', 'expire_in', 'reports'],
  noted: ['expose_as', 'public', 'access'],
}

/** Kinds of reports that are kept as files, and nothing more. */
const KEPT_REPORTS = [
  ...['accessibility', 'annotations', 'api_fuzzing', 'browser_performance', 'cluster_applications'],
  ...['cluster_image_scanning', 'codequality', 'container_scanning', 'coverage_fuzzing', 'coverage_report'],
  ...['cyclonedx', 'dast', 'dependency_scanning', 'license_scanning', 'load_performance', 'lsif', 'metrics'],
  ...[
    'performance',
    'repository_xray',
    'requirements',
    'requirements_v2',
    'sast',
    'sbom',
    'secret_detection',
  ],
  ...['terraform'],
]
const REPORT_KEYWORDS = { read: ['dotenv', 'junit', ...KEPT_REPORTS] }
const COVERAGE_KEYWORDS = { read: ['coverage_format', 'path'] }

export function readArtifacts(field: Field): ArtifactConfig | undefined {
  const map = field.map(ARTIFACT_KEYWORDS)
  if (map === undefined) return undefined
  const reports = map.get('reports')
  return {
    name: map.get('name')?.textOrNumber(),
    paths: map.get('paths')?.texts() ?? [],
    exclude: map.get('exclude')?.texts() ?? [],
    isUntracked: map.get('untracked')?.boolean() ?? false,
    when: map.get('when')?.choice(SAVE_WHENS) ?? 'on_success',
    expireIn: map.get('expire_in')?.textOrNumber(),
    reports: reports === undefined ? [] : readReports(reports),
  }
}

function readReports(field: Field): readonly ReportConfig[] {
  const map = field.map(REPORT_KEYWORDS)
  return (map?.keys ?? []).flatMap((type) => {
    const report = map?.get(type)
    if (report === undefined || !REPORT_KEYWORDS.read.includes(type)) return []
    if (KEPT_REPORTS.includes(type)) report.note('is kept as a file and not looked into here')
    const paths = report.isMap ? readCoveragePath(report) : report.textOrTexts()
    return paths === undefined ? [] : { type, paths }
  })
}

function readCoveragePath(report: Field): readonly string[] | undefined {
  const path = report.map(COVERAGE_KEYWORDS)?.get('path')
  return path === undefined ? report.refuse('has no path') : path.textOrTexts()
}
