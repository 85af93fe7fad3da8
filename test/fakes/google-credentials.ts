import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Google credentials of this machine that need no Google: a token comes from a server on loopback. */
export type GoogleCredentials = AsyncDisposable & {
  /** What a program needs in its environment to find them. */
  env: { GOOGLE_APPLICATION_CREDENTIALS: string; GOOGLE_CLOUD_PROJECT: string }
}

/** Workload identity federation, as `gcloud iam workload-identity-pools create-cred-config` writes it. */
export async function startGoogleCredentials(): Promise<GoogleCredentials> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        access_token: 'ya29.test',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3600,
      }),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const folder = mkdtempSync(join(tmpdir(), 'credentials-'))
  writeFileSync(join(folder, 'subject'), 'somebody')
  const file = join(folder, 'credentials.json')
  writeFileSync(
    file,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `http://127.0.0.1:${port}/token`,
      credential_source: { file: join(folder, 'subject') },
    }),
  )
  return {
    env: { GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_PROJECT: 'a-project' },
    async [Symbol.asyncDispose]() {
      await new Promise(resolve => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
