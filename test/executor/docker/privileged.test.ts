import { expect, test } from 'vitest'
import { isBuildPrivileged, isServicePrivileged } from '../../../src/executor/docker/privileged.ts'

const PLAIN = {
  privileged: false,
  servicesPrivileged: undefined,
  allowedPrivilegedImages: [],
  allowedPrivilegedServices: [],
}

test.each([
  ['nothing is asked', {}, false, false],
  ['all are', { privileged: true }, true, true],
  ['services are not', { privileged: true, servicesPrivileged: false }, true, false],
  ['services alone are', { servicesPrivileged: true }, false, true],
  ['another image is', { privileged: true, allowedPrivilegedImages: ['podman:*'] }, false, true],
  ['this image is', { privileged: true, allowedPrivilegedServices: ['docker:*dind'] }, true, true],
  ['another service is', { privileged: true, allowedPrivilegedServices: ['docker:1'] }, true, false],
])('%s privileged', (_, special, isBuild, isService) => {
  const settings = { ...PLAIN, ...special }
  expect(isBuildPrivileged('docker:20-dind', settings)).toBe(isBuild)
  expect(isServicePrivileged('docker:20-dind', settings)).toBe(isService)
})
