import { describe, expect, it } from 'vitest'
import { readAddress, readCredential, readTarget } from '../../../agent/rehearsal/door/address.ts'

const at = (target: string) => readAddress(readTarget(target).path)
const method = 'GenerativeService.BidiGenerateContent'

describe('an address', () => {
  it.each(['v1', 'v1beta', 'v1alpha', 'v1beta1'])('takes %s of both services', version => {
    expect(at(`/ws/google.ai.generativelanguage.${version}.${method}?key=k`)).toEqual({
      api: 'developer',
      version,
      method: 'plain',
    })
    expect(at(`/ws/google.cloud.aiplatform.${version}.LlmBidiService/BidiGenerateContent`)).toMatchObject({
      api: 'vertex',
      version,
    })
  })

  it.each(['//ws', '/ws', '///ws', '/sub/ws', '/sub//ws', '//sub///ws'])('takes %s', start => {
    expect(at(`${start}/google.ai.generativelanguage.v1beta.${method}`)).toMatchObject({ api: 'developer' })
  })

  it('takes an empty version, and tokens by the other method', () => {
    expect(at(`//ws/google.ai.generativelanguage..${method}Constrained`)).toEqual({
      api: 'developer',
      version: 'v1',
      method: 'constrained',
    })
  })

  it('takes the bare path that the JS SDK dials for Vertex AI with nothing but a base URL', () => {
    expect(at('/')).toMatchObject({ api: 'vertex' })
  })

  it.each([
    '/ws',
    `/ws/google.ai.generativelanguage.v2.${method}`,
    `/ws/google.ai.generativelanguage.v1.${method}/more`,
    '/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateMusic',
    '/anything',
  ])('does not take %s', target => {
    expect(at(target)).toBeUndefined()
  })
})

describe('a credential', () => {
  const read = (target: string, headers = {}) => readCredential(readTarget(target).query, headers)
  it.each([
    ['/?key=abc', {}, { kind: 'key', key: 'abc' }],
    ['/', { 'x-goog-api-key': 'abc' }, { kind: 'key', key: 'abc' }],
    ['/?access_token=auth_tokens/x', {}, { kind: 'token', token: 'auth_tokens/x' }],
    [
      '/',
      { authorization: 'Token auth_tokens/x', 'x-goog-api-key': 'auth_tokens/x' },
      { kind: 'token', token: 'auth_tokens/x' },
    ],
    ['/', { authorization: 'Bearer ya29' }, { kind: 'bearer' }],
    ['/', {}, { kind: 'none' }],
  ])('of %s with %j', (target, headers, credential) => {
    expect(read(target, headers)).toEqual(credential)
  })
})
