import { describe, expect, test } from 'vitest'
import { evaluate, isPresent } from '../../../src/pipeline/expression/evaluate.ts'
import { ExpressionInvalid } from '../../../src/pipeline/expression/expression-invalid.ts'
import { parseExpression } from '../../../src/pipeline/expression/parse-expression.ts'

const VARIABLES = new Map([
  ['TEXT', 'my variable'],
  ['PATH', 'a/path/variable/value'],
  ['FULL_PATH', '/a/full/path/variable/value'],
  ['EMPTY', ''],
  ['STARTS_AB', '/^ab.*/'],
  ['STARTS_AT', '/^at.*/i'],
  ['ABC', 'abcde'],
  ['DOTS', 'a.c'],
  ['NESTED', '$TEXT'],
  ['BROKEN', '/(/'],
])

function result(text: string) {
  return evaluate(parseExpression(text), (name) => VARIABLES.get(name))
}

describe('comparisons', () => {
  test.each([
    ['$TEXT == "my variable"', true],
    ["'my variable' == $TEXT", true],
    ['$TEXT == null', false],
    ['$EMPTY == null', false],
    ['"" == $EMPTY', true],
    ['$UNDEFINED == null', true],
    ['null == $UNDEFINED', true],
    ['$TEXT != "my variable"', false],
    ['$TEXT != null', true],
    ['$EMPTY != null', true],
    ['"" != $EMPTY', false],
    ['$UNDEFINED != null', false],
    ['$UNDEFINED == ""', false],
    ['"true" == true', false],
    ['true == true', true],
    ['$NESTED == "my variable"', false],
    ['$NESTED == "$TEXT"', true],
  ])('%s is %s', (text, want) => {
    expect(result(text)).toBe(want)
  })
})

describe('patterns', () => {
  test.each([
    ['$TEXT =~ /var.*e$/', true],
    ['$TEXT =~ /va\\r.*e$/', false],
    ['$TEXT =~ /va\\/r.*e$/', false],
    ['$TEXT =~ /^var.*/', false],
    ['$EMPTY =~ /var.*/', false],
    ['$UNDEFINED =~ /var.*/', false],
    ['$TEXT =~ /VAR.*/i', true],
    ['$PATH =~ /path\\/variable/', true],
    ['$FULL_PATH =~ /^\\/a\\/full\\/path\\/variable\\/value$/', true],
    ['$TEXT !~ /var.*e$/', false],
    ['$TEXT !~ /^var.*/', true],
    ['$EMPTY !~ /var.*/', true],
    ['$UNDEFINED !~ /var.*/', true],
    ['$TEXT !~ /VAR.*/i', false],
    ['$ABC =~ $STARTS_AB', true],
    ['$ABC =~ $STARTS_AT', false],
    ['$ABC =~ "abcde"', true],
    ['$ABC =~ $ABC', true],
    ['$ABC =~ $DOTS', false],
    ['$ABC =~ $UNDEFINED', false],
    ['$ABC !~ $UNDEFINED', true],
    ['$ABC =~ /$ABC/', false],
  ])('%s is %s', (text, want) => {
    expect(result(text)).toBe(want)
  })

  test('take a time that grows with the text, not with its tries', () => {
    VARIABLES.set('LONG', `feature-${'a'.repeat(20_000)}!`)
    expect(result('$LONG =~ /^feature-(a+)+$/')).toBe(false)
  })
})

describe('and, or', () => {
  test.each([
    ['$TEXT && "string"', 'string'],
    ['$TEXT && $EMPTY', ''],
    ['$TEXT && null', null],
    ['null && $TEXT', null],
    ['$EMPTY && $EMPTY', ''],
    ['"string" && null', null],
    ['$TEXT =~ /my var/ && $EMPTY =~ /nope/', false],
    ['$EMPTY == "" && $TEXT', 'my variable'],
    ['$EMPTY == "" && $TEXT != "nope"', true],
    ['$TEXT && $UNDEFINED', null],
    ['$UNDEFINED && $TEXT', null],
    ['$TEXT =~ /my var/ || $EMPTY =~ /nope/', true],
    ['$EMPTY == "" || $TEXT', true],
    ['$TEXT && null || $EMPTY == ""', true],
    ['$EMPTY == "" || $TEXT && null', true],
    ['$TEXT || $UNDEFINED', 'my variable'],
    ['$UNDEFINED || $TEXT', 'my variable'],
    ['$UNDEFINED == null || $TEXT', true],
    ['(($TEXT && null) || $EMPTY == "")', true],
    ['($TEXT) && (null || $EMPTY == "")', true],
    ['("string" || "test") == "string"', true],
    ['(null || ("test" == "string"))', false],
    ['("string" == ("test" && "string"))', true],
    ['("string" == ("test" || "string"))', false],
    ['("string" == "test" || "string")', 'string'],
    ['("string" == ("string" || (("1" == "1") && ("2" == "3"))))', true],
    ['"a" == "a" == true', true],
  ])('%s is %j', (text, want) => {
    expect(result(text)).toBe(want)
  })

  test.each([
    ['$EMPTY && $TEXT', true],
    ['$EMPTY || $TEXT', false],
    ['$EMPTY', false],
    ['" "', false],
    ['$UNDEFINED', false],
    ['$TEXT', true],
    ['true', true],
    ['false', false],
  ])('(a2.11) a rule with %s matches: %s', (text, want) => {
    expect(isPresent(result(text))).toBe(want)
  })
})

describe('(a2.19) what is no expression is refused, never run', () => {
  test.each([
    ['$INVALID = 1', 'invalid expression syntax in $INVALID = 1: what stands at "= 1" is no part of one'],
    ['${TEXT} == "a"', 'what stands at "${TEXT} == "a"" is no part of one'],
    ['$TEXT ==', 'a variable or a value should stand at its end'],
    ['&& $TEXT', 'a variable or a value should stand at "&& $TEXT"'],
    ['($TEXT', 'a closing parenthesis should stand at its end'],
    ['$TEXT $TEXT', '&&, || or a comparison should stand at "$TEXT"'],
    ['', 'a variable or a value should stand at its end'],
    ['$TEXT =~ /a/', 'what stands at "/a/" is no part of one'],
    ['$TEXT =~ /(ab/', '/(ab/ is no pattern of RE2'],
    ['$TEXT =~ /(?=ab)/', '/(?=ab)/ is no pattern of RE2'],
    ['process.exit(1)', 'what stands at "process.exit(1)" is no part of one'],
    [Array(60).fill('$A').join(' && '), 'it has more than 100 words'],
  ])('%s', (text, why) => {
    expect(() => parseExpression(text)).toThrow(ExpressionInvalid)
    expect(() => parseExpression(text)).toThrow(why)
  })

  test('a variable that holds a broken pattern is refused when it is used', () => {
    expect(() => result('$TEXT =~ $BROKEN')).toThrow('is no pattern of RE2')
    expect(result('$UNDEFINED && $TEXT =~ $BROKEN')).toBe(null)
  })
})
