import { expect, test } from 'vitest'
import { countTests } from '../../../src/pipeline/reports/count-tests.ts'

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
const SUITE =
  '<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="&lt;no&gt;">x<![CDATA[<testcase/>]]></failure>' +
  '<system-out>y</system-out></testcase><testcase name="c"><skipped/></testcase></testsuite>'

test.each([
  { name: 'a report', text: `${XML}<testsuites>${SUITE}</testsuites>\n`, want: [3, 1, 1] },
  { name: 'two of them', text: `${XML}${SUITE}\n${XML}${SUITE}`, want: [6, 2, 2] },
  { name: 'two without a declaration', text: `${SUITE}\n${SUITE}\n`, want: [6, 2, 2] },
  {
    name: 'an error beside a failure',
    text: '<t><testcase><error/><failure/></testcase></t>',
    want: [1, 1, 0],
  },
  {
    name: 'a skipped one that failed',
    text: '<t><testcase><failure/><skipped/></testcase></t>',
    want: [1, 1, 0],
  },
  { name: 'what is told of a suite', text: '<t><error/><testcase/></t>', want: [1, 0, 0] },
  { name: 'a report without tests', text: '<testsuites/>', want: [0, 0, 0] },
])('$name', ({ text, want: [tests, failed, skipped] }) => {
  expect(countTests(text)).toEqual({ tests, failed, skipped })
})

test.each(['not XML', '<testcase>', '<a></b>', '{"tests": 1}'])('%s is no report', (text) => {
  expect(countTests(text)).toBeUndefined()
})
