import { type Participant, ParticipantKind } from '@livekit/rtc-node'
import { describe, expect, it } from 'vitest'
import { callerName, isPerson, personOf } from '../../../agent/room/people.ts'

const participant = (identity: string, name: string, kind = ParticipantKind.STANDARD) =>
  ({ identity, name, kind, attributes: {} }) as Partial<Participant> as Participant

describe('somebody on the telephone', () => {
  it('is a person like another, whose number shows only its end', () => {
    const caller = participant('sip_+15551234567', 'Phone +15551234567', ParticipantKind.SIP)
    expect(isPerson(caller)).toBe(true)
    expect(personOf(caller)).toEqual({ identity: 'sip_+15551234567', name: 'Phone …4567' })
  })

  it.each([
    ['sip_+15551234567', 'Phone …4567'],
    ['Phone 0049 (171) 123-4567', 'Phone …4567'],
    ['Ana from +1 555.123.4567', 'Ana from …4567'],
    ['Room 101', 'Room 101'],
    ['Extension 2044', 'Extension 2044'],
  ])('as %s is shown as %s', (name, shown) => {
    expect(callerName(name)).toBe(shown)
    expect(personOf(participant('sip_x', name, ParticipantKind.SIP)).name).toBe(shown)
  })

  it('without a name is masked too', () => {
    expect(personOf(participant('sip_+15551234567', '', ParticipantKind.SIP)).name).toBe('Phone …4567')
  })
})

it('somebody else with a number in their name keeps it', () => {
  expect(personOf(participant('ana', 'Ana 15551234567')).name).toBe('Ana 15551234567')
})
