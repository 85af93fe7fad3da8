/** A script that lets a test look at a page's connections, which nothing else needs. */
export const peers = `{
  const Real = RTCPeerConnection
  window.peers = []
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given)
      window.peers.push(this)
    }
  }
}`

/** An expression that adds up what has been heard on every track: it rises only while there is sound. */
export const energyHeard = `(async () => {
  let energy = 0
  for (const peer of window.peers)
    for (const report of (await peer.getStats()).values())
      if (report.type === 'inbound-rtp' && report.kind === 'audio') energy += report.totalAudioEnergy ?? 0
  return energy
})()`
