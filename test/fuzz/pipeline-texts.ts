import { ExpressionInvalid } from '../../src/pipeline/expression/expression-invalid.ts'
import { parseExpression } from '../../src/pipeline/expression/parse-expression.ts'
import { compileGlob } from '../../src/pipeline/glob/compile-glob.ts'
import { PipelineError } from '../../src/pipeline/mistakes.ts'
import { countTests } from '../../src/pipeline/reports/count-tests.ts'
import { loadText } from '../pipeline/load-text.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

/** What the author of a pipeline writes, and what its jobs report. */
export const PIPELINE_TEXTS: readonly FuzzedParser[] = [
  {
    name: 'a pipeline file',
    read: loadText,
    throws: [PipelineError],
    words: [
      'job:\n',
      '  script: make\n',
      '  script: [a, b]\n',
      '  extends: .base\n',
      '.base: &base\n',
      '  <<: *base\n',
      '  image: alpine\n',
      '  rules:\n    - if: $A == "b"\n',
      '  needs: [job]\n',
      '  parallel: {matrix: [{A: [b, c]}]}\n',
      'spec:\n  inputs:\n    a:\n---\n',
      '$[[ inputs.a ]]',
      'stages: [test]\n',
      'variables: {A: b}\n',
      'include: a.yml\n',
      '!reference [job, script]',
      '- ',
      ': ',
      '"',
      '\n',
      '  ',
    ],
    floods: [
      'a: b\n',
      '- a\n',
      '[',
      '{a: ',
      '"',
      '$[[ inputs.a ]]',
      '---\n',
      '&a ',
      ' ',
      '#',
      'a:\n script: b\n',
    ],
  },
  {
    name: 'an expression of rules:if',
    read: parseExpression,
    throws: [ExpressionInvalid],
    words: ['$A', ' == ', ' =~ ', '"b"', '/a+/', '/i', '(', ')', ' && ', ' || ', 'null', '\\/', '/', ' '],
    floods: ['(', '$A && ', '/', '\\/', '"', ' ', '/a', '/(a*)*', 'a'],
  },
  {
    name: 'a glob',
    read: compileGlob,
    throws: [ExpressionInvalid],
    words: ['a', '*', '**/', '/', '{', ',', '}', '[', ']', '!', '-', '\\', '?', '.', '^'],
    floods: ['{a}', '{', '{a,', '*', '**/', '[', '[a]', '\\', 'a/', '}'],
  },
  {
    name: 'a JUnit report',
    read: countTests,
    throws: [],
    words: [
      '<?xml version="1.0"?>',
      '<testsuite>',
      '</testsuite>',
      '<testcase name="a">',
      '</testcase>',
      '<failure/>',
      '<skipped/>',
      '<constructor/>',
      '<!DOCTYPE a [<!ENTITY b "c">]>',
      '&b;',
      '<![CDATA[',
      ']]>',
      '<!--',
    ],
    floods: ['<a>', '<?xml ', '<testcase/>', '&amp;', '<!--', '<![CDATA[', '<a b="c"/>', '<', '?>'],
  },
]
