import { PULL_POLICIES, type PullPolicy } from '../../executor/job/job.ts'
import type { ImageConfig, ServiceConfig } from '../config/image-config.ts'
import type { Field, MapField } from './field.ts'
import { JOB_VARIABLE, readVariables } from './read-variables.ts'

const IMAGE_KEYWORDS = { read: ['name', 'entrypoint', 'pull_policy', 'docker'], noted: ['kubernetes'] }
const SERVICE_KEYWORDS = {
  read: [...IMAGE_KEYWORDS.read, 'alias', 'command', 'variables'],
  noted: IMAGE_KEYWORDS.noted,
}
const DOCKER_KEYWORDS = { read: ['platform', 'user'] }

export function readImage(field: Field): ImageConfig | undefined {
  if (!field.isMap) return readNameAlone(field)
  const map = field.map(IMAGE_KEYWORDS)
  return map === undefined ? undefined : readImageMap(field, map)
}

export function readServices(field: Field): readonly ServiceConfig[] {
  return (field.flatItems() ?? []).flatMap((item) => readService(item) ?? [])
}

function readService(field: Field): ServiceConfig | undefined {
  if (!field.isMap) {
    const image = readNameAlone(field)
    return image && { ...image, alias: undefined, command: undefined, variables: [] }
  }
  const map = field.map(SERVICE_KEYWORDS)
  const image = map && readImageMap(field, map)
  if (map === undefined || image === undefined) return undefined
  const variables = map.get('variables')
  return {
    ...image,
    alias: map.get('alias')?.filledText(),
    command: map.get('command')?.texts(),
    variables: variables === undefined ? [] : readVariables(variables, JOB_VARIABLE),
  }
}

function readNameAlone(field: Field): ImageConfig | undefined {
  const name = field.filledText()
  if (name === undefined) return undefined
  return {
    name,
    entrypoint: undefined,
    pullPolicies: [],
    platform: undefined,
    user: undefined,
    at: field.at,
  }
}

function readImageMap(field: Field, map: MapField): ImageConfig | undefined {
  const name = map.get('name')
  if (name === undefined) return field.refuse('has no name: the image that is meant')
  const docker = map.get('docker')?.map(DOCKER_KEYWORDS)
  const image = {
    name: name.filledText() ?? '',
    entrypoint: map.get('entrypoint')?.texts(),
    pullPolicies: readPullPolicies(map.get('pull_policy')),
    platform: docker?.get('platform')?.filledText(),
    user: docker?.get('user')?.textOrNumber(),
    at: field.at,
  }
  return image.name === '' ? undefined : image
}

function readPullPolicies(field: Field | undefined): readonly PullPolicy[] {
  if (field === undefined) return []
  const items = field.isList ? (field.items() ?? []) : [field]
  return items.flatMap((item) => item.choice(PULL_POLICIES) ?? [])
}
