import { describe, expect, test } from 'vitest'
import {
  parseCpus,
  parseDevice,
  parseGpus,
  parseMemory,
  parseUlimit,
} from '../../../src/executor/config/engine-values.ts'

describe('memory is written as for docker run', () => {
  test.each([
    ['134217728', 134_217_728],
    ['128b', 128],
    ['128k', 131_072],
    ['128m', 134_217_728],
    ['128M', 134_217_728],
    ['128mb', 134_217_728],
    ['128MiB', 134_217_728],
    ['1.5g', 1_610_612_736],
    ['2 g', 2_147_483_648],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseMemory(text)).toBe(bytes)
  })

  test.each(['12x', 'm', '-1', '1e3', '1,5g', '128 m b', '99999999999999999t'])('%s is none', (text) => {
    expect(parseMemory(text)).toBeUndefined()
  })
})

describe('processors', () => {
  test.each([
    ['1', 1e9],
    ['1.5', 1.5e9],
    ['0.000000001', 1],
    ['3/2', 1.5e9],
  ])('%s is %i billionths', (text, nanoCpus) => {
    expect(parseCpus(text)).toBe(nanoCpus)
  })

  test.each(['0', '1/0', 'two', '-1', '1.5.1'])('%s is none', (text) => {
    expect(parseCpus(text)).toBeUndefined()
  })
})

describe('ulimits', () => {
  test.each([
    ['1024', 1024, 1024],
    ['1024:2048', 1024, 2048],
    ['-1', -1, -1],
    ['1024:-1', 1024, -1],
  ])('%s', (text, soft, hard) => {
    expect(parseUlimit('nofile', text)).toEqual({ Name: 'nofile', Soft: soft, Hard: hard })
  })

  test.each(['', 'many', '2048:1024', '-1:1024', '1:2:3'])('%j is none', (text) => {
    expect(parseUlimit('nofile', text)).toBeUndefined()
  })
})

describe('devices', () => {
  test.each([
    ['/dev/kvm', '/dev/kvm', '/dev/kvm', 'rwm'],
    ['/dev/kvm:/dev/x', '/dev/kvm', '/dev/x', 'rwm'],
    ['/dev/kvm:/dev/x:r', '/dev/kvm', '/dev/x', 'r'],
    ['/dev/kvm:rw', '/dev/kvm', '/dev/kvm', 'rw'],
    ['vendor.example/gpu=0', 'vendor.example/gpu=0', 'vendor.example/gpu=0', 'rwm'],
  ])('%s', (text, host, container, permissions) => {
    expect(parseDevice(text)).toEqual({
      PathOnHost: host,
      PathInContainer: container,
      CgroupPermissions: permissions,
    })
  })

  test.each(['', 'a:b:c:d', '/dev/kvm:/dev/x:read'])('%j is none', (text) => {
    expect(parseDevice(text)).toBeUndefined()
  })
})

describe('gpus', () => {
  test.each([
    ['all', { Count: -1 }],
    ['2', { Count: 2 }],
    ['device=0,GPU-3a23c669', { DeviceIDs: ['0', 'GPU-3a23c669'] }],
    ['"device=0,1"', { DeviceIDs: ['0', '1'] }],
  ])('%s', (text, request) => {
    expect(parseGpus(text)).toEqual({ ...request, Capabilities: [['gpu']] })
  })

  test.each(['none', 'device=', '-1'])('%s is none', (text) => {
    expect(parseGpus(text)).toBeUndefined()
  })
})
