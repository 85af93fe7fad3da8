/*
 * Imported before the first room or track is made. It keeps the log of LiveKit's native library out of this process.
 *
 * rtc-node has every line brought over, down to each frame of each socket, and throws it away. Mostly that is a few dozen a second;
 * but they come in storms as well, when people join. Seen: 150,000 in two seconds, the heap a gigabyte larger, and not one
 * event of any room in that time, so that who came in was never known of, and leaving hung. `RUST_LOG` shows it on
 * standard error instead.
 */
import { createRequire } from 'node:module'
import type * as Bindings from '@livekit/rtc-ffi-bindings'

/** The copy that rtc-node itself uses. It looks a function up in it at each call. */
const bindings = createRequire(createRequire(import.meta.url).resolve('@livekit/rtc-node'))(
  '@livekit/rtc-ffi-bindings',
) as { livekitInitialize: typeof Bindings.livekitInitialize }

const initialize = bindings.livekitInitialize
bindings.livekitInitialize = (callback, _captureLogs, version) => initialize(callback, false, version)
