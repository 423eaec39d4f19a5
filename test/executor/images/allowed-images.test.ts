import { describe, expect, test } from 'vitest'
import { refuseImage } from '../../../src/executor/images/allowed-images.ts'
import { effectivePolicies, refusedPolicies } from '../../../src/executor/images/pull-policies.ts'
import { readWantedImage } from '../../../src/executor/images/wanted-image.ts'

describe('allowed_images', () => {
  test.each([
    { patterns: [], image: 'ruby:3.3', allows: true },
    { patterns: ['ruby:*'], image: 'ruby:3.3', allows: true },
    { patterns: ['ruby:*'], image: 'ruby', allows: false },
    { patterns: ['ruby:*'], image: 'acme/ruby:3.3', allows: false },
    { patterns: ['registry.example.com/*/*:*'], image: 'registry.example.com/team/app:1', allows: true },
    { patterns: ['registry.example.com/*/*:*'], image: 'registry.example.com/a/b/app:1', allows: false },
    { patterns: ['registry.example.com/**'], image: 'registry.example.com/a/b/app:1', allows: true },
    { patterns: ['**', '!*/kali*'], image: 'acme/kali:1', allows: false },
    { patterns: ['**', '!*/kali*'], image: 'acme/debian:1', allows: true },
    { patterns: ['!acme/**', '**'], image: 'acme/debian:1', allows: false },
    { patterns: ['!acme/**'], image: 'debian:1', allows: true },
    { patterns: ['**', '!docker.io/library/kali:*'], image: 'kali:1', allows: false },
    { patterns: ['docker.io/library/kali:*'], image: 'kali:1', allows: false },
  ])('$patterns lets $image in: $allows', ({ patterns, image, allows }) => {
    const refusal = refuseImage(image, readWantedImage(image).canonical, { kind: 'image', patterns })
    expect(refusal === undefined).toBe(allows)
  })

  test('refuses in the words that users know', () => {
    const list = { kind: 'service', patterns: ['postgres:*', 'redis:*'] } as const
    expect(refuseImage('mysql:8', 'docker.io/library/mysql:8', list)).toBe(
      [
        'The "mysql:8" service is not present on list of allowed services:',
        '- postgres:*',
        '- redis:*',
        '',
        "Please check runner's allowed_services configuration",
      ].join('\n'),
    )
  })
})

describe('pull policies', () => {
  test.each([
    { requested: [], configured: ['always'], allowed: ['always'], want: ['always'] },
    { requested: ['never'], configured: ['always'], allowed: ['always', 'never'], want: ['never'] },
    {
      requested: ['if-not-present', 'never', 'always'],
      configured: ['always'],
      allowed: ['always', 'if-not-present'],
      want: ['if-not-present', 'always'],
    },
    { requested: ['always', 'always'], configured: ['never'], allowed: ['always'], want: ['always'] },
    { requested: ['never'], configured: ['always'], allowed: ['always'], want: [] },
    { requested: [], configured: ['never'], allowed: ['always'], want: [] },
  ] as const)('$requested of $configured, allowed $allowed: $want', ({ want, ...choice }) => {
    expect(effectivePolicies(choice)).toEqual(want)
  })

  test('that are not allowed are named with who asked for them', () => {
    expect(
      refusedPolicies('ruby:3.3', {
        requested: ['if-not-present'],
        configured: ['always'],
        allowed: ['always'],
      }),
    ).toBe(
      'invalid pull policy for image "ruby:3.3": pull_policy ([if-not-present]) defined in GitLab pipeline config ' +
        'is not one of the allowed_pull_policies ([always])',
    )
    expect(
      refusedPolicies('ruby:3.3', { requested: [], configured: ['never'], allowed: ['always'] }),
    ).toContain('pull_policy ([never]) defined in Runner config is not')
  })
})
