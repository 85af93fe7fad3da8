/** The command line cannot be understood, or a file that it names cannot be used. The message is one sentence that names the option. */
export class UsageError extends Error {
  override name = 'UsageError'
}
