/** The package's version, which LiveKit shows beside the worker and front ends beside the agent. */
export const VERSION = '0.1.0'
