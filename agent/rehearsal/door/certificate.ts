import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import * as der from './der.ts'

/** What a TLS listener shows, and what its clients are to trust. All PEM. */
export type Certificate = {
  /** The listener's own. */
  certificate: string
  key: string
  /** The authority that signed it: what SSL_CERT_FILE is to name. Its key is thrown away. */
  authority: string
}

const DAY_MS = 86_400_000
/** No longer than browsers and Apple's systems accept. */
const VALID_DAYS = 397

/**
 * An authority made for this one occasion, and a certificate of its for `names` (host names or IP addresses). Signed with ECDSA on
 * P-256. RFC 5280
 */
export function makeCertificate(names: readonly string[], now: number): Certificate {
  const authority = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const listener = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const validity = der.sequence(
    der.time(new Date(now - DAY_MS)),
    der.time(new Date(now + VALID_DAYS * DAY_MS)),
  )
  const root = name('Roundtable rehearsal authority')
  const authorityId = keyId(authority.publicKey)
  const ofAuthority = [
    // May sign certificates, but no further authority; used for that alone.
    extension('2.5.29.19', true, der.sequence(der.boolean(true), der.integer(Buffer.from([0])))),
    extension('2.5.29.15', true, der.bits(Buffer.from([0b0000_0110]), 1)),
    extension('2.5.29.14', false, der.octets(authorityId)),
  ]
  const ofListener = [
    extension('2.5.29.19', true, der.sequence()),
    extension('2.5.29.15', true, der.bits(Buffer.from([0b1000_0000]), 7)),
    extension('2.5.29.37', false, der.sequence(der.identifier('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.14', false, der.octets(keyId(listener.publicKey))),
    extension('2.5.29.35', false, der.sequence(der.tagged(0x80, authorityId))),
    extension('2.5.29.17', false, der.sequence(...names.map(alternative))),
  ]
  const signer = authority.privateKey
  return {
    certificate: signed(
      {
        issuer: root,
        subject: name('Roundtable rehearsal'),
        validity,
        key: listener.publicKey,
        extensions: ofListener,
      },
      signer,
    ),
    key: listener.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: signed(
      { issuer: root, subject: root, validity, key: authority.publicKey, extensions: ofAuthority },
      signer,
    ),
  }
}

type Body = { issuer: Buffer; subject: Buffer; validity: Buffer; key: KeyObject; extensions: Buffer[] }

const ecdsaWithSha256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'))

function signed({ issuer, subject, validity, key, extensions }: Body, signer: KeyObject): string {
  const body = der.sequence(
    der.tagged(0xa0, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(16)),
    ecdsaWithSha256,
    issuer,
    validity,
    subject,
    key.export({ type: 'spki', format: 'der' }),
    der.tagged(0xa3, der.sequence(...extensions)),
  )
  const certificate = der.sequence(body, ecdsaWithSha256, der.bits(sign('sha256', body, signer)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function name(common: string): Buffer {
  return der.sequence(der.set(der.sequence(der.identifier('2.5.4.3'), der.utf8(common))))
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [der.boolean(true)] : []
  return der.sequence(der.identifier(id), ...critical, der.octets(value))
}

/** The SHA-1 of the public key's bits: RFC 5280 section 4.2.1.2 (1). */
function keyId(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' })
  // The uncompressed point of P-256 is the last 65 bytes.
  return createHash('sha1').update(spki.subarray(-65)).digest()
}

function alternative(host: string): Buffer {
  const version = isIP(host)
  if (version === 0) return der.tagged(0x82, Buffer.from(host))
  const bytes = version === 4 ? host.split('.').map(Number) : ipv6Bytes(host)
  return der.tagged(0x87, Buffer.from(bytes))
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...zeros, ...after].flatMap(group => [group >> 8, group & 0xff])
}
