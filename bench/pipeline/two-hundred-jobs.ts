/** As many as `rules`, `needs` and a matrix make of the texts below. */
export const JOBS = 200

const SERVICES = 30
const REGIONS = ['eu', 'us', 'ap', 'sa']

/** A project of thirty services, as such files are written: templates, includes, rules, needs, a matrix. */
export const TEXTS: Readonly<Record<string, string>> = {
  '.gitlab-ci.yml': `
stages: [lint, build, test, package, deploy]

include:
  - local: ci/templates.yml
  - local: ci/services/*.yml

variables:
  DOCKER_HOST: tcp://docker:2375
  REGISTRY: registry.example.com/acme
  IMAGE_TAG: $CI_COMMIT_SHORT_SHA
  GOFLAGS: -mod=vendor -trimpath

default:
  image: node:20
  before_script:
    - node --version
    - npm ci --prefer-offline
  retry: { max: 1, when: [runner_system_failure] }

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH
    - if: $CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+$/

${Array.from({ length: 10 }, (_, index) => ownJob(index)).join('\n')}
smoke:
  extends: .deploy
  stage: deploy
  parallel:
    matrix:
      - REGION: [${REGIONS.join(', ')}]
        TIER: [web, api, worker, cron, edge]
  script:
    - ./ci/smoke.sh "$REGION" "$TIER"
  needs:
    - { job: package-0, artifacts: true }
    - { job: test-0, optional: true }
  rules:
    - !reference [.on-main, rules]
`,
  'ci/templates.yml': `
.on-main:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    - if: $CI_COMMIT_TAG
    - if: $CI_PIPELINE_SOURCE == "schedule"
      when: never

.setup:
  script:
    - apt-get update -qq
    - apt-get install -y -qq git curl jq
    - |
      if [ -n "$CACHE_URL" ]; then
        curl -fsS "$CACHE_URL" | tar xz
      fi

.job:
  interruptible: true
  tags: [docker, linux]
  timeout: 30 minutes
  variables: &common
    FF_USE_FASTZIP: "true"
    CACHE_COMPRESSION_LEVEL: fast
  cache: &cache
    key: { files: [package-lock.json], prefix: "$CI_JOB_NAME_SLUG" }
    paths: [node_modules/, .npm/]
    policy: pull

.build:
  extends: .job
  stage: build
  artifacts:
    paths: [dist/, build/reports/]
    expire_in: 1 week

.test:
  extends: .job
  stage: test
  services:
    - name: postgres:16
      alias: db
      variables: { POSTGRES_PASSWORD: test }
    - redis:7
  artifacts:
    when: always
    reports: { junit: "reports/*.xml" }

.deploy:
  extends: .job
  stage: deploy
  variables:
    <<: *common
    GIT_STRATEGY: none
  resource_group: $CI_COMMIT_REF_SLUG
`,
  ...Object.fromEntries(
    Array.from({ length: SERVICES }, (_, index) => [`ci/services/s${index}.yml`, serviceJobs(index)]),
  ),
}

/** Every file of the project; globs of rules are compared with all of them. */
export const TRACKED: readonly string[] = [
  ...Object.keys(TEXTS),
  ...Array.from({ length: 2000 }, (_, index) => `services/s${index % SERVICES}/src/part${index}/index.ts`),
]

function ownJob(index: number): string {
  return `
lint-${index}:
  extends: .job
  stage: lint
  needs: []
  script:
    - !reference [.setup, script]
    - npm run lint:${index} -- --max-warnings 0
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      changes: ["packages/p${index}/**/*", package-lock.json]
    - if: $CI_COMMIT_BRANCH =~ /^(main|release\\/.*)$/
`
}

/** One of the packages, four jobs of its own, and every third a test of two parts. */
function serviceJobs(index: number): string {
  const parallel = index % 3 === 0 ? '\n  parallel: 3' : ''
  return `
build-${index}:
  extends: .build
  script:
    - !reference [.setup, script]
    - npm run build --workspace services/s${index}
    - echo "built $CI_JOB_NAME for $CI_COMMIT_REF_NAME"
  needs: [lint-${index % 10}]
  rules:
    - if: $CI_COMMIT_BRANCH == "main" && $SKIP_BUILD != "true"
    - changes: ["services/s${index}/**/*"]

test-${index}:
  extends: .test${parallel}
  variables:
    DATABASE_URL: postgres://postgres:test@db/s${index}
    SERVICE: s${index}
    REPORT: reports/$SERVICE-$CI_NODE_INDEX.xml
  script:
    - !reference [.setup, script]
    - npm test --workspace services/s${index} -- --shard "$CI_NODE_INDEX/$CI_NODE_TOTAL"
  needs: [build-${index}]
  coverage: '/Lines\\s*:\\s*(\\d+\\.?\\d*)%/'

package-${index}:
  extends: .build
  stage: package
  image: docker:27
  services: [docker:27-dind]
  script:
    - docker build --tag "$REGISTRY/s${index}:$IMAGE_TAG" services/s${index}
    - docker push "$REGISTRY/s${index}:$IMAGE_TAG"
  needs:
    - job: build-${index}
      artifacts: true
    - job: test-${index}
      artifacts: false
  rules:
    - !reference [.on-main, rules]
    - exists: [services/s${index}/Dockerfile]

deploy-${index}:
  extends: .deploy
  script:
    - ./ci/deploy.sh s${index} "$IMAGE_TAG"
  environment: { name: "production/s${index}", url: "https://s${index}.example.com" }
  needs: [package-${index}]
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true

scan-${index}:
  extends: .job
  stage: test
  script: [./ci/scan.sh services/s${index}]
  allow_failure: { exit_codes: [3, 4] }
  needs: [build-${index}]
  rules:
    - if: $SCAN_DISABLED
      when: never
    - !reference [.on-main, rules]
`
}
